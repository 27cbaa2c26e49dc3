import type { KubeObject } from '../../src/api/meta.ts';
import { budgetCovers, disruptionState, isHealthy } from './disruption-status.ts';
import { valueAt } from './json-value.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';
import { StatusError } from './object-store.ts';
import { notFound } from './status-errors.ts';

export interface EvictionRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
}

/**
 * Deletes a pod unless a PodDisruptionBudget stands against it. 429 with the cause `DisruptionBudget` when one does, 404 when there is no
 * such pod, 409 when the UID is another's, 500 when two budgets cover the pod. Budgets are judged by the pods as they are at this moment.
 */
export function evictPod(store: MemoryObjectStore, request: EvictionRequest): void {
  const pod = store.get('Pod', request.name, request.namespace);
  if (pod === undefined) throw notFound(store.kinds.named('Pod'), request.name);
  if (!mayIgnoreBudgets(pod) && (request.uid === undefined || request.uid === pod.metadata.uid))
    checkBudgets(store, pod);
  const { uid, gracePeriodSeconds, dryRun } = request;
  store.delete('Pod', request.name, request.namespace, {
    ...(uid === undefined ? {} : { uid }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(dryRun === undefined ? {} : { dryRun }),
  });
}

/** A pod that does no work, or is going anyway, costs no availability. */
function mayIgnoreBudgets(pod: KubeObject): boolean {
  const phase = valueAt(pod.status, 'phase');
  return (
    pod.metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending'
  );
}

function checkBudgets(store: MemoryObjectStore, pod: KubeObject): void {
  const budgets = store
    .list('PodDisruptionBudget', pod.metadata.namespace)
    .filter((budget) => budgetCovers(budget, pod));
  const [budget, another] = budgets;
  if (budget === undefined) return;
  if (another !== undefined) {
    const why = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError(500, 'InternalError', why);
  }
  const state = disruptionState(store, budget);
  if (!isHealthy(pod)) {
    if (valueAt(budget.spec, 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return;
    if (state.currentHealthy >= state.desiredHealthy && state.desiredHealthy > 0) return;
  }
  if (state.disruptionsAllowed > 0) return;
  const { currentHealthy, desiredHealthy } = state;
  // No Retry-After, as on a real server: clients would retry by themselves, and nobody would hear why.
  throw new StatusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [
      {
        reason: 'DisruptionBudget',
        message: `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
      },
    ],
  });
}
