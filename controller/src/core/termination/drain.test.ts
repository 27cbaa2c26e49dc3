import { describe, expect, test } from '@jest/globals';
import { type DrainPod, drainStep, STUCK_TERMINATING_MS } from './drain.ts';

const NOW_MS = 1_000_000;

function pod(name: string, rest: Partial<DrainPod> = {}): DrainPod {
  return {
    uid: `uid-${name}`,
    namespace: 'default',
    name,
    isTerminal: false,
    isMirror: false,
    toleratesUnschedulable: false,
    isCritical: false,
    ...rest,
  };
}

const names = (pods: readonly DrainPod[]) => pods.map((each) => each.name);

describe('a drain', () => {
  test('waits for nobody on an empty node', () => {
    expect(drainStep([], NOW_MS)).toEqual({ waitingFor: [], evict: [] });
  });

  test.each([
    ['has finished', { isTerminal: true }],
    ['mirrors a static pod', { isMirror: true }],
    ['tolerates a cordoned node', { toleratesUnschedulable: true }],
    ['is stuck in termination', { deletionAtMs: NOW_MS - STUCK_TERMINATING_MS - 1 }],
  ])('does not wait for a pod that %s', (_, rest) => {
    expect(drainStep([pod('a', rest)], NOW_MS).waitingFor).toEqual([]);
  });

  test('waits for a pod that is terminating, but does not evict it again', () => {
    const step = drainStep([pod('a', { deletionAtMs: NOW_MS + 5_000 })], NOW_MS);
    expect(names(step.waitingFor)).toEqual(['a']);
    expect(step.evict).toEqual([]);
  });

  test('evicts critical pods only after all others have left', () => {
    const critical = pod('dns', { isCritical: true });
    expect(names(drainStep([critical, pod('b'), pod('a')], NOW_MS).evict)).toEqual(['a', 'b']);
    expect(drainStep([critical, pod('a', { deletionAtMs: NOW_MS })], NOW_MS).evict).toEqual([]);
    expect(names(drainStep([critical], NOW_MS).evict)).toEqual(['dns']);
  });
});
