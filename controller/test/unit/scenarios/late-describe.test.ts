import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { checkNothingLeft } from '../../../sandbox/checks/leftovers.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { deployment, MINUTE_MS, provisioner, SECOND_MS, TEST_MS_MAX } from './scenario-objects.ts';

const DESCRIBE_LAG_MS = 20 * SECOND_MS;

function lateCluster(seed: number): VirtualCluster {
  const cluster = new VirtualCluster({ seed });
  cluster.faults.describeLagMs = DESCRIBE_LAG_MS;
  cluster.faults.awsDelayMs = 800;
  cluster.store.create('Provisioner', provisioner('default'));
  cluster.store.create('Deployment', deployment('web', 6));
  return cluster;
}

/** Which effect of an undisturbed run the first launch is. */
async function firstLaunch(seed: number): Promise<number> {
  const cluster = lateCluster(seed);
  cluster.startController();
  await cluster.pass(MINUTE_MS);
  return 1 + (cluster.incarnations[0]?.effects ?? []).findIndex((effect) => effect.startsWith('launch'));
}

describe('a DescribeInstances that is slow, and shows launches only twenty seconds later', () => {
  test.each([1, 2, 3])(
    'neither doubles nor leaks an instance when the controller dies right after the launch (seed %i)',
    async (seed) => {
      const effect = await firstLaunch(seed);
      expect(effect).toBeGreaterThan(0);
      const cluster = lateCluster(seed);
      cluster.startController({ effect, side: 'after' });
      expect(await cluster.until(() => cluster.pods('Running').length === 6, 3 * MINUTE_MS)).toBe(true);
      await cluster.pass(3 * MINUTE_MS);
      expect(cluster.incarnations.length).toBe(2);
      expect(cluster.launches().length).toBe(1);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'takes no instance for gone that it does not show yet: a Machine deleted at once keeps its record until the instance has ended',
    async () => {
      const cluster = lateCluster(1);
      cluster.startController();
      const isLaunched = () =>
        cluster.store.list('Machine').some(({ status }) => Object(status).providerID !== undefined);
      await cluster.until(isLaunched, MINUTE_MS);
      cluster.store.delete('Deployment', 'web', 'default');
      const violations = new Set<string>();
      cluster.store.watch('Machine', ({ type }) => {
        if (type !== 'DELETED') return;
        for (const violation of checkInstances(cluster.store, cluster.launches())) violations.add(violation);
      });
      for (const { metadata } of cluster.store.list('Machine')) cluster.store.delete('Machine', metadata.name);
      await cluster.until(() => cluster.store.list('Machine').length === 0, 3 * MINUTE_MS);
      await cluster.pass(MINUTE_MS);
      expect([...violations]).toEqual([]);
      expect(checkNothingLeft(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
