// Folders of manifests/ as they reach a cluster: built by the kustomize within kubectl, as a user would.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';
import type { KubeObject } from '../../src/api/meta.ts';
import { kubectlMissing } from '../sandbox/kubectl.ts';

const MANIFESTS = join(import.meta.dirname, '../../../manifests');
const builtFolders = new Map<string, readonly KubeObject[]>();

/** What a test may take that builds folders (ms): a second for each on an idle machine, and there are others. */
export const BUILDS_MS_MAX = 60_000;

/** `describe`, or its skipping twin where kubectl, which builds the folders that are looked at, is missing and need not be there. */
export const describeWithKubectl = kubectlMissing() === undefined ? describe : describe.skip;

/** The objects that a folder below manifests/ stands for, built once. Throws with kustomize's own words when it cannot be built. */
export function built(folder: string): readonly KubeObject[] {
  const objects = builtFolders.get(folder) ?? kustomize(join(MANIFESTS, folder));
  builtFolders.set(folder, objects);
  return objects;
}

/** The same folder with images and patches from outside, as Argo CD and Flux add what their own objects carry. */
export function builtWith(folder: string, extra: Readonly<Record<string, unknown>>): readonly KubeObject[] {
  const above = mkdtempSync(join(tmpdir(), 'kustomization-'));
  try {
    const resources = [relative(above, join(MANIFESTS, folder))];
    writeFileSync(join(above, 'kustomization.yaml'), stringify({ resources, ...extra }));
    return kustomize(above);
  } finally {
    rmSync(above, { recursive: true, force: true });
  }
}

/** The objects of one file below manifests/, which no kustomization lists. */
export function read(file: string): readonly KubeObject[] {
  return documents(readFileSync(join(MANIFESTS, file), 'utf8'));
}

/** Those of the kinds, in the order in which they came. */
export function ofKind(objects: readonly KubeObject[], ...kinds: readonly string[]): readonly KubeObject[] {
  return objects.filter(({ kind = '' }) => kinds.includes(kind));
}

/** `Kind/name`, with the namespace where there is one. */
export function nameOf({ kind, metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** Keys and values at every depth, as text. */
export function textsIn(value: unknown): readonly string[] {
  if (value === null || typeof value !== 'object') return [String(value)];
  return Object.entries(value).flatMap(([key, entry]) => [key, ...textsIn(entry)]);
}

function kustomize(folder: string): readonly KubeObject[] {
  return documents(execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8', stdio: 'pipe' }));
}

function documents(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}
