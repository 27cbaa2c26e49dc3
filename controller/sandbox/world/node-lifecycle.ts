import { getOf, type KubeTaint, listOf, type Node } from '../kube/built-in-kinds.ts';
import { timestamp } from '../kube/timestamp.ts';
import { LEASE_NAMESPACE } from './kubelet.ts';
import { NOT_READY_TAINT, UNREACHABLE_TAINT } from './node-object.ts';
import { createReconciler } from './reconciler.ts';
import { type Stage, type Stop, stopAll } from './stage.ts';
import { every } from './ticker.ts';

/** kube-controller-manager's defaults: how often it looks, and how long a kubelet may be silent. */
const MONITOR_MS = 5000;
const SILENCE_MS_MAX = 40_000;
/** From a node's condition to its taints. */
const LATENCY_MS = 50;
const STATUS_UNKNOWN = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
const OWN_TAINTS: readonly string[] = [NOT_READY_TAINT, UNREACHABLE_TAINT];

/**
 * The stand-in for the node controllers: a silent kubelet makes its node's conditions Unknown; a node that is not Ready is
 * tainted, a Ready one freed of that; and a Node that is not Ready and whose instance `hasEnded` is deleted.
 */
export function startNodeLifecycle(stage: Stage, hasEnded: (providerId: string) => boolean): Stop {
  const { store, timers } = stage;
  const taints = createReconciler(timers, LATENCY_MS, (name) => reconcileTaints(stage, name));
  for (const { metadata } of listOf(store, 'Node')) taints.enqueue(metadata.name);
  const monitor = (): void => {
    for (const node of listOf(store, 'Node')) {
      if (readyStatus(node) !== 'True' && hasEnded(node.spec?.providerID ?? ''))
        store.delete('Node', node.metadata.name);
      else if (isSilent(stage, node)) markUnknown(stage, node);
    }
  };
  return stopAll([
    store.watch('Node', ({ type, object }) => {
      if (type !== 'DELETED') taints.enqueue(object.metadata.name);
    }),
    every(timers, MONITOR_MS, monitor),
    taints.stop,
  ]);
}

function isSilent({ store, timers }: Stage, { metadata }: Node): boolean {
  const lease = store.get('Lease', metadata.name, LEASE_NAMESPACE) as { spec?: { renewTime?: string } } | undefined;
  const lastHeardMs = Date.parse(lease?.spec?.renewTime ?? metadata.creationTimestamp ?? '');
  return timers.nowMs() - lastHeardMs > SILENCE_MS_MAX;
}

function markUnknown({ store, timers }: Stage, node: Node): void {
  if (readyStatus(node) === 'Unknown') return;
  const lastTransitionTime = timestamp(timers.nowMs());
  const old = node.status?.conditions ?? [{ type: 'Ready', status: 'Unknown' }];
  const conditions = old.map((each) => ({ ...each, ...STATUS_UNKNOWN, status: 'Unknown', lastTransitionTime }));
  store.mergePatch('Node', node.metadata.name, undefined, { status: { conditions } }, { subresource: 'status' });
}

function reconcileTaints({ store, timers }: Stage, name: string): void {
  const node = getOf(store, 'Node', name);
  if (node === undefined) return;
  const old = node.spec?.taints ?? [];
  const wanted = wantedTaints(node);
  const isKept = ({ key, effect }: KubeTaint): boolean =>
    !OWN_TAINTS.includes(key) || wanted.some((each) => each.key === key && each.effect === effect);
  const kept = old.filter(isKept);
  const added = wanted.filter(({ key, effect }) => !old.some((each) => each.key === key && each.effect === effect));
  if (kept.length === old.length && added.length === 0) return;
  const timeAdded = timestamp(timers.nowMs());
  const taints = [...kept, ...added.map((taint) => ({ ...taint, timeAdded }))];
  store.mergePatch('Node', name, undefined, { spec: { taints: taints.length === 0 ? null : taints } });
}

function wantedTaints(node: Node): readonly KubeTaint[] {
  const status = readyStatus(node);
  if (status === 'True') return [];
  const key = status === 'False' ? NOT_READY_TAINT : UNREACHABLE_TAINT;
  return [
    { key, effect: 'NoSchedule' },
    { key, effect: 'NoExecute' },
  ];
}

function readyStatus(node: Node): string {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
}
