import { describe, expect, test } from '@jest/globals';
import { NO_REQUIREMENTS } from '../core/requirements.ts';
import type { PlannedNode } from '../core/scheduling/plan.ts';
import { ShortagePace } from './shortage-pace.ts';

function node(podUid: string, provisionerName = 'default'): PlannedNode {
  return {
    provisionerName,
    requirements: NO_REQUIREMENTS,
    podUids: [podUid],
    requests: {},
    options: [],
    instanceTypes: [],
    reservedCapacity: {},
  };
}
const PODS = ['a', 'b', 'c'].map((uid) => node(uid));

/** Every second all that is admitted is ordered, and given up at once; returns how many orders each second saw. */
function soldOut(pace: ShortagePace, seconds: number, nodes = PODS): number[] {
  return Array.from({ length: seconds }, (_, second) => {
    const admitted = pace.admitted(nodes, second * 1_000);
    for (const [index, each] of admitted.entries()) pace.ordered(`m-${second}-${index}`, each, second * 1_000);
    for (const index of admitted.keys()) pace.gaveUp(`m-${second}-${index}`, second * 1_000);
    return admitted.length;
  });
}

describe('the pace of purchases in a shortage', () => {
  test('is full for two passes, so that spot falls back to on-demand at once; then one is tried, ever more rarely', () => {
    const orders = soldOut(new ShortagePace(), 300);
    expect(orders.slice(0, 2)).toEqual([3, 3]);
    expect(Math.max(...orders.slice(2))).toBe(1);
    const lastMinute = orders.slice(-60).reduce((sum, count) => sum + count, 0);
    expect(lastMinute).toBe(2);
  });

  test('is full again as soon as one of them has its instance', () => {
    const pace = new ShortagePace();
    soldOut(pace, 60);
    const [trial] = pace.admitted(PODS, 100_000);
    pace.ordered('trial', trial ?? node('a'), 100_000);
    expect(pace.admitted(PODS, 101_000)).toEqual([]);
    pace.launched('trial');
    expect(pace.admitted(PODS, 101_000)).toEqual(PODS);
  });

  test('does not slow down pods that met no shortage, nor those of another Provisioner', () => {
    const pace = new ShortagePace();
    soldOut(pace, 60);
    const others = [node('x'), node('y', 'other')];
    expect(pace.admitted([...PODS, ...others], 60_000)).toEqual(expect.arrayContaining(others));
  });

  test('is not set free by a launch that has nothing to do with it', () => {
    const pace = new ShortagePace();
    soldOut(pace, 60);
    pace.ordered('other', node('x'), 60_000);
    pace.launched('other');
    expect(pace.admitted(PODS, 100_000).length).toBe(1);
  });

  test('forgets pods that are gone', () => {
    const pace = new ShortagePace();
    soldOut(pace, 60);
    pace.prune(
      (uid) => uid === 'a',
      () => false,
    );
    expect(pace.admitted(PODS, 60_000)).toEqual(expect.arrayContaining([PODS[1], PODS[2]]));
  });
});
