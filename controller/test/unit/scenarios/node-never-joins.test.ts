import { describe, expect, test } from '@jest/globals';
import { watchLimits } from '../../../sandbox/checks/limits.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  deployment,
  eventMessages,
  livingInstances,
  MINUTE_MS,
  provisioner,
  TEST_MS_MAX,
  watchCreations,
} from './scenario-objects.ts';

describe('a node that never joins', () => {
  test(
    'is given up after fifteen minutes with its instance, and not bought again while it is awaited',
    async () => {
      const cluster = new VirtualCluster();
      cluster.faults.nodesNeverJoin = true;
      cluster.store.create('Provisioner', provisioner('default', { limits: { resources: { cpu: '32' } } }));
      cluster.store.create('Deployment', deployment('web', 3));
      const limits = watchLimits(cluster.store, cluster.model);
      const creationsAtMs = watchCreations(cluster);
      cluster.startController();
      await cluster.pass(14 * MINUTE_MS);
      expect(creationsAtMs.length).toBe(1);
      expect(livingInstances(cluster)).toBe(1);
      // A pod more does not make the plan forget what is on its way.
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 4 } });

      const isGivenUp = () => eventMessages(cluster, 'RegistrationTimeout').length > 0;
      expect(await cluster.until(isGivenUp, 2 * MINUTE_MS)).toBe(true);
      const [first] = cluster.launches();
      await cluster.until(() => cluster.launches()[0]?.endedAtMs !== undefined, MINUTE_MS);
      expect(cluster.launches()[0]).toMatchObject({ instanceId: first?.instanceId, endedAtMs: expect.any(Number) });

      await cluster.pass(45 * MINUTE_MS);
      // At most one for the first three pods and one for the fourth in each quarter of an hour.
      expect(creationsAtMs.length).toBeLessThanOrEqual(2 * 5);
      expect(livingInstances(cluster)).toBeLessThanOrEqual(2);
      expect(limits.violations()).toEqual([]);

      cluster.faults.nodesNeverJoin = false;
      expect(await cluster.until(() => cluster.pods('Running').length === 4, 17 * MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'is given up in time also when the controller was started anew meanwhile',
    async () => {
      const cluster = new VirtualCluster();
      cluster.faults.nodesNeverJoin = true;
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.store.create('Deployment', deployment('web', 1));
      cluster.startController();
      await cluster.pass(10 * MINUTE_MS);
      cluster.kill();
      cluster.startController();
      await cluster.pass(6 * MINUTE_MS);
      expect(eventMessages(cluster, 'RegistrationTimeout').length).toBe(1);
    },
    TEST_MS_MAX,
  );
});
