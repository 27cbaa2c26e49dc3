import { describe, expect, test } from '@jest/globals';
import { CREATED_MS, listed, nodeObject, podObject, removed, tell } from '../../test/cluster-objects.ts';
import type { KubeObject } from '../api/meta.ts';
import type { PodVolumes } from '../core/pod-volumes.ts';
import type { Expression } from '../core/requirements.ts';
import { ClusterState } from './cluster-state.ts';
import { pendingDemandOf, snapshotOf } from './snapshot.ts';

type Json = Record<string, unknown>;

const EBS = 'ebs.csi.aws.com';
const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
const isIn = (key: string, ...values: string[]): Expression => ({ key, operator: 'In', values });
const SIZE = { resources: { requests: { storage: '8Gi' } }, accessModes: ['ReadWriteOnce'] };

function claim(name: string, spec: Json = {}, metadata: Json = {}): KubeObject {
  return {
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { ...SIZE, ...spec },
  };
}

/** A volume that is in one of these zones, or nowhere in particular. */
function volume(name: string, zones: readonly string[], spec: Json = {}, phase = 'Bound'): KubeObject {
  const terms = [{ matchExpressions: [isIn(ZONE, ...zones)] }];
  const affinity = zones.length === 0 ? {} : { nodeAffinity: { required: { nodeSelectorTerms: terms } } };
  const capacity = { storage: '10Gi' };
  return {
    kind: 'PersistentVolume',
    metadata: { name },
    spec: { ...affinity, capacity, accessModes: ['ReadWriteOnce'], csi: { driver: EBS }, ...spec },
    status: { phase },
  };
}

/** A class that waits for pods, unless told otherwise. */
function storageClass(name: string, zones: readonly string[], rest: Json = {}, annotations = {}): KubeObject {
  const topologies = [{ matchLabelExpressions: [{ key: ZONE, values: zones }] }];
  return {
    kind: 'StorageClass',
    metadata: { name, annotations, creationTimestamp: '2026-01-01T00:00:00Z' },
    provisioner: EBS,
    volumeBindingMode: 'WaitForFirstConsumer',
    ...(zones.length === 0 ? {} : { allowedTopologies: topologies }),
    ...rest,
  };
}

const NO_PROVISIONER = { provisioner: 'kubernetes.io/no-provisioner' };
const AT_ONCE = { volumeBindingMode: 'Immediate' };

function stateOf(...objects: readonly KubeObject[]): ClusterState {
  const state = new ClusterState();
  tell(state, ...objects);
  return state;
}

/** What the only pending pod asks because of its volumes. */
function asked(state: ClusterState): PodVolumes {
  const [demand, ...others] = pendingDemandOf(state);
  if (demand === undefined || others.length > 0) throw new Error(`${others.length + 1} pods are pending`);
  const { volumeTerms, attachments, volumeProblem } = demand;
  return { volumeTerms, attachments, ...(volumeProblem === undefined ? {} : { volumeProblem }) };
}

const owner = podObject('p', { claims: ['data'] });
const dataAttachment = [{ driver: EBS, claim: 'default/data' }];

