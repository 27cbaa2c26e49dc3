import type { Deployment, ReplicaSet } from '../../kube/built-in-kinds.ts';

/**
 * How many replicas each ReplicaSet (by name) should have now. All old ones empty as fast as `maxUnavailable` allows, the
 * current one fills as fast as `maxSurge` allows; Recreate waits until no old pod is left.
 */
export function rolloutStep(
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  oldPodsLeft: boolean,
): ReadonlyMap<string, number> {
  const { replicas: wanted = 1, paused, strategy } = deployment.spec;
  const active = old.filter((each) => replicasOf(each) > 0);
  const steps = new Map<string, number>();
  // Paused amid a rollout: nothing moves until it goes on.
  if (paused === true && active.length > 0) return steps;
  if (strategy?.type === 'Recreate') {
    for (const each of active) steps.set(each.metadata.name, 0);
    return steps.set(current.metadata.name, active.length === 0 && !oldPodsLeft ? wanted : replicasOf(current));
  }
  const { maxSurge, maxUnavailable } = bounds(deployment, wanted);
  const total = sum([current, ...old].map(replicasOf));
  const room = active.length === 0 ? wanted : wanted + maxSurge - total;
  const grown = Math.min(wanted, replicasOf(current) + Math.max(0, room));
  steps.set(current.metadata.name, replicasOf(current) > wanted ? wanted : grown);
  emptyOld(steps, current, active, total, Math.max(0, wanted - maxUnavailable));
  return steps;
}

/** First what does not serve anyway, then what serves, as long as `minAvailable` pods do. */
function emptyOld(
  steps: Map<string, number>,
  current: ReplicaSet,
  active: readonly ReplicaSet[],
  total: number,
  minAvailable: number,
): void {
  const newUnavailable = Math.max(0, replicasOf(current) - availableOf(current));
  let spare = Math.max(0, total - minAvailable - newUnavailable);
  for (const each of active) {
    const idle = Math.min(spare, Math.max(0, replicasOf(each) - availableOf(each)));
    steps.set(each.metadata.name, replicasOf(each) - idle);
    spare -= idle;
  }
  let serving = Math.min(spare, Math.max(0, sum([current, ...active].map(availableOf)) - minAvailable));
  for (const each of active) {
    const left = steps.get(each.metadata.name) ?? 0;
    const dropped = Math.min(serving, left);
    steps.set(each.metadata.name, left - dropped);
    serving -= dropped;
  }
}

/** Percentages: surge rounds up, unavailable down; were both 0, nothing could ever move. */
function bounds({ spec }: Deployment, wanted: number): { maxSurge: number; maxUnavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const surge = share(maxSurge, wanted, Math.ceil);
  const unavailable = share(maxUnavailable, wanted, Math.floor);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** An integer as it is, a percentage as its share of `whole`. */
export function share(amount: string | number, whole: number, round: (value: number) => number): number {
  const text = String(amount);
  return text.endsWith('%') ? round((Number(text.slice(0, -1)) * whole) / 100) : Number(text);
}

function replicasOf({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}

function availableOf({ status }: ReplicaSet): number {
  return status?.availableReplicas ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => left + right, 0);
}
