import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  conditionOf,
  deployment,
  eventMessages,
  eventsOf,
  livingInstances,
  MINUTE_MS,
  provisioner,
  runningCluster,
  SECOND_MS,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const SETTINGS = { kind: 'ConfigMap', name: 'karpenter-global-settings', namespace: 'karpenter' } as const;

/** A cluster in which launches are paused from the start. */
function pausedCluster(): VirtualCluster {
  const cluster = new VirtualCluster();
  cluster.store.create(SETTINGS.kind, {
    apiVersion: 'v1',
    kind: SETTINGS.kind,
    metadata: { name: SETTINGS.name, namespace: SETTINGS.namespace },
    data: { 'launches.paused': 'true' },
  });
  return cluster;
}

function setPaused(cluster: VirtualCluster, isPaused: boolean): void {
  const data = { 'launches.paused': isPaused ? 'true' : null };
  cluster.store.mergePatch(SETTINGS.kind, SETTINGS.name, SETTINGS.namespace, { data });
}

const isPausedBy = (cluster: VirtualCluster, name: string) =>
  conditionOf(cluster.store.get('Provisioner', name), 'LaunchesPaused')?.status;
const aboutKinds = (cluster: VirtualCluster) =>
  eventsOf(cluster, 'LaunchesPaused').map((event) => Object(event['regarding'] ?? event['involvedObject']).kind);

describe('while launches are paused', () => {
  test(
    'pods get no node and are told why; when the pause ends they get it within seconds',
    async () => {
      const cluster = pausedCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.store.create('Deployment', deployment('web', 3));
      cluster.startController();
      await cluster.pass(20 * MINUTE_MS);
      expect(cluster.store.list('Machine')).toEqual([]);
      expect(cluster.launches()).toEqual([]);
      expect(isPausedBy(cluster, 'default')).toBe('True');
      expect(conditionOf(cluster.store.get('Provisioner', 'default'), 'Ready')?.status).toBe('True');
      expect(aboutKinds(cluster).sort()).toEqual(['Pod', 'Pod', 'Pod', 'Provisioner']);
      expect(eventMessages(cluster, 'LaunchesPaused').join()).toContain('launches.paused');

      setPaused(cluster, false);
      expect(await cluster.until(() => cluster.launches().length > 0, 5 * SECOND_MS)).toBe(true);
      expect(await cluster.until(() => cluster.pods('Running').length === 3, 3 * MINUTE_MS)).toBe(true);
      expect(isPausedBy(cluster, 'default')).toBe('False');
    },
    TEST_MS_MAX,
  );

  test(
    'more pods bring no node, and what is empty still goes',
    async () => {
      const cluster = pausedCluster();
      setPaused(cluster, false);
      await runningCluster([provisioner('default'), deployment('web', 3)], { pods: 3 }, cluster);
      setPaused(cluster, true);
      await cluster.pass(10 * SECOND_MS);
      const nodes = cluster.store.list('Node').length;
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 60 } });
      await cluster.pass(2 * MINUTE_MS);
      expect(cluster.store.list('Node').length).toBe(nodes);

      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 0 } });
      expect(await cluster.until(() => livingInstances(cluster) === 0, 5 * MINUTE_MS)).toBe(true);
      expect(await cluster.until(() => cluster.store.list('Machine').length === 0, MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );
});

describe('a Machine that was written and not launched when the pause began', () => {
  /** The controller dies between the Machine and its instance; the pause begins before its successor comes. */
  async function heldMachine(): Promise<VirtualCluster> {
    const cluster = pausedCluster();
    setPaused(cluster, false);
    cluster.store.create('Provisioner', provisioner('default'));
    cluster.store.create('Deployment', deployment('web', 3));
    cluster.store.watch('Machine', ({ type }) => {
      if (type === 'ADDED') cluster.kill();
    });
    cluster.startController();
    await cluster.until(() => cluster.store.list('Machine').length > 0, MINUTE_MS);
    setPaused(cluster, true);
    // Longer than any node is waited for: the time does not count against it.
    await cluster.pass(20 * MINUTE_MS);
    return cluster;
  }

  test(
    'waits as long as that takes, says so, and is launched when it ends',
    async () => {
      const cluster = await heldMachine();
      const [held] = cluster.store.list('Machine');
      expect(cluster.store.list('Machine').length).toBe(1);
      expect(cluster.launches()).toEqual([]);
      expect(conditionOf(held, 'MachineLaunched')).toMatchObject({ status: 'Unknown', reason: 'LaunchesPaused' });
      expect(aboutKinds(cluster)).toContain('Machine');

      setPaused(cluster, false);
      expect(await cluster.until(() => cluster.pods('Running').length === 3, 3 * MINUTE_MS)).toBe(true);
      expect(cluster.store.list('Machine').map(({ metadata }) => metadata.uid)).toEqual([held?.metadata.uid]);
      expect(eventMessages(cluster, 'RegistrationTimeout')).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'is launched also after a pause that was over before AWS had answered for its Provisioner',
    async () => {
      const cluster = await heldMachine();
      cluster.kill();
      cluster.faults.awsDelayMs = 2 * MINUTE_MS;
      // The successor asks AWS as soon as it is there.
      await cluster.pass(10 * SECOND_MS);
      cluster.faults.awsDelayMs = 0;
      setPaused(cluster, false);
      expect(await cluster.until(() => cluster.launches().length === 1, 10 * SECOND_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'goes with its Provisioner, and nothing was bought for it',
    async () => {
      const cluster = await heldMachine();
      cluster.store.delete('Provisioner', 'default');
      expect(await cluster.until(() => cluster.store.list('Provisioner').length === 0, MINUTE_MS)).toBe(true);
      expect(cluster.store.list('Machine')).toEqual([]);
      expect(cluster.launches()).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
