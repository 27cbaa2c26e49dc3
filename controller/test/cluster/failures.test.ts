import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { HOSTNAME_LABEL, INSTANCE_TYPE_LABEL, PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { throughout, until } from '../until.ts';
import {
  createDeployment,
  createProvisioner,
  createTemplate,
  type Ground,
  MACHINES,
  nodeOf,
  PROVISIONERS,
  startGround,
} from './failures-ground.ts';
import { conditionOf, createObject, patchObject, readObject } from './live-object.ts';

const START_MS_MAX = 480_000;
/** Of a test; what it waits for comes first, and says more when it does not come. */
const STEP_MS_MAX = 480_000;
const WAIT_MS_MAX = 200_000;
/** How long nothing more may be bought. */
const QUIET_MS = 8_000;
/** Longer than any node may take to join. */
const OLD_MS = 16 * 60_000;
/** Nodes that may be lost before their Provisioner's are tried one at a time. */
const FAILURES_FREE = 3;

/** Pods of it go to nodes of this Provisioner alone. */
const boundTo = (provisionerName: string) => ({ nodeSelector: { [PROVISIONER_NAME_LABEL]: provisionerName } });

/** Pods of the app stay off each other's nodes. */
const apart = (app: string) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: HOSTNAME_LABEL, labelSelector: { matchLabels: { app } } },
      ],
    },
  },
});

