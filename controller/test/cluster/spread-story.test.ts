import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HOSTNAME_LABEL, PROVISIONER_NAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import { until } from '../until.ts';
import { installByHand } from './install.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

const START_MS_MAX = 240_000;
/** Of a test; what it waits for comes first, and says more when it does not come. */
const STEP_MS_MAX = 150_000;
const WAIT_MS_MAX = 120_000;
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const REPLICAS = 6;

interface Listed {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase?: string };
}

/** Small pods, at most one apart in zones, each on a host of its own. */
function spreadDeployment(name: string): object {
  const labels = { app: name };
  const labelSelector = { matchLabels: labels };
  const rule = { maxSkew: 1, topologyKey: ZONE_LABEL, whenUnsatisfiable: 'DoNotSchedule', labelSelector };
  const apart = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOSTNAME_LABEL, labelSelector }] };
  const image = 'public.ecr.aws/eks-distro/kubernetes/pause:3.2';
  const spec = {
    topologySpreadConstraints: [rule],
    affinity: { podAntiAffinity: apart },
    containers: [{ name: 'main', image, resources: { requests: { cpu: '100m' } } }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: REPLICAS, selector: labelSelector, template: { metadata: { labels }, spec } },
  };
}

describe('a deployment spread over zones, each pod on a host of its own, on a real control plane', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await startRealCluster();
    await installByHand(cluster, 'dev');
    await cluster.startController();
    await cluster.controlPlane.kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'provisioner/default');
  }, START_MS_MAX);

  afterAll(() => cluster?.close());

  const list = async (path: string) => {
    const { body } = await cluster.controlPlane.request('GET', path);
    return body.items as readonly Listed[];
  };
  const pods = () => list('/api/v1/namespaces/default/pods');
  const boughtNodes = () => list(`/api/v1/nodes?labelSelector=${PROVISIONER_NAME_LABEL}`);
  const livingInstances = () =>
    Object.values(cluster.model.state.instances).filter(({ state }) => state === 'running' || state === 'pending');

  test(
    'is bound by the real scheduler to nodes that were bought for it: one a pod, two in each zone',
    async () => {
      const { status } = await cluster.controlPlane.request('POST', DEPLOYMENTS, spreadDeployment('web'));
      expect(status).toBe(201);
      const areRunning = (all: readonly Listed[]) =>
        all.length === REPLICAS && all.every((pod) => pod.status.phase === 'Running');
      const hosts = (await until('all pods run', pods, areRunning, WAIT_MS_MAX)).map(({ spec }) => spec.nodeName);
      const nodes = await boughtNodes();
      expect([...hosts].sort()).toEqual(nodes.map(({ metadata }) => metadata.name).sort());
      expect(livingInstances()).toHaveLength(REPLICAS);
      const perZone = Map.groupBy(nodes, ({ metadata }) => metadata.labels?.[ZONE_LABEL]);
      expect([...perZone.values()].map((inZone) => inZone.length)).toEqual([2, 2, 2]);
    },
    STEP_MS_MAX,
  );

  test(
    'leaves no node, no Machine and no instance when it is deleted',
    async () => {
      await cluster.controlPlane.kubectl('delete', 'deployment', 'web');
      const left = async () => ({
        nodes: (await boughtNodes()).length,
        machines: (await list('/apis/karpenter.sh/v1alpha5/machines')).length,
        instances: livingInstances().length,
      });
      const isBare = (all: Awaited<ReturnType<typeof left>>) => all.nodes + all.machines + all.instances === 0;
      await until('nothing is left', left, isBare, WAIT_MS_MAX);
    },
    STEP_MS_MAX,
  );
});
