import type { KubeObject } from '../../../src/api/meta.ts';
import { type Deployment, isControlledBy, listOf, type ReplicaSet } from '../../kube/built-in-kinds.ts';
import { involved } from '../event-recorder.ts';
import type { Stage } from '../stage.ts';
import { HASH_LABEL, writeDeploymentStatus } from './deployment-status.ts';
import { controllerRef, podsOf, templateHash } from './owned-objects.ts';
import { rolloutStep } from './rollout-step.ts';
import type { WorkloadController } from './workload-controller.ts';

const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
const REVISIONS_KEPT = 10;

/** Deployments: one ReplicaSet a template, the newest filled step by step while the older ones empty. */
export const deployments: WorkloadController = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  dependants: ['ReplicaSet'],
  // Recreate waits for the last old pod to be gone, which no ReplicaSet tells: its status counts only pods that stay.
  surroundings: { kind: 'Pod', facts: () => 'is there' },
  reconcile(stage, object) {
    const deployment = object as Deployment;
    const owned = listOf(stage.store, 'ReplicaSet', deployment.metadata.namespace).filter((each) =>
      isControlledBy(each, deployment),
    );
    const hash = templateHash(deployment.spec.template);
    const current = owned.find(({ metadata }) => metadata.labels?.[HASH_LABEL] === hash);
    const old = owned.filter((each) => each !== current);
    if (current === undefined) {
      // A paused Deployment starts no rollout; a made ReplicaSet wakes us again.
      if (deployment.spec.paused !== true) createReplicaSet(stage, deployment, hash, highestRevision(owned) + 1);
    } else {
      keepRevision(stage, deployment, current, old);
      applyStep(stage, deployment, current, old);
      if (deployment.spec.paused !== true) dropOldRevisions(stage, deployment, old);
    }
    writeDeploymentStatus(stage, deployment, hash);
  },
};

function createReplicaSet(stage: Stage, deployment: Deployment, hash: string, revision: number): void {
  const { template, selector } = deployment.spec;
  const { name, namespace } = deployment.metadata;
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const replicaSet: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { [REVISION_ANNOTATION]: String(revision) },
      ownerReferences: [controllerRef('apps/v1', 'Deployment', deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  stage.store.create('ReplicaSet', replicaSet);
  annotateRevision(stage, 'Deployment', deployment, revision);
}

/** A template that comes back (a rollback) becomes the newest revision again. */
function keepRevision(stage: Stage, deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
  const wanted = Math.max(revisionOf(current), highestRevision(old) + 1);
  annotateRevision(stage, 'ReplicaSet', current, wanted);
  annotateRevision(stage, 'Deployment', deployment, wanted);
}

function annotateRevision(stage: Stage, kind: string, { metadata }: KubeObject, revision: number): void {
  const annotations = { [REVISION_ANNOTATION]: String(revision) };
  stage.store.mergePatch(kind, metadata.name, metadata.namespace, { metadata: { annotations } });
}

function applyStep(stage: Stage, deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
  const oldPodsLeft = old.some((each) => podsOf(stage, each).length > 0);
  const replicas = rolloutStep(deployment, current, old, oldPodsLeft);
  for (const replicaSet of [current, ...old]) {
    const { name, namespace } = replicaSet.metadata;
    const before = replicaSet.spec.replicas ?? 1;
    const after = replicas.get(name) ?? before;
    if (after === before) continue;
    stage.store.mergePatch('ReplicaSet', name, namespace, { spec: { replicas: after } });
    const message = `Scaled ${after > before ? 'up' : 'down'} replica set ${name} from ${before} to ${after}`;
    const about = involved(deployment, 'apps/v1', 'Deployment');
    stage.events.record('deployment-controller', { about, type: 'Normal', reason: 'ScalingReplicaSet', message });
  }
}

function dropOldRevisions(stage: Stage, { spec }: Deployment, old: readonly ReplicaSet[]): void {
  const empty = old.filter((each) => each.spec.replicas === 0 && (each.status?.replicas ?? 0) === 0);
  const byAge = [...empty].sort((left, right) => revisionOf(left) - revisionOf(right));
  const surplus = Math.max(0, empty.length - (spec.revisionHistoryLimit ?? REVISIONS_KEPT));
  for (const { metadata } of byAge.slice(0, surplus))
    stage.store.delete('ReplicaSet', metadata.name, metadata.namespace);
}

function highestRevision(replicaSets: readonly ReplicaSet[]): number {
  return Math.max(0, ...replicaSets.map(revisionOf));
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[REVISION_ANNOTATION] ?? 0);
}
