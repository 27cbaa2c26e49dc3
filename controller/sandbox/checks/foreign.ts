import type { KubeObject } from '../../src/api/meta.ts';
import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import type { KubePort, ObjectName } from '../../src/ports/kube.ts';
import { listOf, type Node, type Pod } from '../kube/built-in-kinds.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import type { Monitor } from './monitor.ts';

/** Taints that Kubernetes' own controllers put on a node and take away again. */
const LIFECYCLE_TAINTS = 'node.kubernetes.io/';

/**
 * Watches that nodes which are not ours are left alone, whoever reaches for them: not deleted, cordoned, tainted,
 * relabelled or given finalizers. Their health (status and lifecycle taints) is their own business.
 */
export function watchForeignNodes(store: ObjectStore): Monitor {
  const violations: string[] = [];
  const known = new Map(
    listOf(store, 'Node')
      .filter(isForeign)
      .map((node) => [node.metadata.uid, intentOf(node)]),
  );
  const stop = store.watch('Node', ({ type, object }) => {
    const node = object as Node;
    const before = known.get(node.metadata.uid);
    if (before === undefined) {
      if (type === 'ADDED' && isForeign(node)) known.set(node.metadata.uid, intentOf(node));
    } else if (type === 'DELETED') violations.push(`foreign node ${node.metadata.name} was deleted`);
    else if (intentOf(node) !== before) {
      violations.push(`foreign node ${node.metadata.name} was changed from ${before} to ${intentOf(node)}`);
      known.set(node.metadata.uid, intentOf(node));
    }
  });
  return { violations: () => violations, stop };
}

/** The port, and what is done through it to foreign nodes and to the pods on them. */
export interface WatchedPort extends Monitor {
  readonly port: KubePort;
}

/** Watches one controller's own hands: no patch or deletion of a foreign node, no eviction or deletion of a pod on one. */
export function watchHands(port: KubePort, store: ObjectStore): WatchedPort {
  const violations: string[] = [];
  let isWatching = true;
  const note = (
    deed: string,
    { kind, name, namespace }: Omit<ObjectName, 'kind'> & { readonly kind: string },
  ): void => {
    if (!isWatching) return;
    const nodeName =
      kind === 'Node'
        ? name
        : kind === 'Pod'
          ? (store.get('Pod', name, namespace) as Pod | undefined)?.spec.nodeName
          : undefined;
    const node = nodeName === undefined ? undefined : store.get('Node', nodeName);
    if (node !== undefined && isForeign(node))
      violations.push(`${deed} ${kind} ${name} on foreign node ${node.metadata.name}`);
  };
  const watched: KubePort = {
    follow: (kind, sink, signal) => port.follow(kind, sink, signal),
    get: (name) => port.get(name),
    podsOn: (nodeName) => port.podsOn(nodeName),
    create: (kind, object) => port.create(kind, object),
    patch(name, patch, options) {
      note('patched', name);
      return port.patch(name, patch, options);
    },
    delete(name, uid) {
      note('deleted', name);
      return port.delete(name, uid);
    },
    evict(pod) {
      note('evicted', { ...pod, kind: 'Pod' });
      return port.evict(pod);
    },
    emit: (event) => port.emit(event),
  };
  return {
    port: watched,
    violations: () => violations,
    stop: () => {
      isWatching = false;
    },
  };
}

function isForeign({ metadata }: KubeObject): boolean {
  return metadata.labels?.[PROVISIONER_NAME_LABEL] === undefined;
}

/** What somebody decides about a node, as against what happens to it. */
function intentOf({ metadata, spec }: Node): string {
  const taints = (spec?.taints ?? []).filter(({ key }) => !key.startsWith(LIFECYCLE_TAINTS));
  const entries = Object.entries(metadata.labels ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify({
    labels: Object.fromEntries(entries),
    finalizers: metadata.finalizers ?? [],
    isDeleting: metadata.deletionTimestamp !== undefined,
    unschedulable: spec?.unschedulable ?? false,
    taints,
  });
}
