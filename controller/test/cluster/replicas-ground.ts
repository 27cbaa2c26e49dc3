import { inflate } from '../../sandbox/story/page-objects.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { SETTINGS_CONFIG_MAP } from '../../src/api/names.ts';
import { until } from '../until.ts';
import { installByHand } from './install.ts';
import { createObject, patchObject } from './live-object.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';
import { type Replicas, startReplicas } from './replicas.ts';
import { leftOf, untilNoneEmpty, untilSound } from './replicas-verdict.ts';

const PODS = '/api/v1/namespaces/default/pods';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const PROVISIONER = '/apis/karpenter.sh/v1alpha5/provisioners/default';
const SETTINGS = `/api/v1/namespaces/karpenter/configmaps/${SETTINGS_CONFIG_MAP}`;
/** Short, so that pods come and go several times in a suite. */
const TTL_SECONDS = 3;
/** Each plan is several Machines, so that a leader can be struck between two of them. */
const NODE_SHARE_MAX = '0.25';
/** Long enough to be struck between a call and its answer. */
const AWS_DELAY_MS = 150;
/** With a change of leaders: a lease that runs out, a new leader that looks, and lists that must agree. */
const SETTLE_MS_MAX = 200_000;

/** A cluster with two replicas of the controller, one of which leads, and the Deployment `inflate` without pods yet. */
export interface ReplicasGround {
  readonly cluster: RealCluster;
  readonly replicas: Replicas;
  close(): Promise<void>;
}

/** Installs the product as for production, with one Provisioner. */
export async function startReplicasGround(): Promise<ReplicasGround> {
  const cluster = await startRealCluster();
  try {
    await installByHand(cluster, 'prod');
    const { controlPlane } = cluster;
    await patchObject(controlPlane, SETTINGS, { data: { 'planning.nodeShareMax': NODE_SHARE_MAX } });
    await controlPlane.kubectl('delete', 'provisioner', 'batch');
    await patchObject(controlPlane, PROVISIONER, { spec: { ttlSecondsAfterEmpty: TTL_SECONDS } });
    await createObject(controlPlane, DEPLOYMENTS, inflate());
    cluster.model.faults.awsDelayMs = AWS_DELAY_MS;
    const replicas = await startReplicas(cluster, 2);
    const close = async () => {
      await replicas.close();
      await cluster.close();
    };
    return { cluster, replicas, close };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** Wants so many pods of `inflate`. */
export async function scaleInflate({ controlPlane }: RealCluster, pods: number): Promise<void> {
  await patchObject(controlPlane, `${DEPLOYMENTS}/inflate/scale`, { spec: { replicas: pods } });
}

/** Resolves when so many pods run, and nothing is there for nothing, doubled, lost or misplaced; with none, when nothing is left. */
export async function untilSettled(cluster: RealCluster, pods: number): Promise<void> {
  await untilRunning(cluster, pods);
  if (pods > 0) await untilNoneEmpty(cluster);
  else {
    const left = () => leftOf(cluster);
    await until('nothing is left', left, (all) => all.length === 0, SETTLE_MS_MAX);
  }
  await untilSound(cluster);
}

/** Resolves when there are so many pods, and all of them run. */
export async function untilRunning({ controlPlane }: RealCluster, count: number): Promise<void> {
  const phases = async () => {
    const { body } = await controlPlane.request('GET', PODS);
    return (body.items as readonly KubeObject[]).map(({ status }) => (status as { readonly phase?: string }).phase);
  };
  const isSo = (all: readonly (string | undefined)[]) =>
    all.length === count && all.every((phase) => phase === 'Running');
  await until(`${count} pods, all running`, phases, isSo, SETTLE_MS_MAX);
}

/** Deletes the Provisioner; resolves when it has gone, with what is left of the controller's doing. */
export async function removeProvisioner(cluster: RealCluster): Promise<readonly string[]> {
  await cluster.controlPlane.kubectl('delete', 'provisioner', 'default', '--timeout=60s');
  return leftOf(cluster);
}
