import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import { parse } from 'yaml';
import { type CelRule, type CrdSchema, readCustomResource } from '../../../scripts/crd-schema.ts';
import { generatedFiles } from '../../../scripts/generate.ts';
import { isRestrictedLabel, LABEL_ALIASES, WELL_KNOWN_LABELS } from '../../src/api/label-rules.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CRDS = join(ROOT, 'manifests/crds');
const FILES = readdirSync(CRDS)
  .filter((name) => name.startsWith('karpenter.'))
  .sort();

test('generated files are up to date', async () => {
  for (const [path, text] of await generatedFiles()) expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
});

describe.each(FILES)('%s', (name) => {
  const text = readFileSync(join(CRDS, name), 'utf8');
  const schemas = [...schemasBelow(readCustomResource(join(CRDS, name)).schema, '')];

  test('is named after what it defines', () => {
    const { metadata, spec } = parse(text);
    expect(name).toBe(`${spec.group}_${spec.names.plural}.yaml`);
    expect(metadata.name).toBe(`${spec.names.plural}.${spec.group}`);
  });

  test('has no default, which would show as a difference from git', () => {
    expect(schemas.filter(([, schema]) => 'default' in schema).map(([path]) => path)).toEqual([]);
  });

  test('describes every field', () => {
    const bare = schemas.filter(([path, schema]) => !/(\{\}|\[\]|metadata)$/.test(path) && !schema.description);
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  test('has rules that are valid CEL and yield a bool', () => {
    const environment = new Environment().registerVariable('self', 'dyn');
    for (const { rule } of schemas.flatMap(([, schema]) => schema['x-kubernetes-validations'] ?? [])) {
      expect({ rule, ...environment.check(rule) }).toMatchObject({ rule, valid: true });
    }
  });
});

// The lists stand in CEL and in code.
test('the rules on labels and requirements name exactly the well-known labels that a restricted domain would hide', () => {
  const { properties = {} } =
    readCustomResource(join(CRDS, 'karpenter.sh_provisioners.yaml')).schema.properties?.spec ?? {};
  const wellKnown = [...WELL_KNOWN_LABELS];
  const aliases = [...LABEL_ALIASES.keys()].filter(isRestrictedLabel);
  expect(listedIn(properties.labels?.['x-kubernetes-validations'])).toEqual(wellKnown.sort());
  const keyRules = properties.requirements?.items?.properties?.key?.['x-kubernetes-validations'];
  expect(listedIn(keyRules)).toEqual([...wellKnown, ...aliases].sort());
});

function listedIn(rules: readonly CelRule[] = []): readonly string[] {
  const list = rules.map(({ rule }) => /\bin \[([^\]]*)\]/.exec(rule)?.[1]).find((text) => text !== undefined) ?? '';
  return [...list.matchAll(/'([^']+)'/g)].map(([, key = '']) => key).sort();
}

function* schemasBelow(schema: CrdSchema, path: string): Generator<readonly [path: string, schema: CrdSchema]> {
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* schemasBelow(field, `${path}.${name}`);
  if (schema.items) yield* schemasBelow(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* schemasBelow(schema.additionalProperties, `${path}{}`);
}
