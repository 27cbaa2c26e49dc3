import { describe, expect, test } from '@jest/globals';
import { commonTolerations, firstUntolerated, formatTaint, type Taint, type Toleration, tolerates } from './taints.ts';

const taint = (key: string, value: string, effect: Taint['effect']): Taint => ({ key, value, effect });
const toleration = (rest: Partial<Toleration>): Toleration => ({
  key: 'team',
  operator: 'Equal',
  value: '',
  effect: '',
  ...rest,
});

describe('a toleration', () => {
  const team = taint('team', 'a', 'NoSchedule');

  test.each([
    [{ value: 'a' }, true],
    [{ value: 'b' }, false],
    [{ operator: 'Exists' as const }, true],
    [{ operator: 'Exists' as const, key: '' }, true],
    [{ operator: 'Exists' as const, key: 'other' }, false],
    [{ value: 'a', effect: 'NoSchedule' as const }, true],
    [{ value: 'a', effect: 'NoExecute' as const }, false],
  ])('%j covers team=a:NoSchedule: %s', (rest, wantCovered) => {
    expect(tolerates(toleration(rest), team)).toBe(wantCovered);
  });
});

describe('what two pods tolerate in common', () => {
  test.each([
    ['the narrower of two', [{ operator: 'Exists' as const }], [{ value: 'a' }], [{ value: 'a' }]],
    ['nothing of different values', [{ value: 'a' }], [{ value: 'b' }], []],
    ['nothing when one tolerates nothing', [{ value: 'a' }], [], []],
    [
      'one effect of all',
      [{ operator: 'Exists' as const, key: '' }],
      [{ value: 'a', effect: 'NoSchedule' as const }],
      [{ value: 'a', effect: 'NoSchedule' as const }],
    ],
  ])('%s', (_name, left, right, common) => {
    expect(commonTolerations(left.map(toleration), right.map(toleration))).toEqual(common.map(toleration));
    expect(commonTolerations(right.map(toleration), left.map(toleration))).toEqual(common.map(toleration));
  });
});

describe('of a node’s taints', () => {
  test('the first untolerated hard one is named', () => {
    const taints = [taint('a', '', 'PreferNoSchedule'), taint('b', '', 'NoExecute'), taint('c', '', 'NoSchedule')];
    expect(firstUntolerated(taints, [])).toEqual(taints[1]);
    expect(firstUntolerated(taints, [toleration({ key: 'b' })])).toEqual(taints[2]);
  });

  test('a wish and a taint without effect keep nobody away', () => {
    expect(firstUntolerated([taint('a', '', 'PreferNoSchedule'), taint('b', '', '')], [])).toBeUndefined();
  });

  test('each is written as kubectl writes it', () => {
    expect(formatTaint(taint('team', 'a', 'NoSchedule'))).toBe('team=a:NoSchedule');
    expect(formatTaint(taint('team', '', 'NoExecute'))).toBe('team:NoExecute');
  });
});
