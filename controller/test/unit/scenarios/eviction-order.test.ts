import { describe, expect, test } from '@jest/globals';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import { deployment, MINUTE_MS, pod, provisioner, runningCluster, SECOND_MS, TEST_MS_MAX } from './scenario-objects.ts';

/** What was evicted so far, in order. */
const evicted = (cluster: VirtualCluster) =>
  (cluster.incarnations.at(-1)?.effects ?? [])
    .filter((effect) => effect.startsWith('evict'))
    .map((effect) => effect.replace('evict default/', ''));

describe('the pods of a node that is drained', () => {
  test(
    'leave by the Eviction API, those of a system-critical class only when all others have gone',
    async () => {
      const cluster = new VirtualCluster();
      const slow = pod('a-slow');
      slow.metadata.annotations = { 'sandbox.karpenter-gitops/stop-seconds': '20' };
      const objects = [
        // Large enough for all four.
        provisioner('default', {
          requirements: [{ key: 'karpenter.k8s.aws/instance-cpu', operator: 'Gt', values: ['7'] }],
        }),
        slow,
        pod('b-plain'),
        pod('c-cluster-critical', { priorityClassName: 'system-cluster-critical' }),
        pod('d-node-critical', { priorityClassName: 'system-node-critical' }),
      ];
      await runningCluster(objects, { pods: 4 }, cluster);
      expect(cluster.store.list('Node').length).toBe(1);
      const goneAtMs = new Map<string, number>();
      cluster.store.watch('Pod', ({ type, object }) => {
        if (type === 'DELETED') goneAtMs.set(object.metadata.name, cluster.timers.nowMs());
      });
      cluster.store.delete('Node', cluster.store.list('Node')[0]?.metadata.name ?? '');
      await cluster.pass(15 * SECOND_MS);
      expect(evicted(cluster)).toEqual(['a-slow', 'b-plain']);
      expect(cluster.pods('Running').map(({ metadata }) => metadata.name)).toContain('c-cluster-critical');

      expect(await cluster.until(() => cluster.store.list('Node').length === 0, 2 * MINUTE_MS)).toBe(true);
      expect([...new Set(evicted(cluster))]).toEqual(['a-slow', 'b-plain', 'c-cluster-critical', 'd-node-critical']);
      const lastOrdinaryMs = Math.max(goneAtMs.get('a-slow') ?? 0, goneAtMs.get('b-plain') ?? 0);
      expect(goneAtMs.get('c-cluster-critical')).toBeGreaterThan(lastOrdinaryMs);
    },
    TEST_MS_MAX,
  );

  test(
    'are asked again at a calm pace while a disruption budget refuses, and not asked twice when it allows',
    async () => {
      const cluster = await runningCluster(
        [provisioner('default'), deployment('web', 3)],
        { pods: 3 },
        new VirtualCluster(),
      );
      cluster.store.create('PodDisruptionBudget', {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'hold', namespace: 'default' },
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'web' } } },
      });
      const pods = new Set(cluster.store.list('Pod').map(({ metadata }) => metadata.name));
      cluster.store.delete('Node', cluster.store.list('Node')[0]?.metadata.name ?? '');
      await cluster.pass(MINUTE_MS);
      const before = evicted(cluster).length;
      await cluster.pass(5 * MINUTE_MS);
      // One try in ten seconds and pod.
      expect(evicted(cluster).length - before).toBeLessThanOrEqual(3 * 31);
      expect(evicted(cluster).length - before).toBeGreaterThanOrEqual(3 * 25);
      expect(cluster.pods('Running').length).toBe(3);

      const refused = evicted(cluster).length;
      cluster.store.delete('PodDisruptionBudget', 'hold', 'default');
      const areGone = () => cluster.store.list('Pod').every(({ metadata }) => !pods.has(metadata.name));
      expect(await cluster.until(areGone, MINUTE_MS)).toBe(true);
      expect(evicted(cluster).slice(refused).sort()).toEqual([...pods].sort());
    },
    TEST_MS_MAX,
  );

  test(
    'include one whose eviction is an error: it is tried again, and the others go',
    async () => {
      const cluster = await runningCluster(
        [provisioner('default'), pod('twice-guarded'), deployment('web', 2)],
        { pods: 3 },
        new VirtualCluster(),
      );
      for (const name of ['one', 'two']) {
        // Two budgets over one pod: the Eviction API answers 500.
        cluster.store.create('PodDisruptionBudget', {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name, namespace: 'default' },
          spec: { minAvailable: 0, selector: { matchLabels: { app: 'twice-guarded' } } },
        });
      }
      const [node] = cluster.store.list('Node');
      cluster.store.delete('Node', node?.metadata.name ?? '');
      await cluster.pass(5 * MINUTE_MS);
      expect(cluster.store.get('Pod', 'twice-guarded', 'default')).toBeDefined();
      expect(cluster.pods('Running').length).toBe(3);
      expect(cluster.store.list('Event').some(({ reason }) => reason === 'FailedDraining')).toBe(true);
      cluster.store.delete('PodDisruptionBudget', 'two', 'default');
      const isGone = () => cluster.store.list('Node').every(({ metadata }) => metadata.uid !== node?.metadata.uid);
      expect(await cluster.until(isGone, 30 * SECOND_MS)).toBe(true);
    },
    TEST_MS_MAX,
  );
});
