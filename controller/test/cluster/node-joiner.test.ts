import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BootingInstance, InstanceEvents } from '../../sandbox/aws/instance-events.ts';
import type { KubeCondition, KubeTaint } from '../../sandbox/kube/built-in-kinds.ts';
import { until } from '../until.ts';
import { followAwsAuth } from './aws-auth-follower.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type NodeJoiner, startNodeJoiner } from './node-joiner.ts';

const START_MS_MAX = 120_000;
/** A node is taken for lost after half a minute; the rest is for a busy machine. */
const TEST_MS_MAX = 120_000;
const WAIT_MS_MAX = 100_000;
const GIB = 1024 ** 3;
const PODS = '/api/v1/namespaces/default/pods';

interface LiveNode {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly providerID: string; readonly taints?: readonly KubeTaint[] };
  readonly status: {
    readonly conditions: readonly KubeCondition[];
    readonly allocatable: Readonly<Record<string, string>>;
  };
}

/** Instances that start and end when a test says so. */
function scriptedInstances() {
  const running: ((instance: BootingInstance) => void)[] = [];
  const terminating: ((instanceId: string) => void)[] = [];
  const events: InstanceEvents = {
    onRunning: (listener) => void running.push(listener),
    onTerminating: (listener) => void terminating.push(listener),
  };
  return {
    events,
    start: (instance: BootingInstance) => running.forEach((listener) => listener(instance)),
    end: ({ id }: BootingInstance) => terminating.forEach((listener) => listener(id)),
  };
}

function instance(name: string, labels: Readonly<Record<string, string>> = {}): BootingInstance {
  const amounts = { cpu: 4000, memory: 15 * GIB, pods: 58, 'ephemeral-storage': 20 * GIB };
  return {
    id: `i-${name}`,
    providerId: `aws:///us-east-1a/i-${name}`,
    instanceType: 'm5.xlarge',
    zone: 'us-east-1a',
    region: 'us-east-1',
    arch: 'amd64',
    privateIp: '10.0.0.77',
    privateDnsName: name,
    boot: {
      clusterName: 'demo',
      labels: { ...labels, 'test/name': name },
      taints: [{ key: 'test/only', value: 'ours', effect: 'NoSchedule' }],
    },
    mayJoin: true,
    capacity: amounts,
    allocatable: { ...amounts, cpu: 3920 },
  };
}

/** A pod, or the template of one, that runs on the node of that instance alone. */
const podSpecOn = (name: string) => ({
  nodeSelector: { 'test/name': name },
  tolerations: [{ key: 'test/only', operator: 'Exists' }],
  containers: [{ name: 'main', image: 'pause', resources: { requests: { cpu: '1' } } }],
});

