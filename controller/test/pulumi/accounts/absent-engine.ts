import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import { untilEstablished } from '../../cluster/established.ts';
import { partFromEnvironment } from '../../cluster/part.ts';

const POLL_MS = 200;

/** A GitOps engine as far as Pulumi meets it: its kinds, where it lives, and that it clears away what is deleted. */
interface GitopsEngine {
  readonly namespace: string;
  readonly kinds: readonly string[];
  /** The definitions, as shipped with the engine. */
  readonly definitions: () => readonly string[];
}

const ENGINES: Readonly<Record<'argocd' | 'flux', GitopsEngine>> = {
  argocd: {
    namespace: 'argocd',
    kinds: ['applications.argoproj.io'],
    definitions: () => [join(partFolder('ARGOCD_BINARY'), 'crds', 'application-crd.yaml')],
  },
  flux: {
    namespace: 'flux-system',
    kinds: ['gitrepositories.source.toolkit.fluxcd.io', 'kustomizations.kustomize.toolkit.fluxcd.io'],
    definitions: () =>
      ['kustomize-controller', 'source-controller'].flatMap((folder) => {
        const path = join(partFolder('FLUX_BINARY'), 'crds', folder);
        return readdirSync(path)
          .filter((file) => /kustomizations|gitrepositories/.test(file))
          .map((file) => join(path, file));
      }),
  },
};

/**
 * Installs the engine's namespace and its real definitions, and nobody who acts on them: what it does with an Application is for the
 * suite of the real engines. Only deletions are played, by taking finalizers off. Returns the engine's kinds and how to end it.
 */
export async function installAbsentEngine(
  controlPlane: ControlPlane,
  name: 'argocd' | 'flux',
): Promise<{ readonly kinds: readonly string[]; stop(): Promise<void> }> {
  const { namespace, kinds, definitions } = ENGINES[name];
  const { kubectl } = controlPlane;
  await kubectl('create', 'namespace', namespace);
  for (const file of definitions()) await kubectl('apply', '--server-side', '-f', file);
  await untilEstablished(controlPlane);
  const stopping = new AbortController();
  const clearing = clearAway(controlPlane, namespace, kinds, stopping.signal);
  return {
    kinds,
    stop: async () => {
      stopping.abort();
      await clearing;
    },
  };
}

async function clearAway(
  { request }: ControlPlane,
  namespace: string,
  kinds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const kind of kinds) {
      const [plural = '', ...group] = kind.split('.');
      const path = `/apis/${group.join('.')}/${group[0] === 'argoproj' ? 'v1alpha1' : 'v1'}/namespaces/${namespace}/${plural}`;
      const { body } = await request('GET', path);
      for (const { metadata } of (body.items ?? []) as { metadata: { name: string; deletionTimestamp?: string } }[]) {
        if (metadata.deletionTimestamp === undefined) continue;
        await request('PATCH', `${path}/${metadata.name}`, { metadata: { finalizers: null } });
      }
    }
    await sleep(POLL_MS);
  }
}

const partFolder = (variable: string): string => dirname(partFromEnvironment(variable));
