import { describe, expect, test } from '@jest/globals';
import { watchLimits } from '../../../sandbox/checks/limits.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  conditionOf,
  deployment,
  eventMessages,
  MINUTE_MS,
  provisioner,
  SECOND_MS,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const limited = (cpu: string) => ({ limits: { resources: { cpu } } });

describe('the limits of a Provisioner', () => {
  test(
    'hold back what would exceed them, and let it through within a second when they are raised',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default', limited('8')));
      cluster.store.create('Deployment', deployment('web', 20));
      const limits = watchLimits(cluster.store, cluster.model);
      cluster.startController();
      await cluster.pass(5 * MINUTE_MS);
      const running = cluster.pods('Running').length;
      expect(running).toBeGreaterThan(0);
      expect(running).toBeLessThan(8);
      expect(eventMessages(cluster, 'FailedScheduling').join()).toContain('limit');
      // Full limits are no fault of the spec.
      expect(conditionOf(cluster.store.get('Provisioner', 'default'), 'Ready')?.status).toBe('True');

      const machines = cluster.store.list('Machine').length;
      cluster.store.mergePatch('Provisioner', 'default', undefined, { spec: limited('100') });
      expect(await cluster.until(() => cluster.store.list('Machine').length > machines, SECOND_MS)).toBe(true);
      expect(await cluster.until(() => cluster.pods('Running').length === 20, MINUTE_MS)).toBe(true);
      expect(limits.violations()).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'count what is ordered and not yet bought: pods that come meanwhile get no more than is left',
    async () => {
      const cluster = new VirtualCluster();
      cluster.faults.throttle = { CreateFleet: -1 };
      cluster.store.create('Provisioner', provisioner('default', limited('40')));
      cluster.store.create('Deployment', deployment('web', 5));
      const limits = watchLimits(cluster.store, cluster.model);
      cluster.startController();
      for (const replicas of [15, 25, 35, 60]) {
        await cluster.pass(5 * SECOND_MS);
        cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas } });
      }
      await cluster.pass(20 * SECOND_MS);
      expect(cluster.store.list('Machine').length).toBeGreaterThan(1);
      cluster.faults.throttle = {};
      await cluster.pass(3 * MINUTE_MS);
      expect(cluster.pods('Running').length).toBeGreaterThan(15);
      expect(limits.violations()).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'pause the Provisioner when one is 0, and leave what runs alone',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.store.create('Deployment', deployment('web', 5));
      cluster.startController();
      await cluster.until(() => cluster.pods('Running').length === 5, MINUTE_MS);
      const machines = cluster.store.list('Machine').map(({ metadata }) => metadata.name);
      cluster.store.mergePatch('Provisioner', 'default', undefined, { spec: limited('0') });
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 40 } });
      await cluster.pass(5 * MINUTE_MS);
      expect(cluster.store.list('Machine').map(({ metadata }) => metadata.name)).toEqual(machines);
      expect(cluster.pods('Running').length).toBeGreaterThanOrEqual(5);
      expect(conditionOf(cluster.store.get('Provisioner', 'default'), 'LimitsReached')?.status).toBe('True');
    },
    TEST_MS_MAX,
  );
});
