import type { KubeObject } from '../../../src/api/meta.ts';
import { isTrue, type Pod, type ReplicaSet } from '../../kube/built-in-kinds.ts';
import type { Stage } from '../stage.ts';
import { controllerRef, createPod, deletePod, isActive, podsOf } from './owned-objects.ts';
import type { WorkloadController } from './workload-controller.ts';

/** kube-controller-manager's burst: more pods than this are made in several steps. */
const BURST = 500;
const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';

/** ReplicaSets: as many active pods as wanted. */
export const replicaSets: WorkloadController = {
  kind: 'ReplicaSet',
  apiVersion: 'apps/v1',
  dependants: ['Pod'],
  reconcile(stage, object) {
    const replicaSet = object as ReplicaSet;
    const before = podsOf(stage, replicaSet).filter(isActive);
    scale(stage, replicaSet, before);
    writeStatus(
      stage,
      replicaSet,
      before.length === wanted(replicaSet) ? before : podsOf(stage, replicaSet).filter(isActive),
    );
  },
};

function wanted({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}

function scale(stage: Stage, replicaSet: ReplicaSet, pods: readonly Pod[]): void {
  const ownerRef = controllerRef('apps/v1', 'ReplicaSet', replicaSet);
  const missing = Math.min(wanted(replicaSet) - pods.length, BURST);
  for (let made = 0; made < missing; made++) {
    createPod(stage, { owner: replicaSet, ownerRef, template: replicaSet.spec.template });
  }
  const surplus = Math.max(0, pods.length - wanted(replicaSet));
  for (const pod of [...pods].sort(compareByUse).slice(0, surplus)) deletePod(stage, replicaSet, ownerRef, pod);
}

/** Least useful first, as the real controller ranks: without a node, not ready, cheap to delete, young. */
function compareByUse(left: Pod, right: Pod): number {
  const ranks = (pod: Pod): readonly (number | string)[] => [
    pod.spec.nodeName ? 1 : 0,
    pod.status?.phase === 'Running' ? 1 : 0,
    isTrue(pod.status?.conditions, 'Ready') ? 1 : 0,
    Number(pod.metadata.annotations?.[DELETION_COST_ANNOTATION] ?? 0),
    -Date.parse(pod.metadata.creationTimestamp ?? ''),
    pod.metadata.name,
  ];
  const rightRanks = ranks(right);
  for (const [index, rank] of ranks(left).entries()) {
    const other = rightRanks[index] ?? 0;
    if (rank !== other) return rank < other ? -1 : 1;
  }
  return 0;
}

function writeStatus({ store }: Stage, replicaSet: KubeObject, pods: readonly Pod[]): void {
  const ready = pods.filter((pod) => isTrue(pod.status?.conditions, 'Ready')).length;
  const { name, namespace, generation } = replicaSet.metadata;
  const status = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: generation,
  };
  store.mergePatch('ReplicaSet', name, namespace, { status }, { subresource: 'status' });
}
