// The same rules stand twice: as CEL in the CRDs, for the API server, and as code, for what CEL cannot see and for files.
// Here both judge the same random objects.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AWSNodeTemplate } from '../../src/api/aws-node-template.gen.ts';
import type { Problem } from '../../src/api/problem.ts';
import type { Provisioner } from '../../src/api/provisioner.gen.ts';
import { validateProvisioner, validateTemplate } from '../../src/api/validation.ts';
import { admissionProblems } from './crd-admission.ts';

const pathsOf = (problems: readonly Problem[]): readonly string[] =>
  [...new Set(problems.map(({ path }) => path))].sort();
// Mostly absent, so that most objects have few mistakes, or one broken field would hide what is said of the others.
const maybe = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });
const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const record = (keys: fc.Arbitrary<string>, values: fc.Arbitrary<unknown>) =>
  fc.dictionary(keys, values, { maxKeys: 3 });
/** JSON, as it would come from a file: fields that are undefined are not there. */
const asJson = <T>(value: unknown): T => JSON.parse(JSON.stringify(value));

const KEYS = oneOf(
  ...['team', 'example.com/team', 'a/b/c', '', '/x', 'Upper.com/x', 'x'.repeat(64), `${'a'.repeat(253)}/x`],
  ...[
    'kubernetes.io/arch',
    'beta.kubernetes.io/arch',
    'kubernetes.io/hostname',
    'node.kubernetes.io/foo',
    'a.node.kubernetes.io/x',
  ],
  ...[
    'karpenter.sh/provisioner-name',
    'karpenter.sh/capacity-type',
    'karpenter.sh/x',
    'mykarpenter.sh/x',
    'a.k8s.io/x',
  ],
  ...[
    'karpenter.k8s.aws/instance-family',
    'karpenter.k8s.aws/instance-colour',
    'topology.ebs.csi.aws.com/zone',
    'k8s.io',
    'kops.k8s.io/x',
  ],
);
const VALUES = oneOf('', 'a', '1', '-1', '+1', '007', '1.5', 'a b', 'a/b', 'a-', '9'.repeat(16), 'x'.repeat(64));
const TAINTS = fc.array(
  fc.record({
    key: oneOf('a', 'b', 'not a key', ''),
    value: maybe(VALUES),
    effect: oneOf('', 'NoSchedule', 'NoExecute', 'NoEntry'),
  }),
  { maxLength: 3 },
);
const REQUIREMENTS = fc.array(
  fc.record({
    key: KEYS,
    operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
    values: fc.option(fc.array(VALUES, { maxLength: 2 }), { nil: undefined }),
  }),
  { maxLength: 3 },
);
const SIGNALS = oneOf('memory.available', 'nodefs.available', 'pid.available', 'memory.free');
const THRESHOLDS = oneOf(
  '5%',
  '100%',
  '100.0%',
  '100.1%',
  '0%',
  '.5%',
  '%',
  '-1%',
  '+5%',
  '1Gi',
  '-1Gi',
  '1e3',
  '1e99',
  '1e3.5',
  'much',
  '',
);
const PERIODS = oneOf('30s', '1m30s', '1.5h', '0', '-1s', '30', 'soon', '');
const RESERVES = record(
  oneOf('cpu', 'memory', 'pid', 'foo'),
  oneOf<unknown>(1, 0, -1, '100m', '-100m', '+1', 'much', '1e3.5'),
);
const PERCENT = maybe(fc.integer({ min: 0, max: 100 }));

