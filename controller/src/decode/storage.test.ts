import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../api/meta.ts';
import { decodeCsiNode } from './csi-node.ts';
import { decodeVolume } from './persistent-volume.ts';
import { decodeClaim } from './persistent-volume-claim.ts';
import { decodeStorageClass } from './storage-class.ts';

type Json = Record<string, unknown>;

const GI = 1024 ** 3;
const ZONE = 'topology.kubernetes.io/zone';
const inZone = (...values: string[]) => ({ key: ZONE, operator: 'In', values });
const object = (rest: Json, metadata: Json = {}) => ({ metadata: { name: 'x', ...metadata }, ...rest }) as KubeObject;

describe('a claim', () => {
  const claim = (spec: Json, metadata: Json = {}) => decodeClaim(object({ spec }, metadata));
  const storage = { resources: { requests: { storage: '8Gi' } }, accessModes: ['ReadWriteOnce'] };

  test('with a volume is its name and its class', () => {
    expect(claim({ ...storage, volumeName: 'pv-1', storageClassName: 'gp3' })).toEqual({
      volumeName: 'pv-1',
      className: 'gp3',
      isDeleting: false,
      isForOnePod: false,
    });
  });

  test('without one says what volume would suit it', () => {
    const selector = { matchLabels: { tier: 'db' } };
    expect(claim({ ...storage, selector })).toMatchObject({
      wish: {
        storageBytes: 8 * GI,
        accessModes: ['ReadWriteOnce'],
        mode: 'Filesystem',
        selector: [{ key: 'tier', operator: 'In', values: ['db'] }],
      },
    });
  });

  test('tells no class, which the default stands in for, from the empty one, which wants none', () => {
    expect(claim(storage)).not.toHaveProperty('className');
    expect(claim({ ...storage, storageClassName: '' })).toHaveProperty('className', '');
    const annotations = { 'volume.beta.kubernetes.io/storage-class': 'old' };
    expect(claim({ ...storage, storageClassName: 'new' }, { annotations })).toHaveProperty('className', 'old');
  });

  test('knows the node that its volume is being made for, whose it is, and that it is going', () => {
    const metadata = {
      annotations: { 'volume.kubernetes.io/selected-node': 'n-1' },
      ownerReferences: [{ kind: 'Pod', name: 'p', uid: 'pod-1', controller: true }],
      deletionTimestamp: '2026-01-01T00:00:00Z',
    };
    expect(claim(storage, metadata)).toMatchObject({ selectedNode: 'n-1', controllerUid: 'pod-1', isDeleting: true });
  });

  test('with an amount that is none is refused with its path', () => {
    expect(claim({ resources: { requests: { storage: 'much' } } })).toEqual({
      path: 'spec.resources.requests.storage',
      message: 'must be a quantity, is "much"',
    });
  });
});

