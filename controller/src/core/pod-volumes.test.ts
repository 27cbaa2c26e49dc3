import { describe, expect, test } from '@jest/globals';
import { canAttach, claimsOf, joinVolumeTerms, satisfiableTerms, VOLUME_TERMS_MAX } from './pod-volumes.ts';
import type { Expression } from './requirements.ts';

const EBS = 'ebs.csi.aws.com';
const EFS = 'efs.csi.aws.com';
const isIn = (key: string, ...values: string[]): Expression => ({ key, operator: 'In', values });
const inZone = (...zones: string[]) => isIn('zone', ...zones);
const attachments = (driver: string, ...claims: string[]) => claims.map((claim) => ({ driver, claim }));

describe('the volumes of one pod can be attached together', () => {
  test.each([
    ['anywhere, when there are none', [], []],
    ['anywhere, when none of them cares', [[], []], []],
    ['where the only one that cares can be', [[], [[inZone('a')]]], [[inZone('a')]]],
    ['under any term of one', [[[inZone('a')], [inZone('b')]]], [[inZone('a')], [inZone('b')]]],
    ['where all of them can be', [[[inZone('a', 'b')]], [[inZone('b', 'c')]]], [[inZone('b')]]],
    [
      'once, where they are all alike',
      [
        [[inZone('a')], [inZone('b')]],
        [[inZone('b')], [inZone('a')]],
      ],
      [[inZone('a')], [inZone('b')]],
    ],
    ['under terms of each, joined', [[[inZone('a')]], [[isIn('rack', '1')]]], [[isIn('rack', '1'), inZone('a')]]],
  ])('%s', (_, volumes, wantTerms) => {
    expect(joinVolumeTerms(volumes)).toEqual(wantTerms);
  });

  test('nowhere, when two are in different zones', () => {
    expect(joinVolumeTerms([[[inZone('a')]], [[inZone('b')]]])).toBe('conflict');
  });

  test('in so many ways, and no more', () => {
    const ways = (key: string, count: number) => Array.from({ length: count }, (_, index) => [isIn(key, `${index}`)]);
    expect(joinVolumeTerms([ways('left', 16), ways('right', 16)])).toHaveLength(VOLUME_TERMS_MAX);
    expect(joinVolumeTerms([ways('left', 16), ways('right', 17)])).toBe('too-many');
  });
});

test('of the terms of one volume those that contradict themselves go, and what is said twice is said once', () => {
  const terms = [[inZone('a'), inZone('b')], [inZone('b', 'a')], [inZone('a', 'b', 'c'), inZone('a', 'b')]];
  expect(satisfiableTerms(terms)).toEqual([[inZone('a', 'b')]]);
});

describe('a node that can attach two volumes of a driver', () => {
  const limits = { [EBS]: 2 };
  const attached = (...claims: string[]) => claimsOf(attachments(EBS, ...claims));

  test.each([
    ['takes two new ones', attached(), attachments(EBS, 'a', 'b'), true],
    ['takes no third', attached('a', 'b'), attachments(EBS, 'c'), false],
    ['takes no three at once', attached(), attachments(EBS, 'a', 'b', 'c'), false],
    ['counts a claim once, whoever has it', attached('a', 'b'), attachments(EBS, 'a', 'b'), true],
    ['counts a claim once that a pod has twice', attached('a'), attachments(EBS, 'b', 'b'), true],
    ['takes any number of another driver', attached('a', 'b'), attachments(EFS, 'c', 'd', 'e'), true],
    ['takes a pod without volumes, though it has too many', attached('a', 'b', 'c'), [], true],
  ])('%s', (_, claims, wanted, want) => {
    expect(canAttach(limits, claims, wanted)).toBe(want);
  });
});