describe('nodes that join a real control plane from instances that are none', () => {
  const instances = scriptedInstances();
  let controlPlane: ControlPlane;
  let joiner: NodeJoiner;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ scheduler: true, controllerManager: true, kwok: true });
    joiner = startNodeJoiner({ instances: instances.events, request: controlPlane.request, bootDelayMs: 0 });
  }, START_MS_MAX);

  afterAll(async () => {
    await joiner?.stop();
    await controlPlane?.stop();
  });

  const get = async (path: string) => {
    const { status, body } = await controlPlane.request('GET', path);
    return status === 200 ? body : undefined;
  };
  const node = async (name: string) => (await get(`/api/v1/nodes/${name}`)) as LiveNode | undefined;
  const readiness = (of: LiveNode | undefined) => of?.status.conditions.find(({ type }) => type === 'Ready')?.status;
  const untilReady = async (name: string) =>
    (await until(
      `node ${name} is ready`,
      () => node(name),
      (it) => readiness(it) === 'True',
      WAIT_MS_MAX,
    )) as LiveNode;
  const untilPhase = (path: string, phase: string) =>
    until(
      `${path} is ${phase}`,
      () => get(path),
      (pod) => (pod?.status as { phase?: string })?.phase === phase,
      WAIT_MS_MAX,
    );
  const createPod = (on: string) =>
    controlPlane.request('POST', PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-on-${on}` },
      spec: podSpecOn(on),
    });

  test(
    'are what their user data says, and become ready',
    async () => {
      instances.start(instance('node-1', { 'karpenter.sh/provisioner-name': 'default' }));
      const { metadata, spec, status } = await untilReady('node-1');
      expect(metadata.labels).toMatchObject({
        'karpenter.sh/provisioner-name': 'default',
        'node.kubernetes.io/instance-type': 'm5.xlarge',
        'topology.kubernetes.io/zone': 'us-east-1a',
      });
      expect(spec.providerID).toBe('aws:///us-east-1a/i-node-1');
      expect(status.allocatable).toMatchObject({ cpu: '3920m', pods: '58' });
      const taints = async () => (await node('node-1'))?.spec.taints;
      const isBare = (all: readonly KubeTaint[] | undefined) => all?.length === 1 && all[0]?.key === 'test/only';
      await until('only its own taint is left', taints, isBare, WAIT_MS_MAX);
    },
    TEST_MS_MAX,
  );

  test(
    'run pods, bring jobs to their end, and let deleted pods go',
    async () => {
      await createPod('node-1');
      await untilPhase(`${PODS}/pod-on-node-1`, 'Running');
      await controlPlane.request('POST', '/apis/batch/v1/namespaces/default/jobs', {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'work' },
        spec: { template: { spec: { ...podSpecOn('node-1'), restartPolicy: 'Never' } } },
      });
      await controlPlane.kubectl('wait', '--for=condition=Complete', '--timeout=60s', 'job/work');
      await controlPlane.kubectl('delete', 'pod', 'pod-on-node-1', '--timeout=60s');
    },
    TEST_MS_MAX,
  );

  test(
    'stay out when they may not join',
    async () => {
      instances.start({ ...instance('stranger'), mayJoin: false });
      instances.start({ ...instance('mute'), boot: undefined });
      instances.start(instance('node-2'));
      await untilReady('node-2');
      expect([await node('stranger'), await node('mute')]).toEqual([undefined, undefined]);
    },
    TEST_MS_MAX,
  );

  test(
    'have a kubelet’s rights and no more',
    async () => {
      const pretender = instance('pretender', { 'node-restriction.kubernetes.io/role': 'trusted' });
      instances.start(pretender);
      const said = await until(
        'the API server says no',
        async () => joiner.refusals(),
        (all) => all.length > 0,
        WAIT_MS_MAX,
      );
      expect(said[0]).toMatch(/^pretender: .*node-restriction\.kubernetes\.io/);
      instances.end(pretender);
      expect(await node('pretender')).toBeUndefined();
    },
    TEST_MS_MAX,
  );

  test(
    'fall silent with their instance: the Node is lost, and pods that should leave cannot',
    async () => {
      const doomed = instance('doomed');
      instances.start(doomed);
      await untilReady('doomed');
      await createPod('doomed');
      await untilPhase(`${PODS}/pod-on-doomed`, 'Running');
      instances.end(doomed);
      await until(
        'the node is unknown',
        () => node('doomed'),
        (it) => readiness(it) === 'Unknown',
        WAIT_MS_MAX,
      );
      await controlPlane.kubectl('delete', 'pod', 'pod-on-doomed', '--wait=false');
      // Others live on, beyond the time after which the silent one was lost.
      expect(readiness(await node('node-2'))).toBe('True');
      expect((await get(`${PODS}/pod-on-doomed`))?.metadata).toHaveProperty('deletionTimestamp');
    },
    TEST_MS_MAX,
  );

  test(
    'are let in by the map of roles as it is now',
    async () => {
      const configMaps = '/api/v1/namespaces/kube-system/configmaps';
      const write = (method: string, path: string, mapRoles: string) =>
        controlPlane.request(method, path, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'aws-auth' },
          data: { mapRoles },
        });
      const awsAuth = await followAwsAuth(controlPlane.request);
      const untilMapped = (want: string | undefined) =>
        until(
          `mapRoles is ${want}`,
          async () => awsAuth.mapRoles(),
          (text) => text === want,
          WAIT_MS_MAX,
        );
      try {
        expect(awsAuth.mapRoles()).toBeUndefined();
        await write('POST', configMaps, '- rolearn: one\n');
        await untilMapped('- rolearn: one\n');
        await write('PATCH', `${configMaps}/aws-auth`, '- rolearn: two\n');
        await untilMapped('- rolearn: two\n');
        await controlPlane.request('DELETE', `${configMaps}/aws-auth`);
        await untilMapped(undefined);
      } finally {
        await awsAuth.stop();
      }
    },
    TEST_MS_MAX,
  );
});
