import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  allowsAbsence,
  formatRequirement,
  has,
  intersect,
  intersects,
  isEmpty,
  isSameRequirement,
  labelsSatisfy,
  type Operator,
  operatorOf,
  type Requirement,
  requirement,
  requirementsOf,
  singleLabels,
  toExpressions,
} from './requirements.ts';

const SEED = 20262;
const KEY = 'k';

const stated = (operator: Operator, ...values: string[]) => requirement(KEY, operator, values);
const shown = (value: Requirement) => formatRequirement(value).replaceAll(`${KEY} `, '');

describe('the intersection', () => {
  test.each([
    [stated('In', 'a', 'b'), stated('In', 'b', 'c'), 'In [b]'],
    [stated('In', 'a', 'b'), stated('NotIn', 'b'), 'In [a]'],
    [stated('NotIn', 'a'), stated('NotIn', 'b'), 'NotIn [a b]'],
    [stated('In', '1', '9'), stated('Gt', '5'), 'In [9]'],
    [stated('Gt', '1'), stated('Lt', '9'), 'Gt 1 and Lt 9'],
    [stated('Gt', '1'), stated('Gt', '4'), 'Gt 4'],
    [stated('Lt', '9'), stated('Lt', '4'), 'Lt 4'],
    [stated('NotIn', '3', '50', 'x'), stated('Lt', '9'), 'Lt 9 and NotIn [3]'],
    [stated('DoesNotExist'), stated('NotIn', 'a'), 'DoesNotExist'],
    [stated('DoesNotExist'), stated('DoesNotExist'), 'DoesNotExist'],
    // A label that must be there and must not be `a`: more than NotIn alone, which a missing label satisfies.
    [stated('Exists'), stated('NotIn', 'a'), 'Exists and NotIn [a]'],
  ])('of %j and %j is what both allow: %s', (left, right, wantText) => {
    expect(shown(intersect(left, right))).toBe(wantText);
    expect(isEmpty(intersect(left, right))).toBe(false);
  });

  test.each([
    [stated('Exists'), stated('DoesNotExist')],
    [stated('Gt', '5'), stated('Lt', '3')],
    [stated('Gt', '3'), stated('Lt', '4')],
    [stated('In', 'a'), stated('Gt', '5')],
    [stated('In'), stated('Exists')],
    [stated('In'), stated('DoesNotExist')],
    [stated('In', 'a'), stated('NotIn', 'a')],
    [stated('In', 'a'), stated('DoesNotExist')],
  ])('of %j and %j is empty and reads as DoesNotExist', (left, right) => {
    const both = intersect(left, right);
    expect(isEmpty(both)).toBe(true);
    expect(operatorOf(both)).toBe('DoesNotExist');
  });
});

describe('a requirement', () => {
  test.each([
    [stated('In', 'a'), false],
    [stated('NotIn', 'a'), true],
    [stated('Exists'), false],
    [stated('DoesNotExist'), true],
    [stated('Gt', '1'), false],
    [stated('Lt', '1'), false],
    [intersect(stated('Exists'), stated('NotIn', 'a')), false],
  ])('%j is content with a missing label: %s', (value, wantContent) => {
    expect(allowsAbsence(value)).toBe(wantContent);
  });

  test('with bounds holds for integers only', () => {
    expect(has(stated('Gt', '3'), '4')).toBe(true);
    expect(has(stated('Gt', '3'), '3')).toBe(false);
    expect(has(stated('Lt', '3'), '03')).toBe(false);
    expect(has(stated('Lt', '3'), '2.5')).toBe(false);
    expect(has(stated('Gt', '3'), 'nitro')).toBe(false);
  });

  test('refuses to be made of Gt without an integer', () => {
    expect(() => stated('Gt', 'four')).toThrow(RangeError);
    expect(() => stated('Lt')).toThrow(RangeError);
  });

  test('with both bounds is written with both', () => {
    const both = requirementsOf([
      { key: KEY, operator: 'Gt', values: ['1'] },
      { key: KEY, operator: 'Lt', values: ['9'] },
      { key: KEY, operator: 'NotIn', values: ['4'] },
    ]);
    expect(toExpressions(both)).toEqual([
      { key: KEY, operator: 'Gt', values: ['1'] },
      { key: KEY, operator: 'Lt', values: ['9'] },
      { key: KEY, operator: 'NotIn', values: ['4'] },
    ]);
  });
});