describe('a pending pod is to run', () => {
  test.each<[string, readonly KubeObject[], PodVolumes['volumeTerms']]>([
    [
      'where the volume of its claim is',
      [claim('data', { volumeName: 'pv-1' }), volume('pv-1', ['a'])],
      [[isIn(ZONE, 'a')]],
    ],
    ['anywhere, if its volume is', [claim('data', { volumeName: 'pv-1' }), volume('pv-1', [])], []],
    [
      'where its class makes volumes, while it has none',
      [claim('data', { storageClassName: 'gp3' }), storageClass('gp3', ['a', 'b'])],
      [[isIn(ZONE, 'a', 'b')]],
    ],
    [
      'anywhere, if its class makes volumes everywhere',
      [claim('data', { storageClassName: 'gp3' }), storageClass('gp3', [])],
      [],
    ],
    [
      'where the default class makes volumes, if it names none; the newest is the default',
      [
        claim('data'),
        storageClass('old', ['a'], {}, { 'storageclass.kubernetes.io/is-default-class': 'true' }),
        {
          ...storageClass('new', ['b']),
          metadata: {
            name: 'new',
            annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
            creationTimestamp: '2026-01-02T00:00:00Z',
          },
        },
      ],
      [[isIn(ZONE, 'b')]],
    ],
    [
      'where a volume is free that suits, or can be made',
      [
        claim('data', { storageClassName: 'gp3' }),
        storageClass('gp3', ['a']),
        volume('free', ['b'], { storageClassName: 'gp3' }, 'Available'),
        volume('taken', ['c'], { storageClassName: 'gp3' }),
      ],
      [[isIn(ZONE, 'a')], [isIn(ZONE, 'b')]],
    ],
    [
      'on the node for which its volume is being made',
      [
        claim('data', { storageClassName: 'gp3' }, { annotations: { 'volume.kubernetes.io/selected-node': 'n' } }),
        storageClass('gp3', ['a']),
        nodeObject('n', { labels: { [HOSTNAME]: 'host-n' } }),
      ],
      [[isIn(HOSTNAME, 'host-n')]],
    ],
  ])('%s', (_, objects, wantTerms) => {
    expect(asked(stateOf(owner, ...objects))).toEqual({ volumeTerms: wantTerms, attachments: dataAttachment });
  });

  test('where a volume is free that suits, if its class makes none: large enough, of its modes and labels, and not kept for others', () => {
    const local = (name: string, zone: string, spec: Json = {}, labels = {}): KubeObject => {
      const free = volume(name, [zone], { storageClassName: 'local', ...spec }, 'Available');
      return { ...free, metadata: { name, labels: { tier: 'db', ...labels } } };
    };
    const state = stateOf(
      owner,
      claim('data', { storageClassName: 'local', selector: { matchLabels: { tier: 'db' } } }),
      storageClass('local', [], NO_PROVISIONER),
      local('small', 'a', { capacity: { storage: '7Gi' } }),
      local('shared', 'b', { accessModes: ['ReadOnlyMany'] }),
      local('raw', 'c', { volumeMode: 'Block' }),
      local('kept', 'd', { claimRef: { namespace: 'default', name: 'other' } }),
      local('web', 'e', {}, { tier: 'web' }),
      local('promised', 'f', { claimRef: { namespace: 'default', name: 'data' } }),
      local('good', 'g'),
    );
    expect(asked(state)).toEqual({ volumeTerms: [[isIn(ZONE, 'g')], [isIn(ZONE, 'f')]], attachments: [] });
    state.apply(removed(local('good', 'g')));
    state.apply(removed(local('promised', 'f')));
    expect(asked(state).volumeProblem).toEqual({
      code: 'volume-not-found',
      message: 'no free PersistentVolume of StorageClass local suits its claim default/data',
    });
  });

  test('where the class of its ephemeral volume makes volumes, before the claim is there and after', () => {
    const state = stateOf(podObject('p', { ephemeral: { work: 'gp3' } }), storageClass('gp3', ['a']));
    const want = { volumeTerms: [[isIn(ZONE, 'a')]], attachments: [{ driver: EBS, claim: 'default/p-work' }] };
    expect(asked(state)).toEqual(want);
    const ownerReferences = [{ kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }];
    tell(state, claim('p-work', { storageClassName: 'gp3' }, { ownerReferences }));
    expect(asked(state)).toEqual(want);
    tell(state, claim('p-work', { storageClassName: 'gp3' }));
    expect(asked(state).volumeProblem?.code).toBe('volume-not-found');
  });

  test('elsewhere as soon as its claim says so: nothing of it is remembered', () => {
    const state = stateOf(owner, claim('data', { storageClassName: 'gp3' }), storageClass('gp3', ['a', 'b']));
    tell(state, volume('pv-1', ['b']), claim('data', { volumeName: 'pv-1' }));
    expect(asked(state).volumeTerms).toEqual([[isIn(ZONE, 'b')]]);
    state.apply(listed('PersistentVolumeClaim'));
    expect(asked(state).volumeProblem?.message).toBe('its claim default/data does not exist');
  });
});

