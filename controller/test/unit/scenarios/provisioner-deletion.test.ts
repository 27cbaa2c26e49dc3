import { describe, expect, test } from '@jest/globals';
import { checkNothingLeft } from '../../../sandbox/checks/leftovers.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { defaultProvisioner, inflate, REPLICAS } from '../../../sandbox/story/page-objects.ts';

const MINUTE_MS = 60_000;
/** Of wall time: virtual minutes take seconds, also on a machine that is busy. */
const TEST_MS_MAX = 60_000;

async function runningCluster(): Promise<VirtualCluster> {
  const cluster = new VirtualCluster();
  cluster.store.create('Provisioner', defaultProvisioner());
  cluster.store.create('Deployment', inflate(REPLICAS));
  cluster.startController();
  await cluster.until(() => cluster.pods('Running').length === REPLICAS, 5 * MINUTE_MS);
  return cluster;
}

const evictedPods = (cluster: VirtualCluster) =>
  new Set((cluster.incarnations.at(-1)?.effects ?? []).filter((effect) => effect.startsWith('evict')));

describe('a Provisioner that is deleted while its nodes run', () => {
  test(
    'buys nothing more, evicts its pods, ends its nodes and instances, and goes last',
    async () => {
      const cluster = await runningCluster();
      const launchesBefore = cluster.model.ledger().length;
      const goneInOrder: string[] = [];
      for (const kind of ['Node', 'Machine', 'Provisioner']) {
        cluster.store.watch(kind, ({ type }) => type === 'DELETED' && goneInOrder.push(kind));
      }
      cluster.store.delete('Provisioner', 'default');

      expect(await cluster.until(() => cluster.store.get('Provisioner', 'default') === undefined, 10 * MINUTE_MS)).toBe(
        true,
      );
      expect(evictedPods(cluster).size).toBe(REPLICAS);
      expect(checkNothingLeft(cluster.store, cluster.launches())).toEqual([]);
      expect(goneInOrder.at(-1)).toBe('Provisioner');
      await cluster.pass(5 * MINUTE_MS);
      expect(cluster.model.ledger().length).toBe(launchesBefore);
      expect(cluster.pods('Pending').length).toBe(REPLICAS);
    },
    TEST_MS_MAX,
  );

  test(
    'waits for a disruption budget, and goes on when it allows',
    async () => {
      const cluster = await runningCluster();
      cluster.store.create('PodDisruptionBudget', {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'hold', namespace: 'default' },
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'inflate' } } },
      });
      cluster.store.delete('Provisioner', 'default');
      await cluster.pass(5 * MINUTE_MS);
      expect(cluster.pods('Running').length).toBe(REPLICAS);
      expect(cluster.store.list('Event').some(({ reason }) => reason === 'FailedDraining')).toBe(true);

      cluster.store.delete('PodDisruptionBudget', 'hold', 'default');
      expect(await cluster.until(() => cluster.store.get('Provisioner', 'default') === undefined, 10 * MINUTE_MS)).toBe(
        true,
      );
      expect(checkNothingLeft(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
