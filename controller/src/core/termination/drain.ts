/**
 * How long after its deletion was due a pod may still be there before we stop waiting for it (ms): its kubelet is gone.
 * Upstream's number.
 */
export const STUCK_TERMINATING_MS = 60_000;

/** What a drain needs to know of a pod on the node. */
export interface DrainPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly isTerminal: boolean;
  readonly isMirror: boolean;
  /** Tolerates `node.kubernetes.io/unschedulable:NoSchedule`, as DaemonSet pods do: it would come straight back. */
  readonly toleratesUnschedulable: boolean;
  /** Priority class system-cluster-critical or system-node-critical: goes last. */
  readonly isCritical: boolean;
  /** When its grace period ends, once it is deleted. */
  readonly deletionAtMs?: number;
}

/** One look at a node that drains. It is drained when `waitingFor` is empty. */
export interface DrainStep<P extends DrainPod> {
  /** Pods that must go before the instance may; sorted by namespace and name. */
  readonly waitingFor: readonly P[];
  /** Those of them to evict now: the critical ones only when no other is left. */
  readonly evict: readonly P[];
}

/** Says whom to wait for and whom to evict next. */
export function drainStep<P extends DrainPod>(pods: readonly P[], nowMs: number): DrainStep<P> {
  const waitingFor = pods
    .filter((pod) => !pod.isTerminal && !pod.isMirror && !pod.toleratesUnschedulable && !isStuck(pod, nowMs))
    .sort(byName);
  const ordinary = waitingFor.filter((pod) => !pod.isCritical);
  const next = ordinary.length > 0 ? ordinary : waitingFor;
  return { waitingFor, evict: next.filter((pod) => pod.deletionAtMs === undefined) };
}

function isStuck(pod: DrainPod, nowMs: number): boolean {
  return pod.deletionAtMs !== undefined && nowMs > pod.deletionAtMs + STUCK_TERMINATING_MS;
}

function byName(a: DrainPod, b: DrainPod): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
