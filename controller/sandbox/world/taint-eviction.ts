import { getOf, isTerminal, type KubeTaint, listOf, type Node, type Pod } from '../kube/built-in-kinds.ts';
import { covers } from './node-fit.ts';
import { createReconciler } from './reconciler.ts';
import { type Stage, type Stop, stopAll } from './stage.ts';

const LATENCY_MS = 100;

/** The stand-in for taint eviction: deletes the pods that do not, or no longer, tolerate a NoExecute taint of their node. */
export function startTaintEviction(stage: Stage): Stop {
  const { store, timers } = stage;
  const sightings: Sightings = new Map();
  const reconciler = createReconciler(timers, LATENCY_MS, (name) => {
    const node = getOf(store, 'Node', name);
    if (node === undefined) return;
    const nextMs = evictFrom(stage, node, sightings);
    if (nextMs !== undefined) wake(name, nextMs);
  });
  const wakes = new Map<string, Stop>();
  const wake = (name: string, atMs: number): void => {
    wakes.get(name)?.();
    wakes.set(
      name,
      timers.after(atMs - timers.nowMs(), () => reconciler.enqueue(name)),
    );
  };
  return stopAll([
    store.watch('Node', ({ type, object }) => {
      const { name, uid } = object.metadata;
      if (type === 'DELETED') {
        sightings.delete(uid ?? '');
        wakes.get(name)?.();
        wakes.delete(name);
      } else if (isDriving(object as Node) || wakes.has(name)) reconciler.enqueue(name);
    }),
    store.watch('Pod', ({ type, object }) => {
      const nodeName = (object as Pod).spec.nodeName;
      const node = nodeName && type !== 'DELETED' ? getOf(store, 'Node', nodeName) : undefined;
      if (node !== undefined && isDriving(node)) reconciler.enqueue(node.metadata.name);
    }),
    reconciler.stop,
    () => {
      for (const cancel of wakes.values()) cancel();
    },
  ]);
}

function isDriving(node: Node): boolean {
  return noExecuteTaints(node).length > 0;
}

/** When each NoExecute taint of a node (by uid) was seen first: what `kubectl taint` adds bears no time of its own. */
type Sightings = Map<string, ReadonlyMap<string, number>>;

/** Deletes the pods whose time is over; returns when the next one's is. */
function evictFrom({ store, timers }: Stage, node: Node, sightings: Sightings): number | undefined {
  const seenAtMs = lookAgain(node, sightings, timers.nowMs());
  let nextMs: number | undefined;
  for (const pod of listOf(store, 'Pod')) {
    if (pod.spec.nodeName !== node.metadata.name || pod.metadata.deletionTimestamp !== undefined || isTerminal(pod))
      continue;
    const endMs = toleratedUntilMs(pod, noExecuteTaints(node), seenAtMs);
    if (endMs <= timers.nowMs()) store.delete('Pod', pod.metadata.name, pod.metadata.namespace);
    else if (Number.isFinite(endMs)) nextMs = Math.min(nextMs ?? endMs, endMs);
  }
  return nextMs;
}

/** Sightings of the taints that stand now; one that left and came back counts from its return. */
function lookAgain(node: Node, sightings: Sightings, nowMs: number): ReadonlyMap<string, number> {
  const uid = node.metadata.uid ?? '';
  const before = sightings.get(uid);
  const seenAtMs = new Map(
    noExecuteTaints(node).map(({ key, timeAdded }) => [
      key,
      timeAdded === undefined ? (before?.get(key) ?? nowMs) : Date.parse(timeAdded),
    ]),
  );
  sightings.set(uid, seenAtMs);
  return seenAtMs;
}

/** The earliest end over the taints; for one taint the shortest of the tolerations that cover it counts. */
function toleratedUntilMs(pod: Pod, taints: readonly KubeTaint[], seenAtMs: ReadonlyMap<string, number>): number {
  const ends = taints.map((taint) => {
    const covering = (pod.spec.tolerations ?? []).filter((toleration) => covers(toleration, taint));
    if (covering.length === 0) return 0;
    const seconds = covering.map(({ tolerationSeconds = Number.POSITIVE_INFINITY }) => tolerationSeconds);
    return (seenAtMs.get(taint.key) ?? 0) + 1000 * Math.max(0, Math.min(...seconds));
  });
  return Math.min(...ends, Number.POSITIVE_INFINITY);
}

function noExecuteTaints(node: Node): readonly KubeTaint[] {
  return node.spec?.taints?.filter(({ effect }) => effect === 'NoExecute') ?? [];
}
