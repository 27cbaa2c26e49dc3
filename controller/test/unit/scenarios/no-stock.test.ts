import { describe, expect, test } from '@jest/globals';
import { checkInstances } from '../../../sandbox/checks/instances.ts';
import { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import {
  conditionOf,
  deployment,
  eventMessages,
  MINUTE_MS,
  provisioner,
  runningCluster,
  TEST_MS_MAX,
  watchCreations,
} from './scenario-objects.ts';

const SPOT_OR_ON_DEMAND = {
  requirements: [{ key: 'karpenter.sh/capacity-type', operator: 'In', values: ['spot', 'on-demand'] }],
};
/** Sold out for good, a need asks EC2 once in the three minutes that an answer is remembered; a replaced Machine is one more. */
const CREATIONS_PER_MINUTE_MAX = 5;

const nodeLabels = (cluster: VirtualCluster, label: string) => [
  ...new Set(cluster.store.list('Node').map(({ metadata }) => metadata.labels?.[label])),
];

/** The most that fall into any one minute. */
function densestMinute(timesMs: readonly number[]): number {
  return Math.max(0, ...timesMs.map((start) => timesMs.filter((ms) => ms >= start && ms < start + MINUTE_MS).length));
}

describe('offerings without stock', () => {
  test(
    'spot that is sold out is replaced by on-demand within seconds',
    async () => {
      const cluster = new VirtualCluster();
      cluster.faults.noCapacity = ['*/*/spot'];
      await runningCluster([provisioner('default', SPOT_OR_ON_DEMAND), deployment('web', 5)], { pods: 5 }, cluster);
      expect(nodeLabels(cluster, 'karpenter.sh/capacity-type')).toEqual(['on-demand']);
      expect(cluster.timers.nowMs() - cluster.startedAtMs).toBeLessThan(MINUTE_MS);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'a type that is sold out is left for another',
    async () => {
      const undisturbed = await runningCluster(
        [provisioner('default'), deployment('web', 3)],
        { pods: 3 },
        new VirtualCluster(),
      );
      const favourites = nodeLabels(undisturbed, 'node.kubernetes.io/instance-type').map(String);
      const cluster = new VirtualCluster();
      cluster.faults.noCapacity = favourites.map((type) => `${type}/*/*`);
      await runningCluster([provisioner('default'), deployment('web', 3)], { pods: 3 }, cluster);
      const bought = nodeLabels(cluster, 'node.kubernetes.io/instance-type').map(String);
      expect(bought.filter((type) => favourites.includes(type))).toEqual([]);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'an account where everything is sold out is asked rarely, says so, and serves the pods soon after stock is back',
    async () => {
      const cluster = new VirtualCluster();
      cluster.faults.noCapacity = ['*/*/*'];
      cluster.store.create('Provisioner', provisioner('default', SPOT_OR_ON_DEMAND));
      cluster.store.create('Deployment', deployment('web', 40));
      const creationsAtMs = watchCreations(cluster);
      cluster.startController();
      await cluster.pass(5 * MINUTE_MS);
      const warmAtMs = cluster.timers.nowMs();
      await cluster.pass(25 * MINUTE_MS);

      expect(eventMessages(cluster, 'InsufficientCapacityError').length).toBeGreaterThan(0);
      expect(eventMessages(cluster, 'FailedScheduling').length).toBeGreaterThan(0);
      expect(densestMinute(creationsAtMs.filter((ms) => ms >= warmAtMs))).toBeLessThanOrEqual(CREATIONS_PER_MINUTE_MAX);
      expect(cluster.store.list('Machine').map(({ metadata }) => metadata.name)).toEqual([]);
      // A shortage is no fault of the spec: a sync must not wait for it.
      expect(conditionOf(cluster.store.get('Provisioner', 'default'), 'Ready')?.status).toBe('True');

      cluster.faults.noCapacity = [];
      expect(await cluster.until(() => cluster.pods('Running').length === 40, 5 * MINUTE_MS)).toBe(true);
      expect(checkInstances(cluster.store, cluster.launches())).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
