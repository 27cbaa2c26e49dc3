// Admission by a CRD as an API server does it, in its smallest form: structure first, then every CEL rule. For tests of the CRDs.
import { join } from 'node:path';
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { type CrdSchema, readCustomResource } from '../../../scripts/crd-schema.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import type { Problem } from '../../src/api/problem.ts';
import { provisionerStructure, type StructureCheck, templateStructure } from '../../src/api/structure.ts';

const CRDS = join(import.meta.dirname, '../../../manifests/crds');
const KINDS: Readonly<Record<string, { readonly structure: StructureCheck; readonly schema: CrdSchema }>> = {
  Provisioner: {
    structure: provisionerStructure,
    schema: readCustomResource(join(CRDS, 'karpenter.sh_provisioners.yaml')).schema,
  },
  AWSNodeTemplate: {
    structure: templateStructure,
    schema: readCustomResource(join(CRDS, 'karpenter.k8s.aws_awsnodetemplates.yaml')).schema,
  },
};
const environment = new Environment().registerVariable('self', 'dyn');
const parsed = new Map<string, ParseResult>();

/** Returns what an API server with our CRDs would refuse of a Provisioner or AWSNodeTemplate. */
export function admissionProblems(object: Pick<KubeObject, 'kind'>): readonly Problem[] {
  const kind = KINDS[object.kind ?? ''];
  if (kind === undefined) throw new Error(`no CRD of ${object.kind}`);
  const structure = kind.structure(object);
  return structure.length > 0 ? structure : ruleProblems(kind.schema, object, '');
}

function ruleProblems(schema: CrdSchema, value: unknown, path: string): readonly Problem[] {
  if (value === undefined) return [];
  const rules = schema['x-kubernetes-validations'] ?? [];
  const self = celValue(schema, value);
  const broken = rules
    .filter(({ rule }) => ruleOf(rule)({ self }) !== true)
    // A rule at the root can see nothing of metadata but the name.
    .map(({ message, fieldPath = '' }) => ({
      path: `${path}${fieldPath}`.replace(/^\./, '') || 'metadata.name',
      message,
    }));
  return [
    ...broken,
    ...childrenOf(schema, value, path).flatMap((child) => ruleProblems(child.schema, child.value, child.path)),
  ];
}

function ruleOf(rule: string): ParseResult {
  const known = parsed.get(rule) ?? environment.parse(rule);
  parsed.set(rule, known);
  return known;
}

function childrenOf(schema: CrdSchema, value: unknown, path: string) {
  const { properties = {}, additionalProperties, items } = schema;
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : [];
  return entries.flatMap(([key, entry]) => {
    const child = properties[key] ?? additionalProperties ?? items;
    const isField = properties[key] !== undefined;
    return child ? [{ schema: child, value: entry, path: isField ? `${path}.${key}` : `${path}[${key}]` }] : [];
  });
}

// CEL's integers are bigints to the library.
function celValue(schema: CrdSchema, value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => celValue(schema.items ?? {}, item));
  if (value === null || typeof value !== 'object') return value;
  const child = (key: string) => schema.properties?.[key] ?? schema.additionalProperties ?? {};
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, celValue(child(key), entry)]));
}
