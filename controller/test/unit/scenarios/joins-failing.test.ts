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
  TEST_MS_MAX,
} from './scenario-objects.ts';

/** Pods that each need a node of their own. */
const APART = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
      ],
    },
  },
};
/** All nodes of a plan are given up in the same minute. */
const GIVEN_UP_MS = 16 * MINUTE_MS;

function clusterWithoutJoins(): VirtualCluster {
  const cluster = new VirtualCluster();
  cluster.faults.nodesNeverJoin = true;
  cluster.store.create('Provisioner', provisioner('default'));
  cluster.store.create('Deployment', deployment('web', 10, APART));
  cluster.startController();
  return cluster;
}

const joinsFailing = (cluster: VirtualCluster) =>
  conditionOf(cluster.store.get('Provisioner', 'default'), 'JoinsFailing');

// github.com/kubernetes-sigs/karpenter/issues/2854
describe('a Provisioner whose nodes do not join', () => {
  test(
    'is bought ten nodes for ten pods once, and from then on one at a time, which pods and conditions tell',
    async () => {
      const cluster = clusterWithoutJoins();
      await cluster.pass(MINUTE_MS);
      expect(livingInstances(cluster)).toBe(10);
      expect(joinsFailing(cluster)).toBeUndefined();

      await cluster.pass(GIVEN_UP_MS);
      const kinds = eventsOf(cluster, 'JoinsFailing').map((event) => {
        return Object(event['regarding'] ?? event['involvedObject']).kind as string;
      });
      expect([...new Set(kinds)].sort()).toEqual(['Pod', 'Provisioner']);
      const bought = cluster.launches().length;
      for (let minutes = 0; minutes < 40; minutes += 1) {
        await cluster.pass(MINUTE_MS);
        expect(livingInstances(cluster)).toBeLessThanOrEqual(1);
      }
      expect(cluster.launches().length - bought).toBeLessThanOrEqual(3);
      expect(joinsFailing(cluster)?.status).toBe('True');
      // Found in AWS or in the cluster: no fault of the spec.
      expect(conditionOf(cluster.store.get('Provisioner', 'default'), 'Ready')?.status).toBe('True');
    },
    TEST_MS_MAX,
  );

  test(
    'stays held back when the controller is started anew',
    async () => {
      const cluster = clusterWithoutJoins();
      await cluster.pass(MINUTE_MS + GIVEN_UP_MS);
      expect(joinsFailing(cluster)?.status).toBe('True');
      cluster.kill();
      cluster.startController();
      await cluster.pass(GIVEN_UP_MS);
      expect(livingInstances(cluster)).toBe(1);
      expect(joinsFailing(cluster)?.status).toBe('True');
    },
    TEST_MS_MAX,
  );

  test(
    'is served at full speed as soon as one has joined; one that is deleted by hand makes room for the next try',
    async () => {
      const cluster = clusterWithoutJoins();
      await cluster.pass(MINUTE_MS + GIVEN_UP_MS);
      expect(livingInstances(cluster)).toBe(1);
      cluster.faults.nodesNeverJoin = false;
      for (const { metadata } of cluster.store.list('Machine')) cluster.store.delete('Machine', metadata.name);
      expect(await cluster.until(() => cluster.pods('Running').length === 10, 5 * MINUTE_MS)).toBe(true);
      expect(joinsFailing(cluster)?.status).toBe('False');
      expect(eventMessages(cluster, 'JoinsFailing').length).toBeGreaterThan(0);
    },
    TEST_MS_MAX,
  );
});
