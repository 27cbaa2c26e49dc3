import { describe, expect, test } from '@jest/globals';
import { NO_REQUIREMENTS } from '../core/requirements.ts';
import type { PlannedNode } from '../core/scheduling/plan.ts';
import { JoinPace } from './join-pace.ts';

function node(podUid: string, provisionerName = 'broken'): PlannedNode {
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
const NODES = [node('a'), node('b'), node('c', 'sound')];
const podsOf = (nodes: readonly PlannedNode[]) => nodes.flatMap(({ podUids }) => podUids);
/** What is answered when Machines of these names fail. */
const failing = (pace: JoinPace, ...names: readonly string[]) => names.map((name) => pace.failed('broken', name));
const nobodyAwaits = () => false;

describe('the pace of purchases when nodes do not join', () => {
  test('is full after one or two that did not', () => {
    const pace = new JoinPace();
    expect(failing(pace, 'm-1', 'm-2')).toEqual([false, false]);
    expect(podsOf(pace.admitted(NODES, nobodyAwaits))).toEqual(['a', 'b', 'c']);
  });

  test('is one at a time after three in a row, for that Provisioner alone; the third says so', () => {
    const pace = new JoinPace();
    expect(failing(pace, 'm-1', 'm-2', 'm-3', 'm-4')).toEqual([false, false, true, false]);
    expect(podsOf(pace.admitted(NODES, nobodyAwaits))).toEqual(['a', 'c']);
    expect(podsOf(pace.admitted(NODES, (name) => name === 'broken'))).toEqual(['c']);
  });

  test('does not count a Machine twice whose deletion was tried twice', () => {
    const pace = new JoinPace();
    expect(failing(pace, 'm-1', 'm-1', 'm-1', 'm-1')).toEqual([false, false, false, false]);
    expect(pace.isTrying('broken')).toBe(false);
  });

  test('is full again when one has joined, and counts from the start', () => {
    const pace = new JoinPace();
    pace.recall('broken');
    expect(pace.isTrying('broken')).toBe(true);
    pace.joined('broken');
    expect(podsOf(pace.admitted(NODES, nobodyAwaits))).toEqual(['a', 'b', 'c']);
    expect(failing(pace, 'm-1', 'm-2', 'm-3')).toEqual([false, false, true]);
  });

  test('is full for another Provisioner of that name', () => {
    const pace = new JoinPace();
    pace.recall('broken');
    pace.prune(() => false);
    expect(pace.isTrying('broken')).toBe(false);
  });
});
