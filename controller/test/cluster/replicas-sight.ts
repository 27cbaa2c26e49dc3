import type { KubeObject } from '../../src/api/meta.ts';
import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { until } from '../until.ts';
import type { RealCluster } from './real-cluster.ts';
import type { Replicas } from './replicas.ts';

const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';
const NODES = `/api/v1/nodes?labelSelector=${PROVISIONER_NAME_LABEL}`;
/** A moment may be short. */
const LOOK_EVERY_MS = 25;
const MOMENT_MS_MAX = 150_000;

/** What is seen of the world since the looking began. */
export interface Sight {
  readonly elapsedMs: number;
  readonly newMachines: number;
  /** Those that are being deleted now. */
  readonly dyingMachines: number;
  /** Nodes that have joined. */
  readonly newNodes: number;
  readonly newLaunches: number;
  /** How often the replicas have asked AWS for that, answered or not. */
  asked(action: string): number;
}

/** A moment around which the leader is in the middle of something. */
export interface Moment {
  readonly name: string;
  readonly hasCome: (sight: Sight) => boolean;
}

/** In the middle of a purchase: what is bought now, AWS alone knows. */
export const FLEET_ASKED: Moment = { name: 'CreateFleet is asked', hasCome: ({ asked }) => asked('CreateFleet') > 0 };
/** In the middle of a removal. */
export const MACHINE_DYING: Moment = {
  name: 'a Machine is being deleted',
  hasCome: ({ dyingMachines }) => dyingMachines > 0,
};

/** Moments while pods get nodes. */
export const BUYING: readonly Moment[] = [
  { name: 'a Machine is written', hasCome: ({ newMachines }) => newMachines > 0 },
  { name: 'several Machines are written', hasCome: ({ newMachines }) => newMachines > 2 },
  FLEET_ASKED,
  { name: 'an instance is bought', hasCome: ({ newLaunches }) => newLaunches > 0 },
  { name: 'a node has joined', hasCome: ({ newNodes }) => newNodes > 0 },
];

/** Moments while empty nodes go. */
export const REMOVING: readonly Moment[] = [
  MACHINE_DYING,
  { name: 'TerminateInstances is asked', hasCome: ({ asked }) => asked('TerminateInstances') > 0 },
];

/** Begins to look; resolves with what waits for a moment from then on. */
export async function startLooking(
  cluster: Pick<RealCluster, 'controlPlane' | 'model'>,
  replicas: Replicas,
): Promise<(moment: Moment) => Promise<unknown>> {
  const metadataOf = async (path: string) => {
    const { body } = await cluster.controlPlane.request('GET', path);
    return (body.items as readonly KubeObject[]).map(({ metadata }) => metadata);
  };
  const asked = (action: string) =>
    replicas.all.flatMap(({ awsRequests }) => awsRequests.filter((each) => each.action === action)).length;
  const startedAtMs = performance.now();
  const known = new Set([...(await metadataOf(MACHINES)), ...(await metadataOf(NODES))].map(({ uid }) => uid));
  const launchesBefore = cluster.model.ledger().length;
  const askedBefore = Object.fromEntries(
    ['CreateFleet', 'TerminateInstances'].map((action) => [action, asked(action)]),
  );
  const look = async (): Promise<Sight> => {
    const [machines, nodes] = await Promise.all([metadataOf(MACHINES), metadataOf(NODES)]);
    return {
      elapsedMs: performance.now() - startedAtMs,
      newMachines: machines.filter(({ uid }) => !known.has(uid)).length,
      dyingMachines: machines.filter(({ deletionTimestamp }) => deletionTimestamp !== undefined).length,
      newNodes: nodes.filter(({ uid }) => !known.has(uid)).length,
      newLaunches: cluster.model.ledger().length - launchesBefore,
      asked: (action) => asked(action) - (askedBefore[action] ?? 0),
    };
  };
  return (moment) => until(moment.name, look, moment.hasCome, MOMENT_MS_MAX, LOOK_EVERY_MS);
}