describe('a pending pod waits, and is told', () => {
  test.each<[string, readonly KubeObject[], string, string]>([
    ['that its claim is missing', [], 'volume-not-found', 'its claim default/data does not exist'],
    [
      'that its claim is going',
      [claim('data', { volumeName: 'pv-1' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }), volume('pv-1', [])],
      'volume-not-found',
      'its claim default/data is being deleted',
    ],
    [
      'that its claim cannot be read, and where',
      [claim('data', { accessModes: 'all' })],
      'volume-not-found',
      'its claim default/data cannot be read: spec.accessModes: must be a list, is "all"',
    ],
    [
      'that the volume of its claim is missing',
      [claim('data', { volumeName: 'pv-1' })],
      'volume-not-found',
      'the PersistentVolume pv-1 of its claim default/data does not exist',
    ],
    [
      'that the volume of its claim can be attached nowhere',
      [
        claim('data', { volumeName: 'pv-1' }),
        volume('pv-1', [], { nodeAffinity: { required: { nodeSelectorTerms: [{}] } } }),
      ],
      'volume-not-found',
      'the PersistentVolume pv-1 of its claim default/data cannot be read: spec.nodeAffinity.required.nodeSelectorTerms: no term selects any node',
    ],
    [
      'that the class of its claim is missing',
      [claim('data', { storageClassName: 'gp3' })],
      'volume-not-found',
      'the StorageClass gp3 of its claim default/data does not exist',
    ],
    [
      'that its claim has neither volume nor class',
      [
        claim('data', { storageClassName: '' }),
        storageClass('gp3', [], {}, { 'storageclass.kubernetes.io/is-default-class': 'true' }),
      ],
      'volume-not-bound',
      'its claim default/data has no volume yet, and no StorageClass',
    ],
    [
      'that its claim is about to get a volume, in a zone that nobody knows yet',
      [claim('data', { storageClassName: 'gp3' }), storageClass('gp3', ['a'], AT_ONCE)],
      'volume-not-bound',
      'its claim default/data has no volume yet, and StorageClass gp3 does not wait for a pod to choose the zone',
    ],
  ])('%s', (_, objects, code, message) => {
    expect(asked(stateOf(owner, ...objects))).toEqual({
      volumeTerms: [],
      attachments: [],
      volumeProblem: { code, message },
    });
  });

  test('that another pod has a claim that is for one pod at a time, until that pod has ended', () => {
    const holder = podObject('holder', { nodeName: 'n', phase: 'Running', claims: ['data'] });
    const state = stateOf(
      owner,
      holder,
      claim('data', { volumeName: 'pv-1', accessModes: ['ReadWriteOncePod'] }),
      volume('pv-1', ['a']),
    );
    expect(asked(state).volumeProblem).toEqual({
      code: 'volume-conflict',
      message: 'its claim default/data is for one pod at a time, and default/holder has it',
    });
    tell(state, podObject('holder', { nodeName: 'n', phase: 'Succeeded', claims: ['data'] }));
    expect(asked(state)).not.toHaveProperty('volumeProblem');
    tell(state, holder);
    state.apply(removed(holder));
    expect(asked(state)).not.toHaveProperty('volumeProblem');
  });

  test('nothing of a claim that several pods may have', () => {
    const holder = podObject('holder', { nodeName: 'n', phase: 'Running', claims: ['data'] });
    const state = stateOf(owner, holder, claim('data', { volumeName: 'pv-1' }), volume('pv-1', ['a']));
    expect(asked(state)).toEqual({ volumeTerms: [[isIn(ZONE, 'a')]], attachments: dataAttachment });
  });

  test('that no node could have two of its volumes', () => {
    const state = stateOf(
      podObject('p', { claims: ['left', 'right'] }),
      claim('left', { volumeName: 'pv-1' }),
      claim('right', { volumeName: 'pv-2' }),
      volume('pv-1', ['a']),
      volume('pv-2', ['b']),
    );
    expect(asked(state).volumeProblem).toEqual({
      code: 'volume-conflict',
      message: 'no node could have the volumes of all its claims: default/left, default/right',
    });
  });
});

test('a node shows what it can attach and what is attached to it; done pods hold nothing', () => {
  const csiNode: KubeObject = {
    kind: 'CSINode',
    metadata: { name: 'n' },
    spec: { drivers: [{ name: EBS, allocatable: { count: 3 } }] },
  };
  const state = stateOf(
    nodeObject('n'),
    csiNode,
    claim('data', { volumeName: 'pv-1' }),
    volume('pv-1', ['a']),
    claim('logs', { storageClassName: 'gp3' }),
    storageClass('gp3', [], { provisioner: 'kubernetes.io/aws-ebs' }),
    podObject('p', { nodeName: 'n', phase: 'Running', claims: ['data', 'missing'] }),
    podObject('q', { nodeName: 'n', phase: 'Running', claims: ['logs'] }),
    podObject('done', { nodeName: 'n', phase: 'Succeeded', claims: ['data'] }),
  );
  const [node] = snapshotOf(state, [], new Map(), CREATED_MS).nodes;
  expect(node?.attachmentLimits).toEqual({ [EBS]: 3 });
  expect(node?.pods.flatMap(({ demand }) => demand.attachments)).toEqual([
    { driver: EBS, claim: 'default/data' },
    { driver: EBS, claim: 'default/logs' },
  ]);
  state.apply(removed(csiNode));
  expect(snapshotOf(state, [], new Map(), CREATED_MS).nodes[0]).not.toHaveProperty('attachmentLimits');
});
