import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogBuffer } from '../../sandbox/log-buffer.ts';
import { LEADER_LEASE } from '../../src/api/names.ts';
import { type RecordedRequest, startRequestRecorder } from '../request-recorder.ts';
import { until } from '../until.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { readObject } from './live-object.ts';
import type { RealCluster } from './real-cluster.ts';
import { createKeeper, type Keeper } from './replicas-keeper.ts';

const SERVICE_ACCOUNT = 'karpenter';
const PODS = 'labelSelector=karpenter=controller';
const PODS_MS_MAX = 120_000;
const TOKEN_SECONDS = 3600;
/** A lease of 15 s, the candidates' pace of up to 4.4 s, and a busy machine. */
const TAKE_OVER_MS_MAX = 120_000;

/** One pod of the controller's Deployment, with the production process that its container would be. */
export interface Replica extends Omit<Keeper, 'log'> {
  /** Of the pod: the process's token is bound to it, so the API server notes it at every call. */
  readonly pod: string;
  /** What it has asked of AWS, in all its lives, oldest first. */
  readonly awsRequests: readonly RecordedRequest[];
  /** As what its present life stands for election; undefined until it has said so. */
  identity(): string | undefined;
}

/** All replicas of one installation. */
export interface Replicas {
  readonly all: readonly Replica[];
  /** The one that holds the lease now; undefined while none does, or one that has died. */
  leader(): Promise<Replica | undefined>;
  /** Waits until one leads that is not `but`. */
  untilLed(but?: Replica): Promise<Replica>;
  /** Kills the processes and removes what they were given. */
  close(): Promise<void>;
}

export interface ReplicasOptions {
  /** Where the controller is installed; `karpenter` when absent. */
  readonly namespace?: string;
  /** More environment for each process. */
  readonly env?: Readonly<Record<string, string>>;
}

type Ground = Pick<RealCluster, 'controlPlane' | 'awsUrl' | 'model'>;

/** Makes a replica of each pod that the Deployment has, and starts them one after another; resolves when all are ready. */
export async function startReplicas(
  cluster: Ground,
  count: number,
  { namespace = 'karpenter', env = {} }: ReplicasOptions = {},
): Promise<Replicas> {
  const workplace = mkdtempSync(join(tmpdir(), 'replicas-'));
  const all: (Replica & { close(): Promise<void> })[] = [];
  const leader = async () => {
    const lease = await readObject(
      cluster.controlPlane,
      `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${LEADER_LEASE}`,
    );
    const holder = (lease?.spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity;
    return all.find((replica) => replica.identity() === holder);
  };
  const close = async () => {
    await Promise.all(all.map((replica) => replica.close()));
    rmSync(workplace, { recursive: true, force: true });
  };
  try {
    for (const pod of await untilPodsRun(cluster, namespace, count)) {
      all.push(await createReplica(cluster, { pod, namespace, workplace, env }));
    }
    for (const replica of all) await replica.start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    all,
    leader,
    untilLed: async (but) => {
      const isNew = (replica: Replica | undefined) => replica !== undefined && replica !== but;
      const what = but === undefined ? 'a replica leads' : `another replica leads than ${but.pod}`;
      const replica = await until(what, leader, isNew, TAKE_OVER_MS_MAX);
      return replica as Replica;
    },
    close,
  };
}

async function createReplica(
  { controlPlane, awsUrl, model }: Ground,
  { pod, namespace, workplace, env }: Required<ReplicasOptions> & { readonly pod: string; readonly workplace: string },
): Promise<Replica & { close(): Promise<void> }> {
  const kubeconfigPath = join(workplace, `${pod}.kubeconfig`);
  const recorder = await startRequestRecorder(awsUrl);
  const { region } = model.state;
  const keeper = createKeeper({ kubeconfigPath, awsUrl: recorder.url, region, namespace, env }, async () => {
    writeKubeconfig(kubeconfigPath, { ...controlPlane, token: await tokenOf(controlPlane, namespace, pod) });
  });
  return {
    ...keeper,
    pod,
    awsRequests: recorder.requests,
    identity: () => identityIn(keeper.log()),
    close: async () => {
      await keeper.kill();
      await recorder.close();
    },
  };
}

async function untilPodsRun({ controlPlane }: Ground, namespace: string, count: number): Promise<readonly string[]> {
  const names = async () => {
    const { body } = await controlPlane.request('GET', `/api/v1/namespaces/${namespace}/pods?${PODS}`);
    const pods = body.items as readonly { metadata: { name: string }; status: { phase?: string } }[];
    return pods.filter(({ status }) => status.phase === 'Running').map(({ metadata }) => metadata.name);
  };
  return until(`${count} pods of the controller run`, names, (all) => all.length === count, PODS_MS_MAX);
}

/** A token as the kubelet mounts it into that very pod. */
async function tokenOf({ request }: RealCluster['controlPlane'], namespace: string, pod: string): Promise<string> {
  const { status, body } = await request(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${SERVICE_ACCOUNT}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod } },
    },
  );
  if (status !== 201) throw new Error(`no token for ${namespace}/${pod}: ${String(body.message)}`);
  return (body.status as { token: string }).token;
}

/** The process says it in a field of its first line; the lease names nothing else. */
function identityIn(log: LogBuffer): string | undefined {
  for (const line of log.lines()) {
    const { identity } = (line.startsWith('{') ? JSON.parse(line) : {}) as { readonly identity?: string };
    if (identity !== undefined) return identity;
  }
  return undefined;
}
