import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  deployment,
  livingInstances,
  MINUTE_MS,
  provisioner,
  runningCluster,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const launchAttempts = (cluster: VirtualCluster) =>
  cluster.incarnations.flatMap(({ effects }) => effects).filter((effect) => effect.startsWith('launch')).length;

describe('an EC2 API that is throttled', () => {
  test.each([
    ['DescribeInstances', { DescribeInstances: -1 }],
    ['every action', { '*': -1 }],
  ])(
    'removes nothing for want of data: %s refused for twenty minutes',
    async (_, throttle) => {
      const cluster = await runningCluster(
        [provisioner('default'), deployment('web', 12)],
        { pods: 12 },
        new VirtualCluster(),
      );
      await cluster.pass(MINUTE_MS);
      const before = cluster.store.list('Machine').map(({ metadata }) => metadata.uid);
      cluster.faults.throttle = throttle;
      await cluster.pass(10 * MINUTE_MS);
      // A controller that starts into the trouble knows even less.
      cluster.kill();
      cluster.startController();
      await cluster.pass(10 * MINUTE_MS);
      cluster.faults.throttle = {};
      await cluster.pass(5 * MINUTE_MS);

      expect(cluster.store.list('Machine').map(({ metadata }) => metadata.uid)).toEqual(before);
      expect(cluster.launches().filter(({ endedAtMs }) => endedAtMs !== undefined)).toEqual([]);
      expect(cluster.pods('Running').length).toBe(12);
    },
    TEST_MS_MAX,
  );

  test(
    'is not hammered with launches, and gets each of them once when it answers again',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      // A node for each pod: twenty launches at once.
      cluster.store.create('Deployment', deployment('web', 20, ONE_A_NODE));
      cluster.faults.throttle = { CreateFleet: -1 };
      cluster.startController();
      await cluster.pass(MINUTE_MS);
      const machines = cluster.store.list('Machine').length;
      const attemptsBefore = launchAttempts(cluster);
      await cluster.pass(4 * MINUTE_MS);
      expect(machines).toBeGreaterThan(0);
      expect(livingInstances(cluster)).toBe(0);
      expect(cluster.store.list('Machine').length).toBe(machines);
      // Back-off ends at a minute: about one try a minute and Machine.
      expect(launchAttempts(cluster) - attemptsBefore).toBeLessThanOrEqual(machines * 6);

      cluster.faults.throttle = {};
      expect(await cluster.until(() => cluster.pods('Running').length === 20, 5 * MINUTE_MS)).toBe(true);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
      expect(livingInstances(cluster)).toBe(machines);
    },
    TEST_MS_MAX,
  );

  test(
    'does not keep pods off nodes that are known, nor a Provisioner from what it knew of AWS before',
    async () => {
      const cluster = await runningCluster(
        [provisioner('default'), deployment('web', 3)],
        { pods: 3 },
        new VirtualCluster(),
      );
      cluster.faults.throttle = { DescribeSubnets: -1, DescribeInstanceTypes: -1 };
      await cluster.pass(MINUTE_MS);
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 12 } });
      await cluster.until(() => cluster.store.list('Machine').length > 1, MINUTE_MS);
      expect(cluster.store.list('Machine').length).toBeGreaterThan(1);
    },
    TEST_MS_MAX,
  );
});

/** Requests so large that the largest type of the stories holds one. */
const ONE_A_NODE = {
  containers: [{ name: 'main', image: 'pause', resources: { requests: { cpu: '9' } } }],
};
