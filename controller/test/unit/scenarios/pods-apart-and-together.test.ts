import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { checkPlacement, watchPlacement } from '../../../sandbox/checks/placement.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { deployment, eventMessages, livingInstances, MINUTE_MS, provisioner, TEST_MS_MAX } from './scenario-objects.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

const selecting = (app: string) => ({ labelSelector: { matchLabels: { app } } });
const near = (topologyKey: string, app: string) => ({ topologyKey, ...selecting(app) });
const spreadOver = (topologyKey: string, app: string, whenUnsatisfiable = 'DoNotSchedule') => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable,
  ...selecting(app),
});

/** A cluster in which these are created and a controller runs, with every binding watched. */
function clusterWith(objects: readonly KubeObject[], seed = 1) {
  const cluster = new VirtualCluster({ seed });
  const placement = watchPlacement(cluster.store);
  for (const object of [provisioner('default'), ...objects]) cluster.store.create(object.kind ?? '', object);
  cluster.startController();
  return { cluster, placement };
}

/** Pods of an app that run, counted by the value of a label of their nodes. */
function runningBy(cluster: VirtualCluster, app: string, key: string): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { metadata, spec } of cluster.pods('Running')) {
    if (metadata.labels?.['app'] !== app) continue;
    const node = cluster.store.get('Node', String((spec as { nodeName?: string }).nodeName));
    const value = node?.metadata.labels?.[key] ?? 'none';
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort();
}

const runs = (cluster: VirtualCluster, count: number) => () => cluster.pods('Running').length === count;

/** Nothing wrong with where pods stand and stood, nothing bought but what is needed, nobody told that he has no place. */
function expectSound({ cluster, placement }: ReturnType<typeof clusterWith>): void {
  expect(placement.violations()).toEqual([]);
  expect(checkPlacement(cluster.store)).toEqual([]);
  expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
  expect(eventMessages(cluster, 'FailedScheduling')).toEqual([]);
}

describe('a deployment that must be apart', () => {
  test(
    'spread over zones and hosts gets an even share of each zone, grows and goes',
    async () => {
      const spread = { topologySpreadConstraints: [spreadOver(ZONE, 'web'), spreadOver(HOSTNAME, 'web')] };
      const world = clusterWith([deployment('web', 6, spread)]);
      const { cluster } = world;
      expect(await cluster.until(runs(cluster, 6), 5 * MINUTE_MS)).toBe(true);
      expect(runningBy(cluster, 'web', ZONE).map(([, count]) => count)).toEqual([2, 2, 2]);
      expect(runningBy(cluster, 'web', HOSTNAME)).toHaveLength(6);
      expect(livingInstances(cluster)).toBe(6);

      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 9 } });
      expect(await cluster.until(runs(cluster, 9), 5 * MINUTE_MS)).toBe(true);
      expect(runningBy(cluster, 'web', ZONE).map(([, count]) => count)).toEqual([3, 3, 3]);
      expect(livingInstances(cluster)).toBe(9);
      expectSound(world);

      cluster.store.delete('Deployment', 'web', 'default');
      expect(await cluster.until(() => livingInstances(cluster) === 0, 10 * MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'with anti-affinity by zone runs one pod a zone, and the one too many is told why and costs nothing',
    async () => {
      const apart = { affinity: { podAntiAffinity: { [REQUIRED]: [near(ZONE, 'db')] } } };
      const { cluster, placement } = clusterWith([deployment('db', 4, apart)]);
      expect(await cluster.until(runs(cluster, 3), 5 * MINUTE_MS)).toBe(true);
      await cluster.pass(5 * MINUTE_MS);
      expect(runningBy(cluster, 'db', ZONE).map(([, count]) => count)).toEqual([1, 1, 1]);
      expect(livingInstances(cluster)).toBe(3);
      expect(cluster.pods('Pending')).toHaveLength(1);
      const told = eventMessages(cluster, 'FailedScheduling');
      expect(told.some((message) => message.includes('anti-affinity'))).toBe(true);
      expect([...placement.violations(), ...checkPlacement(cluster.store)]).toEqual([]);
    },
    TEST_MS_MAX,
  );
});

