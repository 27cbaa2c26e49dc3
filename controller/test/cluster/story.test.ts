import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inflate, REPLICAS } from '../../sandbox/story/page-objects.ts';
import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { until } from '../until.ts';
import { installByHand } from './install.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

const START_MS_MAX = 180_000;
/** Of a test; what it waits for comes first, and says more when it does not come. */
const STEP_MS_MAX = 120_000;
const WAIT_MS_MAX = 100_000;
const CONTROLLER = 'system:serviceaccount:karpenter:karpenter';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string; readonly providerID?: string };
  readonly status: { readonly phase?: string };
}

describe('the getting-started page on a real control plane', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await startRealCluster();
  }, START_MS_MAX);

  afterAll(() => cluster?.close());

  const kubectl = (...args: string[]) => cluster.controlPlane.kubectl(...args);
  const list = async (path: string) => {
    const { body } = await cluster.controlPlane.request('GET', path);
    return body.items as readonly Listed[];
  };
  const pods = () => list('/api/v1/namespaces/default/pods');
  const boughtNodes = () => list(`/api/v1/nodes?labelSelector=${PROVISIONER_NAME_LABEL}`);
  const machines = () => list('/apis/karpenter.sh/v1alpha5/machines');
  const runningInstances = () =>
    Object.values(cluster.model.state.instances).filter(({ state }) => state === 'running' || state === 'pending');
  const left = async () => ({
    nodes: (await boughtNodes()).length,
    machines: (await machines()).length,
    instances: runningInstances().length,
  });
  const scaleInflate = (replicas: number) =>
    cluster.controlPlane.request('PATCH', `${DEPLOYMENTS}/inflate/scale`, { spec: { replicas } });

  const untilRunning = (count: number) =>
    until(
      `${count} pods run`,
      pods,
      (all) => all.filter(({ status }) => status.phase === 'Running').length === count,
      WAIT_MS_MAX,
    );

  test(
    'is installed with kubectl alone, and its Deployment becomes available',
    async () => {
      await installByHand(cluster, 'dev');
    },
    STEP_MS_MAX,
  );

  test(
    'starts the controller as its own service account, which makes the Provisioner ready',
    async () => {
      await cluster.startController();
      await kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'provisioner/default');
    },
    STEP_MS_MAX,
  );

  test(
    'runs inflate on nodes that were bought for it and that the real scheduler chose',
    async () => {
      await cluster.controlPlane.request('POST', DEPLOYMENTS, inflate());
      await scaleInflate(REPLICAS);
      const running = await untilRunning(REPLICAS);
      const nodes = await boughtNodes();
      const names = nodes.map(({ metadata }) => metadata.name);
      expect(running.filter(({ spec }) => !names.includes(spec.nodeName ?? ''))).toEqual([]);
      expect(nodes.map(({ spec }) => spec.providerID?.split('/').at(-1)).sort()).toEqual(
        runningInstances()
          .map(({ id }) => id)
          .sort(),
      );
      expect(cluster.joiner.refusals()).toEqual([]);
      await kubectl('wait', '--for=condition=Available', '--timeout=30s', 'deployment/inflate');
      await kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'machines', '--all');
    },
    STEP_MS_MAX,
  );

  test(
    'removes nodes and instances after ttlSecondsAfterEmpty when inflate is scaled to 0',
    async () => {
      await scaleInflate(0);
      const isBare = ({ nodes, machines, instances }: Awaited<ReturnType<typeof left>>) =>
        nodes + machines + instances === 0;
      await until('nothing is left', left, isBare, WAIT_MS_MAX);
      // What was there before is there still.
      expect(await list('/api/v1/nodes')).toHaveLength(2);
    },
    STEP_MS_MAX,
  );

  test(
    'drains the nodes of a Provisioner that is deleted, before it goes',
    async () => {
      await scaleInflate(3);
      await untilRunning(3);
      expect(await kubectl('delete', 'provisioner', 'default', '--timeout=100s')).toContain('deleted');
      expect(await left()).toEqual({ nodes: 0, machines: 0, instances: 0 });
      // Evicted, not lost: their Deployment has made new ones, which find no node now.
      const isWaiting = (all: readonly Listed[]) =>
        all.length === 3 && all.every(({ status }) => status.phase === 'Pending');
      await until('3 pods wait for a node', pods, isWaiting, WAIT_MS_MAX);
    },
    STEP_MS_MAX,
  );

  test('never asked for more than its role allows', () => {
    const calls = cluster.controlPlane.callsOfWorkloads().filter(({ user }) => user === CONTROLLER);
    // The log is of this controller at work: it bought, and it evicted.
    expect(calls.filter(({ verb }) => verb === 'create').map(({ on }) => on)).toEqual(
      expect.arrayContaining(['machines.karpenter.sh', 'pods/eviction']),
    );
    expect(calls.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  });
});