// Each was seen in production; the numbers are of issues of kubernetes-sigs/karpenter (K) and aws/karpenter-provider-aws (A).
describe('failures seen in production, on a real control plane', () => {
  let ground: Ground;

  beforeAll(async () => {
    ground = await startGround();
  }, START_MS_MAX);

  afterAll(() => ground?.close());

  const provisionerNow = (name: string) => readObject(ground.cluster.controlPlane, `${PROVISIONERS}/${name}`);
  const machinesOf = (provisionerName: string) =>
    ground.list(`${MACHINES}?labelSelector=${PROVISIONER_NAME_LABEL}=${provisionerName}`);
  const launchesOf = (provisionerName: string) =>
    ground.cluster.model.ledger().filter((launch) => launch.provisionerName === provisionerName);
  const untilGone = (provisionerName: string) =>
    ground.cluster.controlPlane.kubectl('delete', 'provisioner', provisionerName, '--timeout=200s');
  const deleteDeployment = (name: string) => ground.cluster.controlPlane.kubectl('delete', 'deployment', name);

  /** The most vCPUs that instances of a Provisioner have had at once so far. */
  function mostVcpus(provisionerName: string): number {
    const changes = launchesOf(provisionerName).flatMap(({ instanceType, launchedAtMs, endedAtMs }) => {
      const vcpus = ground.cluster.model.catalogue.types.get(instanceType)?.vcpus ?? Number.POSITIVE_INFINITY;
      return [
        { atMs: launchedAtMs, vcpus },
        { atMs: endedAtMs ?? Number.POSITIVE_INFINITY, vcpus: -vcpus },
      ];
    });
    // What begins in the millisecond in which something ends is counted as together with it.
    let now = 0;
    let most = 0;
    for (const { vcpus } of changes.sort((a, b) => a.atMs - b.atMs || b.vcpus - a.vcpus)) {
      now += vcpus;
      most = Math.max(most, now);
    }
    return most;
  }

  test(
    'subnets that do not exist stall the Provisioner that asks for them, and hold up no other (K#714, A#4441)',
    async () => {
      await createTemplate(ground, 'lost', { subnetSelector: { team: 'nobody' } });
      // Asked before all others.
      await createProvisioner(ground, 'lost', { providerRef: { name: 'lost' }, weight: 100 });
      const stalled = (object: KubeObject | undefined) => conditionOf(object, 'Stalled')?.status === 'True';
      const lost = await until('it is stalled', () => provisionerNow('lost'), stalled, WAIT_MS_MAX);
      expect(conditionOf(lost, 'Stalled')?.message).toContain('subnet');

      await createDeployment(ground, 'web', 3);
      await createDeployment(ground, 'stuck', 1, boundTo('lost'));
      const web = await ground.untilRunning(3, 'web');
      expect((await ground.boughtNodes()).map(({ metadata }) => metadata.name)).toEqual(
        expect.arrayContaining(web.map(nodeOf)),
      );
      expect(launchesOf('lost')).toEqual([]);
      expect(conditionOf(await provisionerNow('default'), 'Ready')?.status).toBe('True');
      for (const name of ['web', 'stuck']) await deleteDeployment(name);
      await untilGone('lost');
    },
    STEP_MS_MAX,
  );

  test(
    'a daemon that admission makes larger than it says costs one node that is too small, and no more (A#3199, K#1749)',
    async () => {
      const { controlPlane } = ground.cluster;
      // Asks for nothing; its namespace gives it a whole cpu.
      await controlPlane.kubectl('create', 'namespace', 'agents');
      await createObject(controlPlane, '/api/v1/namespaces/agents/limitranges', {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'defaults' },
        spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '1' }, default: { cpu: '1' } }] },
      });
      await createObject(controlPlane, '/apis/apps/v1/namespaces/agents/daemonsets', {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'agent' },
        spec: {
          selector: { matchLabels: { app: 'agent' } },
          template: {
            metadata: { labels: { app: 'agent' } },
            spec: {
              ...boundTo('small'),
              // Comes before whom the node was bought for.
              priorityClassName: 'system-node-critical',
              containers: [{ name: 'main', image: 'agent' }],
            },
          },
        },
      });
      const types = { key: INSTANCE_TYPE_LABEL, operator: 'In', values: ['m5.large', 'm5.xlarge'] };
      await createProvisioner(ground, 'small', { requirements: [types], ttlSecondsAfterEmpty: 3 });
      await createDeployment(ground, 'app', 1, boundTo('small'));
      await ground.untilRunning(1, 'app');
      const untilAlone = async () =>
        until(
          'the small node has gone',
          () => machinesOf('small'),
          (all) => all.length === 1,
          WAIT_MS_MAX,
        );
      await untilAlone();
      expect(launchesOf('small').map(({ instanceType }) => instanceType)).toEqual(['m5.large', 'm5.xlarge']);

      // The lesson outlives the node: what comes next gets the right one at once. It does not fit in beside the first.
      await createDeployment(ground, 'more', 1, { ...boundTo('small'), ...apart('app') });
      await ground.untilRunning(1, 'more');
      expect(
        launchesOf('small')
          .map(({ instanceType }) => instanceType)
          .slice(2),
      ).toEqual(['m5.xlarge']);

      for (const name of ['app', 'more']) await deleteDeployment(name);
      await controlPlane.kubectl('delete', 'namespace', 'agents');
      await untilGone('small');
    },
    STEP_MS_MAX,
  );

  test(
    'nodes that hold less than their type promises are bought twice for a pod; then a larger type is (K#1185, A#1573)',
    async () => {
      // The kubelet of such a node keeps a cpu back, of which no field of the API knows.
      await createTemplate(ground, 'reserving', {
        amiFamily: 'Bottlerocket',
        userData: '[settings.kubernetes.system-reserved]\ncpu = "1"\n',
      });
      const types = { key: INSTANCE_TYPE_LABEL, operator: 'In', values: ['m5.large', 'm5.xlarge'] };
      const spec = { providerRef: { name: 'reserving' }, requirements: [types], ttlSecondsAfterEmpty: 3 };
      await createProvisioner(ground, 'reserving', spec);
      await createDeployment(ground, 'tight', 1, boundTo('reserving'));
      await ground.untilRunning(1, 'tight');
      expect(launchesOf('reserving').map(({ instanceType }) => instanceType)).toEqual([
        'm5.large',
        'm5.large',
        'm5.xlarge',
      ]);
      const told = async () =>
        (await ground.list('/api/v1/events')).filter(({ reason }) => reason === 'NodesTooSmall').length;
      await until('it is told', told, (count) => count > 0, WAIT_MS_MAX);

      await deleteDeployment('tight');
      await untilGone('reserving');
    },
    STEP_MS_MAX,
  );

  test(
    '400 pods get as many nodes as a limit allows, never more, also when it is raised meanwhile (K#2915)',
    async () => {
      const limited = (cpu: number) => ({ limits: { resources: { cpu: String(cpu) } } });
      await createProvisioner(ground, 'limited', { ...limited(20), ttlSecondsAfterEmpty: 3 });
      await createDeployment(ground, 'many', 400, boundTo('limited'));
      const most = async () => mostVcpus('limited');
      // Every type has two at least.
      await until('it is full', most, (vcpus) => vcpus > 20 - 2, WAIT_MS_MAX);
      await throughout('the limit holds', most, (vcpus) => vcpus <= 20, QUIET_MS);

      const before = (await machinesOf('limited')).length;
      await patchObject(ground.cluster.controlPlane, `${PROVISIONERS}/limited`, { spec: limited(40) });
      const areMore = (all: readonly KubeObject[]) => all.length > before;
      await until('more are made', () => machinesOf('limited'), areMore, WAIT_MS_MAX);
      // In the middle of it another process takes over, which knows only what stands in the API.
      await ground.cluster.controller.kill();
      await ground.cluster.startController();
      await until('it is full again', most, (vcpus) => vcpus > 40 - 2, WAIT_MS_MAX);
      await throughout('the limit holds', most, (vcpus) => vcpus <= 40, QUIET_MS);

      await deleteDeployment('many');
      await untilGone('limited');
    },
    STEP_MS_MAX,
  );

  test(
    'an image that never joins costs three nodes, then one at a time, however often its pods are made anew (K#2854)',
    async () => {
      const { controlPlane, model } = ground.cluster;
      model.faults.nodesNeverJoin = true;
      await createProvisioner(ground, 'broken', {});
      const awaited = async () =>
        (await machinesOf('broken')).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      const areLaunched = (all: readonly KubeObject[]) =>
        all.every((machine) => conditionOf(machine, 'MachineLaunched')?.status === 'True');
      const untilAwaited = (count: number) =>
        until(`${count} nodes are awaited`, awaited, (all) => all.length === count && areLaunched(all), WAIT_MS_MAX);
      await createDeployment(ground, 'hopeless', FAILURES_FREE, { ...boundTo('broken'), ...apart('hopeless') });
      await untilAwaited(FAILURES_FREE);

      // What is on its way counts, for whichever pods.
      await controlPlane.kubectl('delete', 'pods', '-l', 'app=hopeless', '--wait=false');
      await throughout('none is bought anew', awaited, ({ length }) => length === FAILURES_FREE, QUIET_MS);
      expect(launchesOf('broken')).toHaveLength(FAILURES_FREE);

      // Their time is over: it is counted from what stands on them.
      const isHeld = (object: KubeObject | undefined) => conditionOf(object, 'JoinsFailing')?.status === 'True';
      const look = async () => {
        for (const { metadata } of await awaited()) await makeOld(metadata.name);
        return provisionerNow('broken');
      };
      await until('it is held back', look, isHeld, WAIT_MS_MAX);
      await look();
      await untilAwaited(1);
      await controlPlane.kubectl('delete', 'pods', '-l', 'app=hopeless', '--wait=false');
      await throughout('one is awaited at a time', awaited, ({ length }) => length <= 1, QUIET_MS);
      const ends = () => Promise.resolve(launchesOf('broken').map(({ endedAtMs }) => endedAtMs));
      await until(
        'the others have ended',
        ends,
        (all) => all.filter((at) => at === undefined).length === 1,
        WAIT_MS_MAX,
      );

      // The image is mended, and what was launched with the old one deleted: nothing more is in the way.
      model.faults.nodesNeverJoin = false;
      await controlPlane.kubectl('delete', 'machines', '-l', `${PROVISIONER_NAME_LABEL}=broken`, '--wait=false');
      await ground.untilRunning(FAILURES_FREE, 'hopeless');
      const isWell = (object: KubeObject | undefined) => conditionOf(object, 'JoinsFailing')?.status === 'False';
      await until('it says that all is well', () => provisionerNow('broken'), isWell, WAIT_MS_MAX);
    },
    STEP_MS_MAX,
  );

  /** Makes a Machine say that it was launched longer ago than any node may take. */
  async function makeOld(name: string): Promise<void> {
    const machine = await readObject(ground.cluster.controlPlane, `${MACHINES}/${name}`);
    if (machine === undefined) return;
    const { conditions = [] } = (machine.status ?? {}) as {
      readonly conditions?: readonly { readonly type: string }[];
    };
    const lastTransitionTime = `${new Date(Date.now() - OLD_MS).toISOString().slice(0, 19)}Z`;
    const aged = conditions.map((each) => (each.type === 'MachineLaunched' ? { ...each, lastTransitionTime } : each));
    const { request } = ground.cluster.controlPlane;
    const answer = await request('PATCH', `${MACHINES}/${name}/status`, { status: { conditions: aged } });
    // It may have gone meanwhile.
    expect([200, 404]).toContain(answer.status);
  }
});
