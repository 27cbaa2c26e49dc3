import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, type CandidatePod, isEmpty } from './candidate.ts';
import { decide } from './decide.ts';
import { describeDuration } from './describe-duration.ts';
import { countsAsEmpty, decideEmptiness } from './emptiness.ts';
import { decideExpiration, REMOVAL_WAIT_MS } from './expiration.ts';

const SEED = 20264;
const NOW_MS = 1_000_000_000;
const SECOND_MS = 1000;

const candidate = (machineName: string, rest: Partial<Candidate> = {}): Candidate => ({
  machineName,
  nodeName: machineName,
  consolidationEnabled: false,
  createdAtMs: NOW_MS,
  initialized: true,
  doNotDisrupt: false,
  nominatedPods: [],
  pods: [],
  ...rest,
});
const podOn = (name: string, rest: Partial<CandidatePod> = {}): CandidatePod => ({
  namespace: 'default',
  name,
  isDaemon: false,
  isMirror: false,
  isTerminal: false,
  isTerminating: false,
  doNotEvict: false,
  ...rest,
});

describe('a node is empty', () => {
  test.each([
    ['a daemon', { isDaemon: true }, true],
    ['a static pod', { isMirror: true }, true],
    ['a pod that has finished', { isTerminal: true }, true],
    ['a pod that is leaving', { isTerminating: true }, true],
    ['any other pod', {}, false],
  ])('with %s on it: %j %s', (_, rest, wantEmpty) => {
    expect(isEmpty([podOn('x', rest)])).toBe(wantEmpty);
  });
});

describe('emptiness', () => {
  const empty = (name: string, idleSeconds: number, rest: Partial<Candidate> = {}) =>
    candidate(name, { ttlSecondsAfterEmpty: 30, emptySinceMs: NOW_MS - idleSeconds * SECOND_MS, ...rest });

  test('removes at once all that have been empty for the TTL, to the second', () => {
    const decision = decideEmptiness([empty('c', 31), empty('b', 29), empty('a', 30)], NOW_MS);
    expect(decision.command).toEqual({
      kind: 'command',
      reason: 'emptiness',
      machineNames: ['a', 'c'],
      because: {
        a: 'empty for 30s, ttlSecondsAfterEmpty is 30',
        c: 'empty for 31s, ttlSecondsAfterEmpty is 30',
      },
    });
    expect(decision.nextCheckMs).toBe(NOW_MS + SECOND_MS);
  });

  test('with a TTL of 0 removes as soon as the condition says empty', () => {
    expect(decideEmptiness([empty('a', 0, { ttlSecondsAfterEmpty: 0 })], NOW_MS).command?.machineNames).toEqual(['a']);
  });

  const { emptySinceMs: _, ...unrecorded } = empty('a', 99);
  const { ttlSecondsAfterEmpty: __, ...unasked } = empty('a', 99);
  test.each([
    ['is not asked for', unasked],
    ['is left to consolidation', empty('a', 99, { consolidationEnabled: true })],
    ['is not initialized', empty('a', 99, { initialized: false })],
    ['is on its way out', empty('a', 99, { deletedAtMs: NOW_MS })],
    ['is not on record yet', unrecorded],
    ['ended since: a pod came', empty('a', 99, { pods: [podOn('x')] })],
  ])('says nothing of a Machine whose emptiness %s', (_name, each) => {
    expect(decideEmptiness([each], NOW_MS)).toEqual({ blocked: [] });
  });

  test.each([
    ['NodeNominated', { nominatedPods: ['default/x'] }],
    ['DoNotDisrupt', { doNotDisrupt: true }],
  ])('is blocked by %s and says so', (code, rest) => {
    const decision = decideEmptiness([empty('a', 99, rest)], NOW_MS);
    expect(decision.command).toBeUndefined();
    expect(decision.blocked).toMatchObject([{ machineName: 'a', reason: 'emptiness', code }]);
  });

  test('does not begin while a pod is expected', () => {
    expect(countsAsEmpty(empty('a', 0))).toBe(true);
    expect(countsAsEmpty(empty('a', 0, { nominatedPods: ['default/x'] }))).toBe(false);
    expect(countsAsEmpty(empty('a', 0, { pods: [podOn('x')] }))).toBe(false);
  });
});

