import { describe, expect, test } from '@jest/globals';
import { discoveryTags, foreignValues, tagPlans } from './tags.ts';

const OURS = 'karpenter-gitops/dev';
const WANTED = discoveryTags('demo', { clusterTag: true, karpenterTag: true });
const CLUSTER = 'kubernetes.io/cluster/demo';
const MARKER = `karpenter-gitops/tagged-by/${CLUSTER}`;

const keysPlanned = (tags: Record<string, string>) => tagPlans({ tags }, { [CLUSTER]: '' }, OURS).map(({ key }) => key);

describe('discovery tags', () => {
  test('are what the page writes, and the convention of later years where it is asked for', () => {
    expect(WANTED).toEqual({ 'kubernetes.io/cluster/demo': '', 'karpenter.sh/discovery': 'demo' });
    expect(discoveryTags('demo', { clusterTag: true, karpenterTag: false })).toEqual({
      'kubernetes.io/cluster/demo': '',
    });
  });

  test('are added to a subnet that has none, the marker before the tag it marks', () => {
    expect(keysPlanned({ Name: 'private-a' })).toEqual([MARKER, CLUSTER]);
  });

  test('stay ours in the next run, when AWS shows them like any other', () => {
    expect(keysPlanned({ [CLUSTER]: '', [MARKER]: OURS })).toEqual([MARKER, CLUSTER]);
  });

  test('are completed after a crash between marker and tag', () => {
    expect(keysPlanned({ [MARKER]: OURS })).toEqual([MARKER, CLUSTER]);
  });

  test.each([
    ['EKS has put there', { [CLUSTER]: 'owned' }],
    ['somebody has put there by hand', { [CLUSTER]: '' }],
    ['another stack has put there', { [CLUSTER]: '', [MARKER]: 'karpenter-gitops/other' }],
  ])('that %s are left alone', (_whose, tags) => {
    expect(keysPlanned(tags as Record<string, string>)).toEqual([]);
  });

  test('are marked within the length of a tag key, however long the name of the cluster', () => {
    const wanted = discoveryTags('a'.repeat(100), { clusterTag: true, karpenterTag: false });
    const plans = tagPlans({ tags: {} }, wanted, OURS);
    expect(plans.map(({ key }) => key.length <= 128)).toEqual([true, true]);
    expect(new Set(plans.map(({ key }) => key)).size).toBe(2);
  });

  test('with a foreign value are reported where the value matters', () => {
    const tags = { [CLUSTER]: 'shared', 'karpenter.sh/discovery': 'another-cluster' };
    expect(foreignValues({ tags }, WANTED)).toEqual(['karpenter.sh/discovery']);
  });
});
