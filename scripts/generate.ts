// Writes what is generated: from manifests/crds the types and schemas of the API and its field reference, from infra/config-table.ts
// the reference of the stack's configuration.
// With --check nothing is written; files that are out of date are named and the exit code is 1.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCustomResource } from './crd-schema.ts';
import { configReference } from './generate-config-reference.ts';
import { referenceOf } from './generate-reference.ts';
import { schemasOf } from './generate-schemas.ts';
import { typesOf } from './generate-types.ts';

const ROOT = join(import.meta.dirname, '..');
const CRDS = [
  'karpenter.sh_provisioners.yaml',
  'karpenter.sh_machines.yaml',
  'karpenter.k8s.aws_awsnodetemplates.yaml',
];
const API = 'controller/src/api';
const REFERENCE = 'docs/reference';

/** Returns the text of every generated file by its path in the repository. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const resources = CRDS.map((name) => readCustomResource(join(ROOT, 'manifests/crds', name)));
  const files = new Map<string, string>();
  for (const resource of resources) {
    files.set(`${API}/${resource.fileName}.gen.ts`, await typesOf(resource, resources));
    files.set(`${REFERENCE}/${resource.fileName}.md`, referenceOf(resource));
  }
  files.set(`${REFERENCE}/configuration.md`, configReference());
  return files.set(`${API}/schemas.gen.ts`, schemasOf(resources));
}

function isCurrent(path: string, text: string): boolean {
  try {
    return readFileSync(join(ROOT, path), 'utf8') === text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const stale = [...(await generatedFiles())].filter(([path, text]) => !isCurrent(path, text));
  for (const [path, text] of stale) {
    if (!values.check) write(path, text);
    console.error(`${values.check ? 'out of date' : 'wrote'}: ${path}`);
  }
  if (values.check && stale.length > 0) {
    console.error('run `npm run generate` and commit the result');
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
