import { describe, expect, test } from '@jest/globals';
import type { AWSNodeTemplate } from './aws-node-template.gen.ts';
import type { Problem } from './problem.ts';
import type { Provisioner } from './provisioner.gen.ts';
import { validateProvisioner, validateTemplate } from './validation.ts';

const provisioner = (spec: object) => ({ metadata: { name: 'default' }, spec }) as Provisioner;
const inline = (provider: unknown) => validateProvisioner(provisioner({ provider }));
const show = (problems: readonly Problem[]) => problems.map(({ path, message }) => `${path}: ${message}`);

// What CEL in the CRD cannot see: the schema keeps unknown fields under spec.provider, and has no say on their types.
describe('an inline provider', () => {
  test.each<[string, object]>([
    ['may be empty', {}],
    ['may hold only a profile', { instanceProfile: 'KarpenterNodeInstanceProfile-demo' }],
    ['may select what it uses', { subnetSelector: { a: '*' }, securityGroupSelector: { 'aws-ids': 'sg-1,sg-2' } }],
    ['may name a launch template', { launchTemplate: 'mine', subnetSelector: { a: 'b' } }],
    ['may describe volumes', { blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize: '100Gi' } }] }],
    ['may carry its old type', { apiVersion: 'extensions.karpenter.sh/v1alpha1', kind: 'AWS' }],
  ])('%s', (_, provider) => {
    expect(inline(provider)).toEqual([]);
  });

  test.each<[string, object, readonly string[]]>([
    ['with a misspelt field is refused', { instanceProfil: 'x' }, ['spec.provider.instanceProfil: unknown field']],
    ['cannot select images', { amiSelector: { a: 'b' } }, ['spec.provider.amiSelector: unknown field']],
    ['cannot have user data', { userData: 'echo' }, ['spec.provider.userData: unknown field']],
    ['cannot ask for monitoring', { detailedMonitoring: true }, ['spec.provider.detailedMonitoring: unknown field']],
    [
      'with a field of the wrong type is refused',
      { instanceProfile: 1 },
      ['spec.provider.instanceProfile: must be string'],
    ],
    [
      'with an empty selector value is refused',
      { subnetSelector: { Name: '' } },
      ['spec.provider.subnetSelector[Name]: must NOT have fewer than 1 characters'],
    ],
    [
      'with an ownership tag is refused',
      { tags: { 'kubernetes.io/cluster/demo': 'owned' } },
      ['spec.provider.tags: tag kubernetes.io/cluster/demo is restricted; the controller sets it itself'],
    ],
    [
      'with a launch template and what it excludes is refused once for each',
      { launchTemplate: 'mine', instanceProfile: 'x', metadataOptions: {} },
      [
        'spec.provider.instanceProfile: expected exactly one, got both: launchTemplate, instanceProfile',
        'spec.provider.metadataOptions: expected exactly one, got both: launchTemplate, metadataOptions',
      ],
    ],
    [
      'with too large a volume is refused',
      { blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize: '100T' } }] },
      ['spec.provider.blockDeviceMappings[0].ebs.volumeSize: must be from 1G to 64T'],
    ],
    [
      'of the family Custom is refused: it cannot say which image',
      { amiFamily: 'Custom' },
      ['spec.provider.amiSelector: amiFamily Custom needs an amiSelector'],
    ],
  ])('%s', (_, provider, want) => {
    expect(show(inline(provider))).toEqual(want);
  });
});

describe('annotations on preferences', () => {
  const POLICY = 'karpenter.sh/preference-policy';
  const COST = 'karpenter.sh/unmet-preference-cost';
  const annotated = (annotations: Record<string, string>) => {
    const metadata = { name: 'default', annotations };
    return show(validateProvisioner({ metadata, spec: { provider: {} } } as Provisioner));
  };

  test.each<[Record<string, string>]>([
    [{}],
    [{ 'example.com/preference-policy': 'none' }],
    [{ [POLICY]: 'respect' }],
    [{ [POLICY]: 'ignore' }],
    [{ [POLICY]: 'priced', [COST]: '0.02' }],
  ])('%j are fine', (annotations) => {
    expect(annotated(annotations)).toEqual([]);
  });

  test.each<[Record<string, string>, readonly string[]]>([
    [{ [POLICY]: 'Ignore' }, [`metadata.annotations[${POLICY}]: must be one of respect, ignore, priced, is "Ignore"`]],
    [{ [POLICY]: 'priced' }, [`metadata.annotations[${COST}]: is required with ${POLICY}: priced`]],
    [{ [COST]: '0.02' }, [`metadata.annotations[${COST}]: goes with ${POLICY}: priced only, which here is respect`]],
    [
      { [POLICY]: 'ignore', [COST]: '0.02' },
      [`metadata.annotations[${COST}]: goes with ${POLICY}: priced only, which here is ignore`],
    ],
    ...['', '-1', '1e3', '.5', '1.', '$1', ' 1', '0,02', '0.0000000001', '1000000'].map(
      (cost): [Record<string, string>, readonly string[]] => [
        { [POLICY]: 'priced', [COST]: cost },
        [
          `metadata.annotations[${COST}]: must be USD per hour as a decimal number such as "0.02", with at most 9 decimals, is "${cost}"`,
        ],
      ],
    ),
  ])('%j are refused', (annotations, wantProblems) => {
    expect(annotated(annotations)).toEqual(wantProblems);
  });
});

test('every problem is told at once', () => {
  const spec = {
    provider: { oops: 1 },
    labels: { 'karpenter.sh/x': 'a b' },
    ttlSecondsAfterEmpty: 1,
    consolidation: { enabled: true },
  };
  expect(validateProvisioner(provisioner(spec)).map(({ path }) => path)).toEqual([
    'spec.provider.oops',
    'spec.ttlSecondsAfterEmpty',
    'spec.labels',
    'spec.labels[karpenter.sh/x]',
  ]);
});

test('a mistake made a thousand times is told fifty times', () => {
  const requirements = Array.from({ length: 100 }, () => ({ key: 'kubernetes.io/arch', operator: 'In' }));
  expect(validateProvisioner(provisioner({ provider: {}, requirements }))).toHaveLength(50);
});

test('an object without name or spec is refused, not tripped over', () => {
  expect(show(validateProvisioner({ metadata: {} } as Provisioner))).toEqual(['spec: is required']);
  expect(show(validateTemplate({} as AWSNodeTemplate))).toEqual(['spec: is required']);
  const nameless = [{ metadata: {}, spec: { provider: {} } }, { spec: { provider: {} } }] as Provisioner[];
  for (const object of nameless) expect(validateProvisioner(object).map(({ path }) => path)).toEqual(['metadata.name']);
});
