import { inflate } from '../../sandbox/story/page-objects.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { SETTINGS_CONFIG_MAP } from '../../src/api/names.ts';
import { until } from '../until.ts';
import { type KeptController, startKeptController } from './fault-controller.ts';
import { type FaultFront, startFaultFront } from './fault-front.ts';
import { installByHand } from './install.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';
import { leftOf, untilNoneEmpty, untilSound } from './replicas-verdict.ts';

export const MACHINES = '/apis/karpenter.sh/v1alpha5/machines';
export const PODS = '/api/v1/pods';
const PODS_OF_STORY = '/api/v1/namespaces/default/pods';
const PROVISIONER = '/apis/karpenter.sh/v1alpha5/provisioners/default';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const NAMESPACE = 'karpenter';
/** Short, so that a file has many stories. */
const TTL_SECONDS = 3;
/** A plan has several nodes, of three pods at most where there are six pods. */
const NODE_SHARE_MAX = '0.34';
/** The pods of most stories, and the Machines that a plan makes for them: three of one cpu each fill an xlarge. */
export const REPLICAS = 6;
export const MACHINES_WANTED = 2;
export const SEED = 6;
/** Where a fault has to meet a moment. */
export const LOOK_EVERY_MS = 20;
/** Of a step that a fault delays: a silent watch is found out after 90 s, a lease runs out, a node boots. */
export const STEP_MS_MAX = 150_000;

/** A fault and what comes of it. */
export interface FaultStory {
  readonly name: string;
  /** Whether the controller lives through it; where the lease runs out it ends, and is started again. */
  readonly isSurvived: boolean;
  /** Begins and ends with a sound cluster; the end may be left to be waited for. */
  readonly play: (ground: FaultGround) => Promise<void>;
}

/** A real cluster whose controller meets the API server only through a front, with a token from a file, as in a pod. */
export interface FaultGround {
  readonly cluster: RealCluster;
  readonly front: FaultFront;
  /** As administrator, past the front. */
  readonly request: RealCluster['controlPlane']['request'];
  readonly controller: KeptController;
  machines(): Promise<readonly KubeObject[]>;
  /** How many instances were ever launched. */
  launches(): number;
  scale(replicas: number): Promise<void>;
  /** Resolves with the UIDs of the story's pods when so many run and no others are there. */
  untilRunning(count: number): Promise<readonly string[]>;
  /** Resolves when every pod stands well, and every instance has its one Machine, every Machine its one instance, no node too many. */
  untilSettled(): Promise<void>;
  /** Ends all faults and scales to nothing; resolves when neither node, Machine, instance nor finalizer of the controller is left. */
  untilBare(): Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}

/** Installs the manifests on a real cluster and starts the controller behind the front; resolves when its Provisioner is ready and `inflate` is there, with no pod. */
export async function startFaultGround(): Promise<FaultGround> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const cluster = await startRealCluster();
    closers.push(cluster.close);
    await installByHand(cluster, 'dev');
    const { request, kubectl } = cluster.controlPlane;
    await request('PATCH', PROVISIONER, { spec: { ttlSecondsAfterEmpty: TTL_SECONDS } });
    const settings = `/api/v1/namespaces/${NAMESPACE}/configmaps/${SETTINGS_CONFIG_MAP}`;
    await request('PATCH', settings, { data: { 'planning.nodeShareMax': NODE_SHARE_MAX } });
    const front = await startFaultFront(cluster.controlPlane);
    closers.push(front.close);
    const controller = await startKeptController(cluster, front.url);
    closers.push(controller.close);
    await kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'provisioner/default');
    await request('POST', DEPLOYMENTS, inflate());
    return { cluster, front, request, controller, ...storyOf(cluster, front), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Story = Pick<FaultGround, 'machines' | 'launches' | 'scale' | 'untilRunning' | 'untilSettled' | 'untilBare'>;

function storyOf(cluster: RealCluster, front: FaultFront): Story {
  const { request } = cluster.controlPlane;
  const list = async (path: string) => {
    const { status, body } = await request('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${String(body.message)}`);
    return body.items as readonly KubeObject[];
  };
  const scale = async (replicas: number) => {
    const { status, body } = await request('PATCH', `${DEPLOYMENTS}/inflate/scale`, { spec: { replicas } });
    if (status !== 200) throw new Error(`inflate was not scaled: ${String(body.message)}`);
  };
  return {
    machines: () => list(MACHINES),
    launches: () => cluster.model.ledger().length,
    scale,
    untilRunning: async (count) => {
      const phases = async () => (await list(PODS_OF_STORY)).map(phaseAndUid);
      const areRunning = (all: readonly (readonly string[])[]) =>
        all.length === count && all.every(([phase]) => phase === 'Running');
      const running = await until(`${count} pods run`, phases, areRunning, STEP_MS_MAX);
      return running.map(([, uid]) => uid);
    },
    untilSettled: async () => {
      await untilNoneEmpty(cluster);
      await untilSound(cluster);
    },
    untilBare: async () => {
      front.fate = () => undefined;
      cluster.model.faults.awsDelayMs = 0;
      await scale(0);
      await until(
        'nothing is left',
        () => leftOf(cluster),
        (left) => left.length === 0,
        STEP_MS_MAX,
      );
      await untilSound(cluster);
    },
  };
}

function phaseAndUid({ metadata, status }: KubeObject): readonly [string, string] {
  return [(status as { readonly phase?: string } | undefined)?.phase ?? '', metadata.uid ?? ''];
}

/** The Machines there are as soon as they are so many, launched or not. */
export function untilMachines(ground: FaultGround, count: number): Promise<readonly KubeObject[]> {
  return until(
    `${count} Machines are there`,
    ground.machines,
    (all) => all.length >= count,
    STEP_MS_MAX,
    LOOK_EVERY_MS,
  );
}
