import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { AWSNodeTemplateSpec } from './aws-node-template.gen.ts';
import { nodeTemplateHash, provisionerHash } from './hash.ts';
import type { ProvisionerSpec, TaintSpec } from './provisioner.gen.ts';

const TAINTS: TaintSpec[] = [
  { key: 'keyValue1', effect: 'NoExecute' },
  { key: 'keyValue2', effect: 'NoExecute' },
];
const PROVISIONER: ProvisionerSpec = {
  annotations: { keyAnnotation: 'valueAnnotation', keyAnnotation2: 'valueAnnotation2' },
  labels: { keyLabel: 'valueLabel', keyLabel2: 'valueLabel2', 'testing/cluster': 'unspecified' },
  taints: TAINTS,
  startupTaints: TAINTS,
  kubeletConfiguration: { maxPods: 10 },
};
// Upstream's sample; its values are no AWS values, so the generated enums do not admit them.
const TEMPLATE = {
  amiFamily: 'AL2',
  context: 'context-1',
  instanceProfile: 'profile-1',
  tags: { 'keyTag-1': 'valueTag-1', 'keyTag-2': 'valueTag-2' },
  metadataOptions: { httpEndpoint: 'test-metadata-1' },
  blockDeviceMappings: [{ deviceName: 'map-device-1' }, { deviceName: 'map-device-2' }],
  userData: 'userdata-test-1',
  detailedMonitoring: false,
} as unknown as AWSNodeTemplateSpec;
const template = (spec: object) => spec as AWSNodeTemplateSpec;

describe('provisionerHash gives the value that upstream computes', () => {
  test.each<[string, ProvisionerSpec, string]>([
    ['of a full spec', PROVISIONER, '775825888864018614'],
    ['of another maxPods', { ...PROVISIONER, kubeletConfiguration: { maxPods: 30 } }, '12466819533084384505'],
    [
      'of other taints',
      { ...PROVISIONER, taints: [{ key: 'keytest2Taint', effect: 'NoExecute' }] },
      '2448241124432930761',
    ],
    ['of an empty spec', {}, '1599235016353422174'],
    ['of one label', { labels: { team: 'a' } }, '8519169638160312013'],
    ['of a pointer to false', { kubeletConfiguration: { cpuCFSQuota: false } }, '13556350746913256718'],
    ['of a list', { kubeletConfiguration: { clusterDNS: ['10.0.1.100'] } }, '17022404184458407517'],
  ])('%s', (_, spec, want) => {
    expect(provisionerHash(spec)).toBe(want);
  });
});

describe('nodeTemplateHash gives the value that upstream computes', () => {
  test.each<[string, AWSNodeTemplateSpec, string]>([
    ['of a full spec', TEMPLATE, '8218109239399812816'],
    ['with detailed monitoring', { ...TEMPLATE, detailedMonitoring: true }, '1327478230553204075'],
    ['of another family', { ...TEMPLATE, amiFamily: 'Bottlerocket' }, '11757951095500780022'],
    ['of an empty spec', template({}), '4067786807955613111'],
    ['of a family alone', template({ amiFamily: 'Bottlerocket' }), '18227877945128738207'],
    [
      'of a volume',
      template({ blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize: '100Gi', volumeType: 'gp3' } }] }),
      '11993965054677599749',
    ],
  ])('%s', (_, spec, want) => {
    expect(nodeTemplateHash(spec)).toBe(want);
  });
});

// Computed with the Go library itself (github.com/mitchellh/hashstructure v2.0.2) over structs of upstream's shape.
describe('every kind of field hashes as the Go library does it', () => {
  const vectors = JSON.parse(readFileSync(new URL('./hash-vectors.json', import.meta.url), 'utf8'));

  test.each<{ wantHash: string; spec: ProvisionerSpec }>(vectors.provisioners)(
    'Provisioner $spec',
    ({ wantHash, spec }) => {
      expect(provisionerHash(spec)).toBe(wantHash);
    },
  );

  test.each<{ wantHash: string; spec: AWSNodeTemplateSpec }>(vectors.templates)(
    'AWSNodeTemplate $spec',
    ({ wantHash, spec }) => {
      expect(nodeTemplateHash(spec)).toBe(wantHash);
    },
  );
});

describe('a hash stays the same', () => {
  test('when taints change places', () => {
    expect(provisionerHash({ ...PROVISIONER, taints: TAINTS.toReversed() })).toBe(provisionerHash(PROVISIONER));
  });

  test('when only what decides the next purchase changes', () => {
    const requirements = [{ key: 'kubernetes.io/arch', operator: 'In' as const, values: ['arm64'] }];
    expect(provisionerHash({ ...PROVISIONER, requirements, weight: 5, ttlSecondsUntilExpired: 60 })).toBe(
      provisionerHash(PROVISIONER),
    );
  });

  test('when a volume size is spelt differently', () => {
    const sized = (volumeSize: string) =>
      template({ blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize } }] });
    expect(nodeTemplateHash(sized('1024Mi'))).toBe(nodeTemplateHash(sized('1Gi')));
  });
});

test('a volume size that is no quantity still has a hash: refusing it is for validation', () => {
  const broken = template({ blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize: 'big' } }] });
  expect(nodeTemplateHash(broken)).toMatch(/^\d+$/);
});
