import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { checkNoneEmpty } from '../../../sandbox/checks/leftovers.ts';
import { watchLimits } from '../../../sandbox/checks/limits.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { deployment, MINUTE_MS, provisioner, runningCluster, SECOND_MS, TEST_MS_MAX } from './scenario-objects.ts';

const PODS = 15;

async function undisturbedLaunches(): Promise<number> {
  const cluster = await runningCluster(
    [provisioner('default'), deployment('web', PODS)],
    { pods: PODS },
    new VirtualCluster(),
  );
  return cluster.launches().length;
}

describe('watches that fail while a burst is served', () => {
  test.each([
    ['stall for Pods', ['Pod']],
    ['stall for Machines', ['Machine']],
    ['stall for Nodes', ['Node']],
    ['stall for all of them', ['Pod', 'Machine', 'Node', 'Provisioner']],
  ])(
    'buy once for each need: they %s',
    async (_, kinds) => {
      const want = await undisturbedLaunches();
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default', { limits: { resources: { cpu: '100' } } }));
      cluster.store.create('Deployment', deployment('web', PODS));
      const limits = watchLimits(cluster.store, cluster.model);
      cluster.startController();
      // The pods are known, the Machines are being made.
      await cluster.until(() => cluster.store.list('Machine').length > 0, MINUTE_MS);
      cluster.faults.stalledWatches = kinds;
      await cluster.pass(3 * MINUTE_MS);
      cluster.faults.stalledWatches = [];
      await cluster.pass(3 * MINUTE_MS);

      expect(cluster.pods('Running').length).toBe(PODS);
      expect(cluster.launches().length).toBe(want);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
      expect(checkNoneEmpty(cluster.store)).toEqual([]);
      expect(limits.violations()).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'buy once for each need: they are cut again and again',
    async () => {
      const want = await undisturbedLaunches();
      const cluster = new VirtualCluster();
      cluster.store.create('Provisioner', provisioner('default'));
      cluster.store.create('Deployment', deployment('web', PODS));
      cluster.startController();
      for (let cut = 0; cut < 60; cut += 1) {
        cluster.faults.watchCuts += 1;
        await cluster.pass(SECOND_MS);
      }
      await cluster.pass(3 * MINUTE_MS);
      expect(cluster.pods('Running').length).toBe(PODS);
      expect(cluster.launches().length).toBe(want);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
      expect(checkNoneEmpty(cluster.store)).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'remove nothing that old data calls empty: pods come to a node while the pod watch is silent',
    async () => {
      const cluster = await runningCluster(
        [provisioner('default'), deployment('web', 2)],
        { pods: 2 },
        new VirtualCluster(),
      );
      const [node] = cluster.store.list('Node');
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 0 } });
      await cluster.until(() => cluster.store.list('Pod').length === 0, MINUTE_MS);
      await cluster.pass(5 * SECOND_MS);
      cluster.faults.stalledWatches = ['Pod'];
      cluster.store.mergePatch('Deployment', 'web', 'default', { spec: { replicas: 2 } });
      await cluster.until(() => cluster.pods('Running').length === 2, MINUTE_MS);
      const uids = cluster.store.list('Pod').map(({ metadata }) => metadata.uid);
      await cluster.pass(3 * MINUTE_MS);
      expect(cluster.store.list('Node').map(({ metadata }) => metadata.uid)).toEqual([node?.metadata.uid]);
      expect(cluster.store.list('Pod').map(({ metadata }) => metadata.uid)).toEqual(uids);
    },
    TEST_MS_MAX,
  );
});
