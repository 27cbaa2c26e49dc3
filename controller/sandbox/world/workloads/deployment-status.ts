import {
  type Deployment,
  getOf,
  isControlledBy,
  type KubeCondition,
  listOf,
  type ReplicaSet,
} from '../../kube/built-in-kinds.ts';
import { timestamp } from '../../kube/timestamp.ts';
import { withCondition } from '../conditions.ts';
import type { Stage } from '../stage.ts';

import { share } from './rollout-step.ts';

/** Tells the pods and ReplicaSet of one template from those of another. */
export const HASH_LABEL = 'pod-template-hash';

/** The Deployment's counts and conditions say what its ReplicaSets have reached, so that `kubectl rollout status` can tell. */
export function writeDeploymentStatus({ store, timers }: Stage, { metadata }: Deployment, hash: string): void {
  const deployment = getOf(store, 'Deployment', metadata.name, metadata.namespace);
  if (deployment === undefined) return;
  const owned = listOf(store, 'ReplicaSet', metadata.namespace).filter((each) => isControlledBy(each, deployment));
  const current = owned.find((each) => each.metadata.labels?.[HASH_LABEL] === hash);
  const counts = {
    replicas: total(owned, 'replicas'),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: total(owned, 'readyReplicas'),
    availableReplicas: total(owned, 'availableReplicas'),
  };
  const wanted = deployment.spec.replicas ?? 1;
  const unavailableReplicas = Math.max(0, wanted - counts.availableReplicas);
  const maxUnavailable = share(deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', wanted, Math.floor);
  const next = [
    progressing(counts, wanted, current),
    available(
      counts.availableReplicas >= wanted - (deployment.spec.strategy?.type === 'Recreate' ? 0 : maxUnavailable),
    ),
  ];
  const conditions = next.reduce(
    (all, each) => withProgress(all, each, timers.nowMs()),
    deployment.status?.conditions ?? [],
  );
  const status = { ...counts, unavailableReplicas, observedGeneration: deployment.metadata.generation, conditions };
  store.mergePatch('Deployment', metadata.name, metadata.namespace, { status }, { subresource: 'status' });
}

type Next = Omit<KubeCondition, 'lastTransitionTime'>;

function progressing(counts: Readonly<Record<string, number>>, wanted: number, current: ReplicaSet | undefined): Next {
  const name = current?.metadata.name;
  const isDone =
    counts['updatedReplicas'] === wanted && counts['replicas'] === wanted && counts['availableReplicas'] === wanted;
  if (current !== undefined && isDone) {
    const message = `ReplicaSet "${name}" has successfully progressed.`;
    return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message };
  }
  return current === undefined
    ? { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message: 'Created new replica set' }
    : {
        type: 'Progressing',
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: `ReplicaSet "${name}" is progressing.`,
      };
}

function available(isAvailable: boolean): Next {
  return isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** Deployments also tell when a condition's reason changed last. */
function withProgress(conditions: readonly KubeCondition[], next: Next, nowMs: number): readonly KubeCondition[] {
  const old = conditions.find(({ type }) => type === next.type);
  const isSame = old?.status === next.status && old.reason === next.reason && old.message === next.message;
  const lastUpdateTime = isSame && old.lastUpdateTime !== undefined ? old.lastUpdateTime : timestamp(nowMs);
  return withCondition(conditions, { ...next, lastUpdateTime }, nowMs);
}

function total(replicaSets: readonly ReplicaSet[], count: 'replicas' | 'readyReplicas' | 'availableReplicas'): number {
  return replicaSets.reduce((sum, { status }) => sum + (status?.[count] ?? 0), 0);
}
