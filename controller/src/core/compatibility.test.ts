import { describe, expect, test } from '@jest/globals';
import { compatible } from './compatibility.ts';
import { type Operator, type Requirements, requirementsOf } from './requirements.ts';

const ZONE = 'topology.kubernetes.io/zone';
const NEW_NODE = new Set([ZONE, 'node.kubernetes.io/instance-type']);
const EXISTING_NODE = new Set<string>();

const none: Requirements = new Map();
const one = (key: string, operator: Operator, ...values: string[]) => requirementsOf([{ key, operator, values }]);
const suits = (node: Requirements, pod: Requirements, allowed = NEW_NODE) =>
  compatible(node, pod, allowed) === undefined;

describe('a node that says nothing of a label', () => {
  test.each([
    ['In', ['x'], true, false],
    ['Exists', [], true, false],
    ['Gt', ['1'], true, false],
    ['NotIn', ['x'], true, true],
    ['DoesNotExist', [], true, true],
  ] as const)(
    'suits a pod that wants %s %j: new node with a well-known label %s, else %s',
    (operator, values, wantNew, wantElse) => {
      expect(suits(none, one(ZONE, operator, ...values))).toBe(wantNew);
      expect(suits(none, one(ZONE, operator, ...values), EXISTING_NODE)).toBe(wantElse);
      expect(suits(none, one('team', operator, ...values))).toBe(wantElse);
    },
  );
});

describe('a node that says something of a label', () => {
  test.each([
    [one('team', 'In', 'x'), one('team', 'DoesNotExist'), false],
    [one('team', 'In', 'x'), one('team', 'NotIn', 'x'), false],
    [one('team', 'In', 'x', 'y'), one('team', 'NotIn', 'x'), true],
    [one('team', 'DoesNotExist'), one('team', 'NotIn', 'x'), true],
    [one('team', 'DoesNotExist'), one('team', 'Exists'), false],
    [one('team', 'Exists'), one('team', 'In', 'x'), true],
    [one('team', 'NotIn', 'x'), one('team', 'In', 'x'), false],
  ])('%j and a pod that wants %j get along: %s', (node, pod, wantSuits) => {
    expect(suits(node, pod)).toBe(wantSuits);
  });

  test('explains what does not get along, for the first key', () => {
    const node = requirementsOf([
      { key: 'b', operator: 'In', values: ['1'] },
      { key: 'a', operator: 'In', values: ['1'] },
    ]);
    const pod = requirementsOf([
      { key: 'b', operator: 'In', values: ['2'] },
      { key: 'a', operator: 'In', values: ['2'] },
    ]);
    expect(compatible(node, pod, NEW_NODE)).toEqual({
      key: 'a',
      message: 'a In [2] is asked, but a In [1] is offered',
    });
  });
});

describe('a label nobody knows', () => {
  test.each([
    ['topology.kubernetes.io/zones', ZONE],
    ['zone', ZONE],
    ['node.kubernetes.io/instance-typ', 'node.kubernetes.io/instance-type'],
    ['taem', undefined],
  ])('%s is taken for a slip of %s', (key, wantMeant) => {
    const incompatibility = compatible(one('team', 'In', 'a'), one(key, 'In', 'x'), NEW_NODE);
    expect(incompatibility?.message).toContain(`label "${key}" does not have known values`);
    if (wantMeant === undefined) expect(incompatibility?.message).not.toContain('typo');
    else expect(incompatibility).toMatchObject({ unknownLabel: { meant: wantMeant } });
  });
});
