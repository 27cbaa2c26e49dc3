import { describe, expect, test } from '@jest/globals';
import { defaultRequirements } from './defaulting.ts';
import type { ProvisionerSpec, RequirementSpec } from './provisioner.gen.ts';

const show = ({ key, operator, values = [] }: RequirementSpec) => `${key} ${operator} ${values.join(',')}`.trim();
const OS = 'kubernetes.io/os In linux';
const ARCH = 'kubernetes.io/arch In amd64';
const ON_DEMAND = 'karpenter.sh/capacity-type In on-demand';
const CATEGORY = 'karpenter.k8s.aws/instance-category In c,m,r';
const GENERATION = 'karpenter.k8s.aws/instance-generation Gt 2';

describe('defaultRequirements', () => {
  test.each<[string, Pick<ProvisionerSpec, 'labels' | 'requirements'>, readonly string[]]>([
    ['fills in everything when nothing is said', {}, [OS, ARCH, ON_DEMAND, CATEGORY, GENERATION]],
    [
      'leaves what is required alone',
      { requirements: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] },
      ['kubernetes.io/arch In arm64', OS, ON_DEMAND, CATEGORY, GENERATION],
    ],
    [
      'knows a key by its beta spelling, and keeps the spelling',
      { requirements: [{ key: 'beta.kubernetes.io/arch', operator: 'Exists' }] },
      ['beta.kubernetes.io/arch Exists', OS, ON_DEMAND, CATEGORY, GENERATION],
    ],
    [
      'assumes no families when instance types are chosen',
      { requirements: [{ key: 'node.kubernetes.io/instance-type', operator: 'NotIn', values: ['t2.nano'] }] },
      ['node.kubernetes.io/instance-type NotIn t2.nano', OS, ARCH, ON_DEMAND],
    ],
    [
      'assumes no generation when a category is chosen',
      { requirements: [{ key: 'karpenter.k8s.aws/instance-category', operator: 'In', values: ['g'] }] },
      ['karpenter.k8s.aws/instance-category In g', OS, ARCH, ON_DEMAND],
    ],
    [
      'takes a label for an answer',
      { labels: { 'karpenter.sh/capacity-type': 'spot', 'kubernetes.io/arch': 'arm64' } },
      [OS, CATEGORY, GENERATION],
    ],
    [
      'takes a label for the choice of instances',
      { labels: { 'node.kubernetes.io/instance-type': 'm5.large' } },
      [OS, ARCH, ON_DEMAND],
    ],
  ])('%s', (_, spec, want) => {
    expect(defaultRequirements(spec).map(show)).toEqual(want);
  });

  test('does not change the spec', () => {
    const spec = Object.freeze({ requirements: Object.freeze([]) as unknown as RequirementSpec[] });
    expect(defaultRequirements(spec)).toHaveLength(5);
  });
});
