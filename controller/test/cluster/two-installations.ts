import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/api/meta.ts';
import { SETTINGS_CONFIG_MAP } from '../../src/api/names.ts';
import type { ControlPlane } from './control-plane.ts';
import { createObject, readObject } from './live-object.ts';

const CONTROLLER = join(import.meta.dirname, '..', '..', '..', 'manifests', 'overlays', 'dev', 'controller');
const FIRST = 'karpenter';

/**
 * Installs the controller once more, in a namespace of its own, as somebody does who does not know of the first: with a copy of its
 * settings, and with names of its own for what is outside that namespace, or the first would lose its rights.
 */
export async function installAgain({ kubectl, request }: ControlPlane, namespace: string): Promise<void> {
  await kubectl('create', 'namespace', namespace);
  const settings = await readObject({ request }, `/api/v1/namespaces/${FIRST}/configmaps/${SETTINGS_CONFIG_MAP}`);
  await createObject({ request }, `/api/v1/namespaces/${namespace}/configmaps`, {
    metadata: { name: SETTINGS_CONFIG_MAP },
    data: settings?.['data'],
  });
  const objects = parseAllDocuments(await kubectl('kustomize', CONTROLLER)).map((each) => each.toJS() as KubeObject);
  const folder = mkdtempSync(join(tmpdir(), 'second-installation-'));
  try {
    const file = join(folder, 'objects.json');
    const items = objects.map((object) => moved(object, namespace));
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await kubectl('apply', '-f', file);
    await kubectl('rollout', 'status', 'deployment/karpenter', `--namespace=${namespace}`, '--timeout=120s');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function moved(object: KubeObject, namespace: string): KubeObject {
  const isInside = object.metadata.namespace === FIRST;
  const text = JSON.stringify(object).replaceAll(`"namespace":"${FIRST}"`, `"namespace":"${namespace}"`);
  const copy = JSON.parse(text) as KubeObject & { readonly roleRef?: { readonly name: string } };
  if (isInside) return copy;
  const rename = (name: string) => `${name}-of-${namespace}`;
  const roleRef = copy.roleRef && { ...copy.roleRef, name: rename(copy.roleRef.name) };
  return { ...copy, metadata: { ...copy.metadata, name: rename(copy.metadata.name) }, ...(roleRef && { roleRef }) };
}
