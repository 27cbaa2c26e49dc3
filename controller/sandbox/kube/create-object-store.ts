import type { KubeObject } from '../../src/api/meta.ts';
import type { Timers } from '../timers.ts';
import { customKind } from './custom-kinds.ts';
import { startDisruptionStatus } from './disruption-status.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { isRecord } from './json-value.ts';
import { KindRegistry } from './kind-registry.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import { startNamespaceLifecycle } from './namespace-lifecycle.ts';
import { ObjectIdentity } from './object-identity.ts';
import { builtInKinds } from './served-kinds.ts';
import { timestamp } from './timestamp.ts';

export interface ObjectStoreOptions {
  readonly timers: Timers;
  /** CustomResourceDefinitions, as `readDefinitions` finds them in `manifests/crds`. */
  readonly crds: readonly KubeObject[];
  /** Of UIDs and generated names: equal seeds and equal calls give equal objects. */
  readonly seed?: number;
}

const DEFAULT_SEED = 1;
const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
const SEEDED_NAMESPACES = ['default', 'karpenter', 'kube-node-lease', 'kube-public', 'kube-system'];

/**
 * An API server's objects, with what its own controllers do for them: garbage collection, the end of namespaces, the status of budgets.
 * The namespaces of a fresh cluster and the CRDs are there. Throws when a CRD cannot be served.
 */
export function createObjectStore({ timers, crds, seed = DEFAULT_SEED }: ObjectStoreOptions): MemoryObjectStore {
  const kinds = new KindRegistry(builtInKinds());
  const store = new MemoryObjectStore({ kinds, timers, identity: new ObjectIdentity(seed) });
  new GarbageCollector(store, timers).start();
  startNamespaceLifecycle(store, timers);
  startDisruptionStatus(store, timers);
  for (const name of SEEDED_NAMESPACES) store.create('Namespace', { metadata: { name } });
  store.watch('CustomResourceDefinition', ({ type, object }) => {
    if (type !== 'DELETED') kinds.add(customKind(object));
  });
  for (const definition of crds) {
    store.create('CustomResourceDefinition', asApplied(definition));
    store.mergePatch(
      'CustomResourceDefinition',
      definition.metadata.name,
      undefined,
      establishedStatus(definition, timers.nowMs()),
      { subresource: 'status' },
    );
  }
  return store;
}

/** As if `kubectl apply` had brought the definition, so that applying the same file again finds nothing to do. */
function asApplied(definition: KubeObject): KubeObject {
  const { annotations = {} } = definition.metadata;
  const applied = goJson({ ...definition, metadata: { ...definition.metadata, annotations } });
  return {
    ...definition,
    metadata: { ...definition.metadata, annotations: { ...annotations, [LAST_APPLIED_ANNOTATION]: `${applied}\n` } },
  };
}

/** JSON as Go writes it: keys in order, and nothing in it that a web page could take for a tag. */
function goJson(value: unknown): string {
  return JSON.stringify(sorted(value)).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

/** What the apiserver reports of a definition that it serves; kubectl waits for it. */
function establishedStatus(definition: KubeObject, nowMs: number): Record<string, unknown> {
  const { names, versions } = definition.spec as {
    names: unknown;
    versions: readonly { name: string; storage: boolean }[];
  };
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: timestamp(nowMs),
    reason,
    message,
  });
  return {
    status: {
      acceptedNames: names,
      storedVersions: versions.filter(({ storage }) => storage).map(({ name }) => name),
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
    },
  };
}
