import { describe, expect, test } from '@jest/globals';
import {
  isLabelValue,
  isQualifiedName,
  isRestrictedLabel,
  isRestrictedNodeLabel,
  normalizeLabel,
  WELL_KNOWN_LABELS,
} from './label-rules.ts';

describe('isRestrictedLabel', () => {
  test.each<[string, string, boolean]>([
    ['admits a label of the user’s own', 'team', false],
    ['admits a label of the user’s own domain', 'example.com/team', false],
    ['admits what is well known', 'karpenter.k8s.aws/instance-family', false],
    ['admits the domain node.kubernetes.io', 'node.kubernetes.io/foo', false],
    ['admits the domain kops.k8s.io', 'kops.k8s.io/x', false],
    ['admits a domain that only ends like a restricted one', 'mykarpenter.sh/x', false],
    ['refuses the host name', 'kubernetes.io/hostname', true],
    ['refuses our own domain', 'karpenter.sh/x', true],
    ['refuses a former label of ours', 'karpenter.sh/emptiness-timestamp', true],
    ['refuses a subdomain', 'team.kubernetes.io/x', true],
    ['refuses a subdomain of an excepted domain', 'a.node.kubernetes.io/x', true],
  ])('%s', (_, key, want) => {
    expect(isRestrictedLabel(key)).toBe(want);
  });
});

test('a node gets well-known and restricted labels from elsewhere, all others from us', () => {
  const keys = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname', 'node.kubernetes.io/foo', 'team'];
  expect(keys.filter(isRestrictedNodeLabel)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
});

test('every alias leads to a well-known label', () => {
  const aliases = [
    'beta.kubernetes.io/arch',
    'failure-domain.beta.kubernetes.io/zone',
    'topology.ebs.csi.aws.com/zone',
  ];
  for (const alias of aliases) expect(WELL_KNOWN_LABELS).toContain(normalizeLabel(alias));
  expect(normalizeLabel('team')).toBe('team');
});

describe('isQualifiedName', () => {
  test.each<[string, boolean]>([
    ['team', true],
    ['Team_1.a', true],
    ['example.com/team', true],
    [`${'a'.repeat(63)}`, true],
    [`${'a'.repeat(64)}`, false],
    [`${'a'.repeat(254)}/x`, false],
    ['', false],
    ['/team', false],
    ['example.com/', false],
    ['a/b/c', false],
    ['Example.com/team', false],
    ['-team', false],
    ['not a key', false],
  ])('%s: %s', (text, want) => {
    expect(isQualifiedName(text)).toBe(want);
  });
});

test('a label value may be empty, and has neither slash nor blank nor more than 63 characters', () => {
  const values = ['', 'a', 'a.b_c-d', 'a/b', 'a b', 'a-', 'a'.repeat(64)];
  expect(values.filter(isLabelValue)).toEqual(['', 'a', 'a.b_c-d']);
});