test(
  'a deployment with host ports runs one pod a node',
  async () => {
    const containers = [
      {
        name: 'main',
        image: 'pause',
        ports: [{ containerPort: 80, hostPort: 8080 }],
        resources: { requests: { cpu: '100m' } },
      },
    ];
    const world = clusterWith([deployment('proxy', 3, { containers })]);
    const { cluster } = world;
    expect(await cluster.until(runs(cluster, 3), 5 * MINUTE_MS)).toBe(true);
    expect(runningBy(cluster, 'proxy', HOSTNAME)).toHaveLength(3);
    expectSound(world);
  },
  TEST_MS_MAX,
);

describe('deployments that must be together', () => {
  test.each([1, 2, 3])(
    'start in one zone, and those that follow them end in it (seed %i)',
    async (seed) => {
      const mates = { affinity: { podAffinity: { [REQUIRED]: [near(ZONE, 'cache')] } } };
      const world = clusterWith([deployment('cache', 5, mates), deployment('web', 5, mates)], seed);
      const { cluster } = world;
      expect(await cluster.until(runs(cluster, 10), 5 * MINUTE_MS)).toBe(true);
      const zones = ['cache', 'web'].flatMap((app) => runningBy(cluster, app, ZONE).map(([zone]) => zone));
      expect(new Set(zones).size).toBe(1);
      await cluster.pass(3 * MINUTE_MS);
      expect(cluster.launches().filter(({ endedAtMs }) => endedAtMs !== undefined)).toEqual([]);
      expectSound(world);
    },
    TEST_MS_MAX,
  );
});

describe('a deployment with wishes', () => {
  test(
    'runs although they cannot all be granted',
    async () => {
      const wishes = {
        topologySpreadConstraints: [spreadOver(ZONE, 'web', 'ScheduleAnyway')],
        affinity: {
          nodeAffinity: {
            [PREFERRED]: [
              {
                weight: 100,
                preference: { matchExpressions: [{ key: ZONE, operator: 'In', values: ['us-east-1z'] }] },
              },
            ],
          },
          podAntiAffinity: { [PREFERRED]: [{ weight: 1, podAffinityTerm: near(HOSTNAME, 'web') }] },
        },
      };
      const world = clusterWith([deployment('web', 5, wishes)]);
      const { cluster } = world;
      expect(await cluster.until(runs(cluster, 5), 5 * MINUTE_MS)).toBe(true);
      expectSound(world);
    },
    TEST_MS_MAX,
  );
});

test(
  'a pod that follows others in namespaces of some label waits until theirs has it, and then gets a node beside them',
  async () => {
    const inStore = deployment('db', 1);
    inStore.metadata.namespace = 'store';
    const db = { ...selecting('db'), namespaceSelector: { matchLabels: { tier: 'data' } } };
    const follower = {
      podAffinity: { [REQUIRED]: [{ topologyKey: ZONE, ...db }] },
      podAntiAffinity: { [REQUIRED]: [{ topologyKey: HOSTNAME, ...db }] },
    };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'store' } };
    const { cluster, placement } = clusterWith([namespace, inStore, deployment('web', 1, { affinity: follower })]);
    await cluster.pass(3 * MINUTE_MS);
    expect(cluster.pods('Running').map(({ metadata }) => metadata.namespace)).toEqual(['store']);
    expect(eventMessages(cluster, 'FailedScheduling')).toEqual([
      expect.stringContaining('no pod that its affinity means'),
    ]);

    cluster.store.mergePatch('Namespace', 'store', undefined, { metadata: { labels: { tier: 'data' } } });
    expect(await cluster.until(runs(cluster, 2), 2 * MINUTE_MS)).toBe(true);
    expect(runningBy(cluster, 'web', ZONE)).toEqual(runningBy(cluster, 'db', ZONE));
    expect(runningBy(cluster, 'web', HOSTNAME)).not.toEqual(runningBy(cluster, 'db', HOSTNAME));
    expect([...placement.violations(), ...checkPlacement(cluster.store)]).toEqual([]);
  },
  TEST_MS_MAX,
);
