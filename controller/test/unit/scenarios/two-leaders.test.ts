import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { deployment, MINUTE_MS, provisioner, SECOND_MS, TEST_MS_MAX } from './scenario-objects.ts';

describe('two controllers at once, of which one has lost the lease without knowing', () => {
  test(
    'the old one buys, writes and deletes nothing any more, however hard it tries',
    async () => {
      const cluster = new VirtualCluster();
      let deadlineMs = Number.MAX_SAFE_INTEGER;
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.store.create('Deployment', deployment('web', 5));
      cluster.startController(undefined, { deadlineMs: () => deadlineMs });
      await cluster.until(() => cluster.pods('Running').length === 5, MINUTE_MS);
      const [old] = cluster.incarnations;
      // Its lease ends in the middle of everything: pods wait, and a node becomes empty.
      deadlineMs = cluster.timers.nowMs();
      const before = old?.effects.length;
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 30 } });
      await cluster.pass(MINUTE_MS);
      expect(cluster.store.list('Machine').length).toBe(1);
      expect(cluster.pods('Running').length).toBeLessThan(30);

      cluster.startController();
      expect(await cluster.until(() => cluster.pods('Running').length === 30, 2 * MINUTE_MS)).toBe(true);
      cluster.store.delete('Deployment', 'web', 'default');
      expect(await cluster.until(() => cluster.store.list('Machine').length === 0, 3 * MINUTE_MS)).toBe(true);
      expect(old?.effects.length).toBe(before);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'and even when both believe to lead, no pod gets two nodes and no Machine two instances',
    async () => {
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.startController();
      cluster.startController();
      await cluster.pass(5 * SECOND_MS);
      cluster.store.create('Deployment', deployment('web', 15));
      expect(await cluster.until(() => cluster.pods('Running').length === 15, 2 * MINUTE_MS)).toBe(true);
      await cluster.pass(2 * MINUTE_MS);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
      expect(cluster.launches().length).toBe(cluster.store.list('Machine').length);
      cluster.store.delete('Deployment', 'web', 'default');
      expect(await cluster.until(() => cluster.store.list('Machine').length === 0, 3 * MINUTE_MS)).toBe(true);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
