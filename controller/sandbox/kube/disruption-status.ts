import type { KubeObject } from '../../src/api/meta.ts';
import type { Timers } from '../timers.ts';
import { conditionOf } from './columns.ts';
import { recordOf, valueAt } from './json-value.ts';
import { type LabelSelector, selectorMatches } from './label-selector.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';

/** Changes of pods come in bursts; one look answers for a burst. */
const LOOK_DELAY_MS = 20;

/** What a budget allows right now. */
export interface DisruptionState {
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  readonly disruptionsAllowed: number;
}

/** Keeps the status of every PodDisruptionBudget true to the pods. Returns the end of it. */
export function startDisruptionStatus(store: MemoryObjectStore, timers: Timers): () => void {
  let isScheduled = false;
  const look = () => {
    if (isScheduled) return;
    isScheduled = true;
    timers.after(LOOK_DELAY_MS, () => {
      isScheduled = false;
      for (const budget of store.list('PodDisruptionBudget')) writeStatus(store, budget);
    });
  };
  const kinds = ['Pod', 'PodDisruptionBudget', 'Deployment', 'ReplicaSet', 'StatefulSet'];
  const ends = kinds.map((kind) => store.watch(kind, () => store.list('PodDisruptionBudget').length > 0 && look()));
  return () => ends.forEach((end) => end());
}

function writeStatus(store: MemoryObjectStore, budget: KubeObject): void {
  const { name, namespace, generation } = budget.metadata;
  const status = { ...disruptionState(store, budget), observedGeneration: generation };
  store.mergePatch('PodDisruptionBudget', name, namespace, { status }, { subresource: 'status' });
}

/** What a budget allows, from its spec and the pods there are. */
export function disruptionState(store: MemoryObjectStore, budget: KubeObject): DisruptionState {
  const pods = store
    .list('Pod', budget.metadata.namespace)
    .filter((pod) => budgetCovers(budget, pod) && !hasEnded(pod));
  const currentHealthy = pods.filter((pod) => isHealthy(pod)).length;
  const { expectedPods, desiredHealthy } = wantedHealth(store, recordOf(budget.spec), pods);
  return {
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed: Math.max(0, expectedPods === 0 ? 0 : currentHealthy - desiredHealthy),
  };
}

/** True when the budget selects the pod; a budget without selector selects none, one with an empty selector all of its namespace. */
export function budgetCovers(budget: KubeObject, pod: KubeObject): boolean {
  const selector = valueAt(budget.spec, 'selector');
  if (selector === undefined || budget.metadata.namespace !== pod.metadata.namespace) return false;
  return selectorMatches(recordOf(selector) as LabelSelector, pod.metadata.labels ?? {});
}

/** True when the pod is Ready and not on its way out. */
export function isHealthy(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && conditionOf(pod, 'Ready')?.status === 'True';
}

function hasEnded(pod: KubeObject): boolean {
  const phase = valueAt(pod.status, 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

function wantedHealth(
  store: MemoryObjectStore,
  spec: Record<string, unknown>,
  pods: readonly KubeObject[],
): { expectedPods: number; desiredHealthy: number } {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) {
    const expectedPods = expectedByOwners(store, pods);
    return { expectedPods, desiredHealthy: Math.max(0, expectedPods - scaled(maxUnavailable, expectedPods)) };
  }
  if (typeof minAvailable === 'string') {
    const expectedPods = expectedByOwners(store, pods);
    return { expectedPods, desiredHealthy: scaled(minAvailable, expectedPods) };
  }
  return { expectedPods: pods.length, desiredHealthy: typeof minAvailable === 'number' ? minAvailable : 0 };
}

/** A share is of what the owners want, not of what happens to be there. Pods without an owner that scales are expected by nobody. */
function expectedByOwners(store: MemoryObjectStore, pods: readonly KubeObject[]): number {
  const replicasByOwner = new Map<string, number>();
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (owner?.kind !== 'ReplicaSet' && owner?.kind !== 'StatefulSet') continue;
    const replicas = valueAt(store.get(owner.kind, owner.name, pod.metadata.namespace)?.spec, 'replicas');
    if (typeof replicas === 'number') replicasByOwner.set(owner.uid, replicas);
  }
  return [...replicasByOwner.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** A number, or a percentage of `total`; rounded up, as the disruption controller does. */
function scaled(amount: unknown, total: number): number {
  if (typeof amount === 'number') return amount;
  const percent = /^(\d+)%$/.exec(String(amount))?.[1];
  return percent === undefined ? 0 : Math.ceil((Number(percent) * total) / 100);
}