const PROVISIONERS = fc.record({
  kind: fc.constant('Provisioner'),
  metadata: fc.record({
    name: oneOf('default', 'default', 'default', 'a', '1abc', 'a.b', 'a-', 'A', 'a'.repeat(63), 'a'.repeat(64)),
  }),
  spec: fc.record({
    provider: oneOf({}, {}, {}, undefined),
    providerRef: maybe(oneOf<object>({ name: 'default' }, {})),
    ttlSecondsAfterEmpty: maybe(oneOf(0, 30, -1)),
    consolidation: maybe(oneOf<object>({}, { enabled: true }, { enabled: false })),
    labels: maybe(record(KEYS, VALUES)),
    taints: maybe(TAINTS),
    startupTaints: maybe(TAINTS),
    requirements: maybe(REQUIREMENTS),
    kubeletConfiguration: maybe(
      fc.record({
        evictionHard: maybe(record(SIGNALS, THRESHOLDS)),
        evictionSoft: maybe(record(SIGNALS, THRESHOLDS)),
        evictionSoftGracePeriod: maybe(record(SIGNALS, PERIODS)),
        systemReserved: maybe(RESERVES),
        kubeReserved: maybe(RESERVES),
        imageGCHighThresholdPercent: PERCENT,
        imageGCLowThresholdPercent: PERCENT,
      }),
    ),
  }),
});

const IDS = oneOf('ami-0', 'ami-0, ami-1', 'ami-', 'ami-0,', 'subnet-0', 'subnet-0,subnet-1', 'sg-0', '*', 'x', '');
const SELECTORS = record(oneOf('Name', 'aws-ids', 'aws::ids', 'aws::name', ''), IDS);
const SUFFIXES = oneOf('', 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'e9', 'E12', 'e-3');
const SIZES = fc.oneof(
  fc.integer({ min: 0, max: 70_000_000_000_000 }),
  fc
    .tuple(oneOf('', '+', '-'), oneOf('0', '1', '0.5', '.5', '5.', '58', '59', '64', '65', '1000', '64000'), SUFFIXES)
    .map((parts) => parts.join('')),
);
const MAPPINGS = fc.array(
  fc.record({
    deviceName: fc.constant('/dev/xvda'),
    ebs: fc.record({ volumeSize: fc.option(SIZES, { nil: undefined }), snapshotID: maybe(fc.constant('snap-0')) }),
  }),
  { maxLength: 2 },
);
const TAGS = record(
  oneOf(
    'Name',
    '',
    'karpenter.sh/managed-by',
    'karpenter.sh/machine-uid',
    'kubernetes.io/cluster/demo',
    'kubernetes.io/cluster',
    'x'.repeat(128),
    'x'.repeat(129),
  ),
  fc.constant('x'),
);

const TEMPLATES = fc.record({
  kind: fc.constant('AWSNodeTemplate'),
  metadata: fc.constant({ name: 'default' }),
  spec: fc.record({
    subnetSelector: fc.oneof(fc.constant({ Name: 'a' }), SELECTORS),
    securityGroupSelector: fc.option(SELECTORS, { nil: undefined }),
    amiSelector: maybe(SELECTORS),
    amiFamily: maybe(oneOf('AL2', 'Custom')),
    launchTemplate: maybe(fc.constant('mine')),
    userData: maybe(oneOf('', 'echo')),
    instanceProfile: maybe(fc.constant('mine')),
    metadataOptions: maybe(fc.constant({})),
    tags: maybe(TAGS),
    blockDeviceMappings: maybe(MAPPINGS),
  }),
});

describe('the CRD and the controller object to the same fields', () => {
  test('of a Provisioner', () => {
    const property = fc.property(PROVISIONERS.map(asJson<Provisioner>), (provisioner) => {
      expect(pathsOf(validateProvisioner(provisioner))).toEqual(pathsOf(admissionProblems(provisioner)));
    });
    fc.assert(property, { seed: 20211209, numRuns: 3_000 });
  });

  test('of an AWSNodeTemplate', () => {
    const property = fc.property(TEMPLATES.map(asJson<AWSNodeTemplate>), (template) => {
      expect(pathsOf(validateTemplate(template))).toEqual(pathsOf(admissionProblems(template)));
    });
    fc.assert(property, { seed: 20211209, numRuns: 3_000 });
  });
});