describe('labels', () => {
  const labels = { zone: 'a', cpu: '8' };

  test.each([
    ['zone', 'In', ['a', 'b'], true],
    ['zone', 'NotIn', ['a'], false],
    ['cpu', 'Gt', ['4'], true],
    ['zone', 'Gt', ['4'], false],
    ['team', 'Exists', [], false],
    ['team', 'NotIn', ['a'], true],
    ['team', 'DoesNotExist', [], true],
    ['toString', 'DoesNotExist', [], true],
  ] as const)('are matched as kube-scheduler does: %s %s %j is %s', (key, operator, values, wantMatch) => {
    expect(labelsSatisfy(labels, requirementsOf([{ key, operator, values }]))).toBe(wantMatch);
  });

  test('that follow from requirements are always the same allowed ones', () => {
    const requirements = requirementsOf([
      { key: 'fixed', operator: 'In', values: ['x'] },
      { key: 'team', operator: 'In', values: ['b', 'a'] },
      { key: 'any', operator: 'Exists', values: [] },
      { key: 'number', operator: 'Gt', values: ['2'] },
      { key: 'number', operator: 'NotIn', values: ['3'] },
      { key: 'never', operator: 'DoesNotExist', values: [] },
      { key: 'not', operator: 'NotIn', values: ['x'] },
    ]);
    expect(singleLabels(requirements, (key) => key === 'fixed')).toEqual({ any: '0', number: '4', team: 'a' });
  });
});

describe('the algebra', () => {
  const value = fc.constantFrom('a', 'b', '1', '2', '3', '7');
  const values = fc.uniqueArray(value, { minLength: 1, maxLength: 3 });
  const integer = fc.integer({ min: 0, max: 8 }).map(String);
  const anyRequirement = fc.oneof(
    values.map((members) => stated('In', ...members)),
    values.map((members) => stated('NotIn', ...members)),
    fc.constant(stated('Exists')),
    fc.constant(stated('DoesNotExist')),
    integer.map((bound) => stated('Gt', bound)),
    integer.map((bound) => stated('Lt', bound)),
  );
  // Sums of several expressions, as one key of a pod or Provisioner may carry.
  const anySum = fc.array(anyRequirement, { minLength: 1, maxLength: 3 }).map((all) => all.reduce(intersect));
  const probes = ['-1', 'a', 'b', 'c', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '100'];
  const check = <T>(property: fc.IProperty<T>) => fc.assert(property, { seed: SEED, numRuns: 2000 });

  test('is commutative, associative and idempotent', () => {
    check(
      fc.property(anySum, anySum, anySum, (a, b, c) => {
        expect(isSameRequirement(intersect(a, b), intersect(b, a))).toBe(true);
        expect(isSameRequirement(intersect(intersect(a, b), c), intersect(a, intersect(b, c)))).toBe(true);
        expect(isSameRequirement(intersect(a, a), a)).toBe(true);
      }),
    );
  });

  test('allows what both allow: every value, and the missing label', () => {
    check(
      fc.property(anySum, anySum, (a, b) => {
        const both = intersect(a, b);
        for (const probe of probes) expect(has(both, probe)).toBe(has(a, probe) && has(b, probe));
        expect(allowsAbsence(both)).toBe(allowsAbsence(a) && allowsAbsence(b));
      }),
    );
  });

  test('knows without building the intersection whether it is empty', () => {
    check(
      fc.property(anySum, anySum, (a, b) => {
        expect(intersects(a, b)).toBe(!isEmpty(intersect(a, b)));
      }),
    );
  });

  test('is empty only if nothing satisfies it', () => {
    check(
      fc.property(anySum, (a) => {
        const isSatisfied = allowsAbsence(a) || probes.some((probe) => has(a, probe));
        expect(isEmpty(a)).toBe(!isSatisfied);
      }),
    );
  });

  test('is written in expressions that mean the same', () => {
    check(
      fc.property(anySum, (a) => {
        fc.pre(!isEmpty(a));
        const again = requirementsOf(toExpressions(new Map([[KEY, a]]))).get(KEY) as Requirement;
        expect(isSameRequirement(again, a)).toBe(true);
      }),
    );
  });

  test('gives a node only labels that satisfy it', () => {
    check(
      fc.property(anySum, (a) => {
        const label = singleLabels(new Map([[KEY, a]]), () => false)[KEY];
        if (label === undefined) expect(allowsAbsence(a) || isEmpty(a) || a.lessThan !== undefined).toBe(true);
        else expect(has(a, label)).toBe(true);
      }),
    );
  });
});
