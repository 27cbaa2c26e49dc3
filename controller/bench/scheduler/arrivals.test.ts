import { describe, expect, test } from '@jest/globals';
import { workloadOf } from '../workloads/catalogue.ts';
import { benchArrivals } from './arrivals.ts';

const POD_COUNT = 20;

function arriving(batchPods: number) {
  const zones = { preferencePolicy: 'Respect', zones: 'abc' } as const;
  const workload = workloadOf({ letter: 'Q', pods: POD_COUNT, seed: 1, shapes: 5, ...zones });
  if (workload === undefined) throw new Error('no workload Q');
  return benchArrivals(workload, batchPods);
}

describe('pods that arrive in batches', () => {
  test('get fewer nodes than batches when an earlier node has room: the cluster is kept', () => {
    const report = arriving(1);
    expect(report).toMatchObject({ batches: POD_COUNT, unscheduled: 0 });
    expect(report.nodes).toBeLessThan(POD_COUNT);
  });

  test('never cost less than the bound for all of them at once', () => {
    for (const batchPods of [7, POD_COUNT]) {
      const { lowerBound, costPerHour, batches } = arriving(batchPods);
      expect(batches).toBe(Math.ceil(POD_COUNT / batchPods));
      expect(costPerHour).toBeGreaterThanOrEqual(lowerBound?.perHour ?? Number.POSITIVE_INFINITY);
    }
  });
});
