import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  conditionOf,
  deployment,
  eventMessages,
  MINUTE_MS,
  pod,
  provisioner,
  runningCluster,
  TEST_MS_MAX,
} from './scenario-objects.ts';

const TTL_SECONDS = 600;
const EXPIRING = { ttlSecondsUntilExpired: TTL_SECONDS };

const nodeUids = (cluster: VirtualCluster) => cluster.store.list('Node').map(({ metadata }) => metadata.uid);

describe('a node older than ttlSecondsUntilExpired', () => {
  test(
    'is replaced on time, its pods evicted and run again elsewhere',
    async () => {
      const cluster = await runningCluster(
        [provisioner('default', EXPIRING), deployment('web', 5)],
        { pods: 5 },
        new VirtualCluster(),
      );
      const [first] = nodeUids(cluster);
      await cluster.pass((TTL_SECONDS - 60) * 1000);
      expect(nodeUids(cluster)).toEqual([first]);
      expect(await cluster.until(() => !nodeUids(cluster).includes(first), 3 * MINUTE_MS)).toBe(true);
      expect(await cluster.until(() => cluster.pods('Running').length === 5, 2 * MINUTE_MS)).toBe(true);
      expect(eventMessages(cluster, 'DeprovisioningTerminating').join()).toContain('ttlSecondsUntilExpired is 600');
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'waits for a pod annotated karpenter.sh/do-not-evict, says so, and goes when the pod has gone',
    async () => {
      const cluster = new VirtualCluster();
      const guarded = pod('guarded');
      guarded.metadata.annotations = { 'karpenter.sh/do-not-evict': 'true' };
      await runningCluster([provisioner('default', EXPIRING), guarded], { pods: 1 }, cluster);
      const [first] = nodeUids(cluster);
      await cluster.pass(TTL_SECONDS * 1000 + 10 * MINUTE_MS);
      expect(nodeUids(cluster)).toEqual([first]);
      expect(cluster.pods('Running').length).toBe(1);
      expect(eventMessages(cluster, 'DeprovisioningBlocked').join()).toContain('do-not-evict: default/guarded');
      expect(conditionOf(cluster.store.list('Machine')[0], 'MachineExpired')?.status).toBe('True');

      cluster.store.delete('Pod', 'guarded', 'default');
      expect(await cluster.until(() => nodeUids(cluster).length === 0, MINUTE_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );

  test(
    'goes one at a time: the next one loses its pods only after those of the last run again',
    async () => {
      const cluster = await runningCluster(
        [provisioner('default', EXPIRING), deployment('web', 40)],
        { pods: 40 },
        new VirtualCluster(),
      );
      const nodes = nodeUids(cluster).length;
      expect(nodes).toBeGreaterThan(2);
      let mostDeleting = 0;
      cluster.store.watch('Node', () => {
        const deleting = cluster.store.list('Node').filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
        mostDeleting = Math.max(mostDeleting, deleting.length);
      });
      await cluster.pass(TTL_SECONDS * 1000 + 8 * MINUTE_MS);
      expect(mostDeleting).toBe(1);
      expect(cluster.pods('Running').length).toBe(40);
    },
    TEST_MS_MAX,
  );
});