describe('expiration', () => {
  const aged = (name: string, ageSeconds: number, rest: Partial<Candidate> = {}) =>
    candidate(name, {
      ttlSecondsUntilExpired: 100,
      createdAtMs: NOW_MS - ageSeconds * SECOND_MS,
      pods: [podOn('x')],
      ...rest,
    });

  test('removes the one that expired first and waits for the next', () => {
    const decision = decideExpiration([aged('b', 150), aged('a', 120), aged('c', 40)], NOW_MS);
    expect(decision.command?.machineNames).toEqual(['b']);
    expect(decision.command?.because).toEqual({ b: '2m 30s old, ttlSecondsUntilExpired is 100' });
    expect(decision.nextCheckMs).toBe(NOW_MS + 60 * SECOND_MS);
  });

  test('removes all empty ones together, before any with pods', () => {
    const decision = decideExpiration(
      [aged('b', 150), aged('a', 120, { pods: [] }), aged('c', 110, { pods: [] })],
      NOW_MS,
    );
    expect(decision.command?.machineNames).toEqual(['a', 'c']);
  });

  test('takes one with pods at a time, but does not wait for ever', () => {
    const leaving = (agoMs: number) => aged('a', 9_999, { deletedAtMs: NOW_MS - agoMs });
    const busy = decideExpiration([leaving(SECOND_MS), aged('b', 150)], NOW_MS);
    expect(busy).toEqual({ blocked: [], nextCheckMs: NOW_MS - SECOND_MS + REMOVAL_WAIT_MS });
    expect(decideExpiration([leaving(REMOVAL_WAIT_MS), aged('b', 150)], NOW_MS).command?.machineNames).toEqual(['b']);
  });

  test('is not held up by a Machine that leaves for another reason', () => {
    const other = candidate('a', { ttlSecondsUntilExpired: 100, createdAtMs: NOW_MS, deletedAtMs: NOW_MS });
    expect(decideExpiration([other, aged('b', 150)], NOW_MS).command?.machineNames).toEqual(['b']);
  });

  test('passes over a blocked Machine to the next, and says what blocks', () => {
    const guarded = aged('a', 200, { pods: [podOn('x', { doNotEvict: true })] });
    const decision = decideExpiration([guarded, aged('b', 150)], NOW_MS);
    expect(decision.command?.machineNames).toEqual(['b']);
    expect(decision.blocked).toMatchObject([
      { machineName: 'a', code: 'PodDoNotEvict', message: expect.stringContaining('default/x') },
    ]);
  });

  test.each([
    ['DoNotDisrupt', { doNotDisrupt: true }],
    ['NodeNominated', { nominatedPods: ['default/x'] }],
    ['PodDoNotEvict', { pods: [podOn('x', { doNotEvict: true })] }],
    ['PodDisruptionBudget', { pods: [podOn('x', { blockingBudget: 'pdb' })] }],
  ])('is blocked by %s', (code, rest) => {
    expect(decideExpiration([aged('a', 200, rest)], NOW_MS)).toMatchObject({ blocked: [{ code }] });
  });

  test.each([
    ['belongs to a DaemonSet', { isDaemon: true }],
    ['has finished', { isTerminal: true }],
    ['is leaving', { isTerminating: true }],
    ['mirrors a static pod', { isMirror: true }],
  ])('is not blocked by the annotation of a pod that %s', (_name, rest) => {
    const decision = decideExpiration([aged('a', 200, { pods: [podOn('x', { doNotEvict: true, ...rest })] })], NOW_MS);
    expect(decision.command?.machineNames).toEqual(['a']);
  });

  test('goes before emptiness', () => {
    const both = aged('a', 200, { pods: [], ttlSecondsAfterEmpty: 0, emptySinceMs: 0 });
    expect(decide([both], NOW_MS).command?.reason).toBe('expiration');
  });
});

test('no decision depends on the order of the candidates', () => {
  const anyCandidate = fc.record({
    ttlSecondsAfterEmpty: fc.constantFrom(0, 30),
    ttlSecondsUntilExpired: fc.constantFrom(50, 100),
    createdAtMs: fc.integer({ min: 0, max: 4 }).map((age) => NOW_MS - age * 50 * SECOND_MS),
    emptySinceMs: fc.constantFrom(NOW_MS, NOW_MS - 30 * SECOND_MS),
    doNotDisrupt: fc.boolean(),
    pods: fc.constantFrom([], [podOn('x')]),
  });
  fc.assert(
    fc.property(fc.array(anyCandidate, { maxLength: 6 }), (rests) => {
      const candidates = rests.map((rest, index) => candidate(`m${index}`, rest));
      const forwards = decide(candidates, NOW_MS);
      const backwards = decide([...candidates].reverse(), NOW_MS);
      expect(backwards.command).toEqual(forwards.command);
      expect(backwards.nextCheckMs).toBe(forwards.nextCheckMs);
      expect(backwards).toEqual(forwards);
    }),
    { seed: SEED },
  );
});

test.each([
  [0, '0s'],
  [-5, '0s'],
  [31_999, '31s'],
  [3_600_000, '1h'],
  [2_599_200_000, '30d 2h'],
])('%d ms reads %s', (durationMs, wantText) => {
  expect(describeDuration(durationMs)).toBe(wantText);
});
