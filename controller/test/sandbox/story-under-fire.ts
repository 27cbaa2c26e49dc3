import { checkInstances } from '../../sandbox/checks/instances.ts';
import { checkPlacement } from '../../sandbox/checks/placement.ts';
import { ApiClient } from '../../sandbox/story/api-client.ts';
import { isBare, pending, running } from '../../sandbox/story/observations.ts';
import { defaultProvisioner, inflate, REPLICAS } from '../../sandbox/story/page-objects.ts';
import { startWireCluster, type WireCluster } from '../../sandbox/wire-cluster.ts';
import { eventually } from '../eventually.ts';

const PROVISIONERS = '/apis/karpenter.sh/v1alpha5/provisioners';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
/** Short, so that many stories fit into a suite; the story of `npm start` has the page's thirty. */
const TTL_SECONDS = 3;
const STEP_MS_MAX = 90_000;

/** A moment of the story, as a condition on the world. */
export interface Moment {
  readonly name: string;
  readonly hasCome: (cluster: WireCluster) => boolean;
}

/**
 * Plays the story over the wire with the production process, kills it with SIGKILL at the moment, starts it again, and returns
 * what is wrong in the end, in words. Rejects when the story does not come to its end.
 */
export async function playUnderFire(moment: Moment): Promise<readonly string[]> {
  const cluster = await startWireCluster({ bootDelayMs: 2_000 });
  try {
    const api = new ApiClient(cluster.kubeUrl);
    await cluster.controller.start();
    let isKilled = false;
    const killing = eventually(moment.name, () => moment.hasCome(cluster), STEP_MS_MAX).then(async () => {
      await cluster.controller.kill();
      isKilled = true;
      await cluster.controller.start();
    });
    const provisioner = defaultProvisioner();
    await api.create(PROVISIONERS, {
      ...provisioner,
      spec: { ...(provisioner.spec as object), ttlSecondsAfterEmpty: TTL_SECONDS },
    });
    await api.create(DEPLOYMENTS, inflate(REPLICAS));
    await eventually('all pods run', () => running(cluster) === REPLICAS, STEP_MS_MAX);
    const up = [...checkPlacement(cluster.store), ...checkInstances(cluster.store, launches(cluster))];
    await api.delete(`${DEPLOYMENTS}/inflate`);
    await killing;
    await eventually('nothing is left', () => isKilled && isBare(cluster), STEP_MS_MAX);
    return [...up, ...checkInstances(cluster.store, launches(cluster))];
  } catch (error) {
    const log = cluster.controllerLog.lines().slice(-30).join('\n');
    throw new Error(`killed when ${moment.name}: ${String(error)}\n${log}`, { cause: error });
  } finally {
    await cluster.close();
  }
}

function launches(cluster: WireCluster) {
  return cluster.model.ledger().map((launch) => {
    const state = cluster.model.state.instances[launch.instanceId]?.state;
    const hasEnded = state === undefined || state === 'terminated' || state === 'shutting-down';
    return { ...launch, ...(hasEnded ? { endedAtMs: Date.now() } : {}) };
  });
}

/** Moments around which the controller is in the middle of something. */
export const MOMENTS: readonly Moment[] = [
  { name: 'pods are pending', hasCome: (cluster) => pending(cluster) > 0 },
  { name: 'a machine is written', hasCome: (cluster) => cluster.store.list('Machine').length > 0 },
  { name: 'an instance is bought', hasCome: (cluster) => cluster.model.ledger().length > 0 },
  { name: 'a machine is being removed', hasCome: hasDeletingMachine },
];

function hasDeletingMachine(cluster: WireCluster): boolean {
  return cluster.store.list('Machine').some(({ metadata }) => metadata.deletionTimestamp !== undefined);
}
