import { isTerminal, listOf } from '../kube/built-in-kinds.ts';
import type { Stage, Stop } from './stage.ts';
import { every } from './ticker.ts';

/** kube-controller-manager's: how often it looks, and how long a node must have been missing. */
const CHECK_MS = 20_000;
const QUARANTINE_MS = 40_000;
const GONE = 'PodGC: node no longer exists';

/** The stand-in for pod garbage collection: pods of nodes that have been gone for a while go too, without grace. */
export function startPodGc({ store, timers }: Stage): Stop {
  const missingSinceMs = new Map<string, number>();
  return every(timers, CHECK_MS, () => {
    const orphans = listOf(store, 'Pod').filter(
      ({ spec }) => spec.nodeName && store.get('Node', spec.nodeName) === undefined,
    );
    const missing = new Set(orphans.map(({ spec }) => spec.nodeName ?? ''));
    for (const name of missingSinceMs.keys()) if (!missing.has(name)) missingSinceMs.delete(name);
    for (const name of missing) if (!missingSinceMs.has(name)) missingSinceMs.set(name, timers.nowMs());
    for (const pod of orphans) {
      const sinceMs = missingSinceMs.get(pod.spec.nodeName ?? '') ?? timers.nowMs();
      if (timers.nowMs() - sinceMs < QUARANTINE_MS) continue;
      const { name, namespace, uid = '' } = pod.metadata;
      // What holds a pod by a finalizer (a Job) reads from its phase that it has ended.
      if (!isTerminal(pod))
        store.mergePatch(
          'Pod',
          name,
          namespace,
          { status: { phase: 'Failed', message: GONE } },
          { subresource: 'status' },
        );
      store.delete('Pod', name, namespace, { uid, gracePeriodSeconds: 0 });
    }
  });
}