describe('a volume', () => {
  const volume = (spec: Json, rest: Json = {}, labels: Json = {}) =>
    decodeVolume(object({ spec, ...rest }, { labels }));
  const affinity = (...terms: Json[]) => ({ nodeAffinity: { required: { nodeSelectorTerms: terms } } });

  test('can be attached under any of its terms, old label names read as today’s', () => {
    const terms = affinity(
      { matchExpressions: [{ key: 'failure-domain.beta.kubernetes.io/zone', operator: 'In', values: ['a'] }] },
      { matchExpressions: [{ key: 'topology.ebs.csi.aws.com/zone', operator: 'In', values: ['b'] }] },
    );
    expect(volume(terms)).toMatchObject({ nodeTerms: [[inZone('a')], [inZone('b')]] });
  });

  test('without affinity can be attached anywhere', () => {
    expect(volume({})).toMatchObject({ nodeTerms: [] });
  });

  test('has no term that is empty or goes by fields, for kube-scheduler shows it labels only', () => {
    const byName = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] };
    const zonal = { matchExpressions: [inZone('a')] };
    expect(volume(affinity({}, byName, zonal))).toMatchObject({ nodeTerms: [[inZone('a')]] });
    expect(volume(affinity({}, byName))).toEqual({
      path: 'spec.nodeAffinity.required.nodeSelectorTerms',
      message: 'no term selects any node',
    });
  });

  test('of before CSI says its zones by a label', () => {
    const labels = { 'failure-domain.beta.kubernetes.io/zone': 'a__b', team: 'x' };
    expect(volume({}, {}, labels)).toMatchObject({ nodeTerms: [[inZone('a', 'b')]] });
    const terms = affinity({ matchExpressions: [{ key: 'rack', operator: 'Exists' }] });
    expect(volume(terms, {}, labels)).toMatchObject({
      nodeTerms: [[{ key: 'rack', operator: 'Exists', values: [] }, inZone('a', 'b')]],
    });
  });

  test('whose label denies its terms is refused', () => {
    const labels = { 'topology.kubernetes.io/zone': 'b' };
    expect(volume(affinity({ matchExpressions: [inZone('a')] }), {}, labels)).toHaveProperty('message');
    const either = affinity({ matchExpressions: [inZone('a')] }, { matchExpressions: [inZone('b')] });
    expect(volume(either, {}, labels)).toMatchObject({ nodeTerms: [[inZone('b')]] });
  });

  test.each([
    ['its CSI driver', { csi: { driver: 'efs.csi.aws.com' } }, 'efs.csi.aws.com'],
    ['the driver that took EBS over', { awsElasticBlockStore: { volumeID: 'vol-1' } }, 'ebs.csi.aws.com'],
    ['nobody', { nfs: { server: 's' } }, undefined],
  ])('is attached by %s', (_, spec, wantDriver) => {
    expect((volume(spec) as { driver?: string }).driver).toBe(wantDriver);
  });

  test('is on offer until a claim has it', () => {
    const spec = {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      claimRef: { namespace: 'shop', name: 'data' },
    };
    const offer = { className: 'local', storageBytes: 10 * GI, accessModes: ['ReadWriteOnce'], mode: 'Filesystem' };
    expect(volume(spec)).toMatchObject({ offer: { ...offer, claim: 'shop/data' } });
    expect(volume(spec, { status: { phase: 'Bound' } })).not.toHaveProperty('offer');
  });
});

describe('a StorageClass', () => {
  const storageClass = (rest: Json, metadata: Json = {}) =>
    decodeStorageClass(object({ provisioner: 'ebs.csi.aws.com', ...rest }, metadata));

  test('binds at once unless it says otherwise', () => {
    expect(storageClass({})).toMatchObject({ waitsForPod: false, isDefault: false, nodeTerms: [] });
    expect(storageClass({ volumeBindingMode: 'WaitForFirstConsumer' })).toMatchObject({ waitsForPod: true });
    expect(storageClass({ volumeBindingMode: 'Later' })).toMatchObject({ path: 'volumeBindingMode' });
  });

  test('makes volumes under any of its topologies', () => {
    const allowedTopologies = [
      { matchLabelExpressions: [{ key: 'topology.ebs.csi.aws.com/zone', values: ['a', 'b'] }] },
      { matchLabelExpressions: [{ key: 'rack', values: ['1'] }] },
    ];
    expect(storageClass({ allowedTopologies })).toMatchObject({
      nodeTerms: [[inZone('a', 'b')], [{ key: 'rack', operator: 'In', values: ['1'] }]],
    });
    expect(storageClass({ allowedTopologies: [{}] })).toMatchObject({ path: 'allowedTopologies' });
  });

  test.each([
    ['its own driver', 'ebs.csi.aws.com', 'ebs.csi.aws.com'],
    ['the driver that took its plugin over', 'kubernetes.io/aws-ebs', 'ebs.csi.aws.com'],
    ['no driver, where it makes no volumes', 'kubernetes.io/no-provisioner', undefined],
  ])('has %s', (_, provisioner, wantDriver) => {
    expect((storageClass({ provisioner }) as { driver?: string }).driver).toBe(wantDriver);
  });

  test('is the default where an annotation says so', () => {
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    expect(storageClass({}, { annotations })).toMatchObject({ isDefault: true });
  });
});

test('a CSINode limits the drivers that state a count', () => {
  const drivers = [{ name: 'ebs.csi.aws.com', allocatable: { count: 25 } }, { name: 'efs.csi.aws.com' }];
  expect(decodeCsiNode(object({ spec: { drivers } }))).toEqual({ limits: { 'ebs.csi.aws.com': 25 } });
  expect(decodeCsiNode(object({ spec: { drivers: [{ name: 'x', allocatable: { count: '25' } }] } }))).toMatchObject({
    path: 'spec.drivers[0].allocatable.count',
  });
});
