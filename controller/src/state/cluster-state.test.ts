import { describe, expect, test } from '@jest/globals';
import {
  listed,
  machineObject,
  nodeObject,
  podObject,
  provisionerObject,
  removed,
  tell,
} from '../../test/cluster-objects.ts';
import type { WatchedKind } from '../ports/kube.ts';
import { type Change, ClusterState } from './cluster-state.ts';

const ID = 'aws:///us-east-1a/i-0aaa';
const OTHER_ID = 'aws:///us-east-1a/i-0bbb';
const KINDS: readonly WatchedKind[] = [
  'Pod',
  'Node',
  'Namespace',
  'Machine',
  'Provisioner',
  'AWSNodeTemplate',
  'DaemonSet',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'StorageClass',
  'CSINode',
];

function changesOf(state: ClusterState): Change[] {
  const changes: Change[] = [];
  state.onChange((change) => changes.push(change));
  return changes;
}

describe('the state', () => {
  test('is synced once every kind that decisions read has been listed, empty lists included', () => {
    const state = new ClusterState();
    for (const kind of KINDS) {
      expect(state.isSynced()).toBe(false);
      state.apply(listed(kind));
    }
    expect(state.isSynced()).toBe(true);
  });

  test('folds a long list in page by page: it is no list before the last, and what no page had is gone', () => {
    const state = new ClusterState();
    tell(state, podObject('gone'), podObject('first'));
    state.apply({ type: 'listing', kind: 'Pod', objects: [podObject('first', { version: 2, nodeName: 'n' })] });
    expect(state.pods.on('n').map(({ demand }) => demand.name)).toEqual(['first']);
    expect(state.pods.has('uid-gone')).toBe(true);
    const listedBefore = [{ name: 'first', namespace: 'default' }];
    state.apply({ type: 'replaced', kind: 'Pod', objects: [podObject('last')], listed: listedBefore });
    expect([...state.pods.keys()].sort()).toEqual(['default/first', 'default/last']);
  });

  test('keeps the requirements that Machines have in common once, and each its own', () => {
    const state = new ClusterState();
    const machine = (name: string, types: readonly string[]) => {
      const requirements = [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: types }];
      return machineObject(name, { spec: { requirements } });
    };
    tell(
      state,
      machine('a', ['m5.large', 'c5.large']),
      machine('b', ['m5.large', 'c5.large']),
      machine('c', ['m5.large']),
    );
    const [a, b, c] = ['a', 'b', 'c'].map((name) => state.machines.get(name));
    expect(b?.machine.requirements).toBe(a?.machine.requirements);
    expect(b?.object.spec?.requirements).toBe(a?.object.spec?.requirements);
    expect(c?.machine.requirements).not.toEqual(a?.machine.requirements);
    expect([a, b, c].map((record) => record?.object.metadata.name)).toEqual(['a', 'b', 'c']);
  });

  test('does not let an older copy win over what a write has shown', () => {
    const state = new ClusterState();
    tell(state, machineObject('m', { version: 5 }));
    state.applyAnswer('Machine', machineObject('m', { version: 9, providerId: ID }));
    const changes = changesOf(state);
    tell(state, machineObject('m', { version: 7 }));
    state.apply(listed('Machine', machineObject('m', { version: 8 })));
    expect(state.machines.get('m')?.machine.providerId).toBe(ID);
    expect(changes.filter(({ name }) => name === 'm')).toEqual([]);
  });

  test('tells nobody of a copy that it has already: our own write comes back by the watch', () => {
    const state = new ClusterState();
    tell(state, machineObject('m', { version: 5 }));
    const changes = changesOf(state);
    tell(state, machineObject('m', { version: 5 }));
    expect(changes).toEqual([]);
    tell(state, machineObject('m', { version: 6 }));
    expect(changes.length).toBe(1);
  });

  test('tells nobody that a node is as it was, and knows its version for patches', () => {
    const state = new ClusterState();
    tell(state, nodeObject('n'));
    const changes = changesOf(state);
    tell(state, nodeObject('n', { version: 2 }));
    expect(changes).toEqual([]);
    expect(state.nodes.get('n')?.metadata.resourceVersion).toBe('2');
    for (const [version, parts] of [{ isReady: false }, { finalizers: ['a'] }, { deleted: true }].entries()) {
      tell(state, nodeObject('n', { version: 3 + version, ...parts }));
    }
    expect(changes).toHaveLength(3);
  });

  test('does not bring back by a late answer what was removed meanwhile', () => {
    const state = new ClusterState();
    tell(state, machineObject('m', { version: 5 }));
    state.apply(removed(machineObject('m', { version: 6 })));
    state.applyAnswer('Machine', machineObject('m', { version: 6 }));
    expect(state.machines.size).toBe(0);
  });

  test('takes no answer about a former object of the name for one about this', () => {
    const state = new ClusterState();
    tell(state, machineObject('m', { version: 9, uid: 'new' }));
    state.applyAnswer('Machine', machineObject('m', { version: 7, uid: 'old', providerId: ID }));
    state.apply(removed(machineObject('m', { version: 8, uid: 'old' })));
    expect(state.machines.get('m')?.machine).toMatchObject({ uid: 'new' });
    expect(state.machines.get('m')?.machine.providerId).toBeUndefined();
  });

  test('drops what a complete list lacks, and whom it was indexed under', () => {
    const state = new ClusterState();
    tell(state, nodeObject('n', { providerId: ID }), podObject('p', { nodeName: 'n' }), provisionerObject('x'));
    state.apply(listed('Node'));
    state.apply(listed('Pod'));
    state.apply(listed('Provisioner'));
    expect(state.nodes.size + state.provisioners.size).toBe(0);
    expect(state.nodeByProviderId(ID)).toBeUndefined();
    expect(state.pods.on('n')).toEqual([]);
  });

  test('knows a node by its new instance only, when its name comes back and the list has skipped its end', () => {
    const state = new ClusterState();
    tell(state, nodeObject('ip-10-0-0-5', { providerId: ID, uid: 'old' }));
    state.apply(listed('Node', nodeObject('ip-10-0-0-5', { providerId: OTHER_ID, uid: 'new', version: 2 })));
    expect(state.nodeByProviderId(ID)).toBeUndefined();
    expect(state.nodeByProviderId(OTHER_ID)?.node.uid).toBe('new');
  });

  test('keeps a pod where the latest word has it, and says which nodes that concerns', () => {
    const state = new ClusterState();
    tell(state, podObject('p'));
    expect(state.pods.pending().map(({ demand }) => demand.name)).toEqual(['p']);
    const changes = changesOf(state);
    tell(state, podObject('p', { nodeName: 'n', version: 2 }));
    expect(state.pods.pending()).toEqual([]);
    expect(state.pods.on('n').map(({ demand }) => demand.name)).toEqual(['p']);
    state.apply(removed(podObject('p', { nodeName: 'n', version: 3 })));
    expect(changes.map(({ nodeNames }) => nodeNames)).toEqual([['n'], ['n']]);
  });

  test('believes the API about the pods of a node: late ones come in, those that have gone go', async () => {
    const state = new ClusterState();
    tell(state, podObject('gone', { nodeName: 'n' }), podObject('elsewhere', { nodeName: 'other' }), podObject('late'));
    await state.lookAtPodsOn('n', async () => [podObject('late', { nodeName: 'n', version: 2 })]);
    expect(state.pods.on('n').map(({ demand }) => demand.name)).toEqual(['late']);
    expect(state.pods.on('other').length).toBe(1);
    expect(state.pods.has('uid-gone')).toBe(false);
  });

  test.each([
    ['that it knew', [podObject('p', { nodeName: 'n' })]],
    ['that it had not heard of', []],
  ])('does not bring back a pod %s, and that went while the API was asked for those of its node', async (_, known) => {
    const state = new ClusterState();
    tell(state, ...known);
    await state.lookAtPodsOn('n', async () => {
      state.apply(removed(podObject('p', { nodeName: 'n', version: 2 })));
      return [podObject('p', { nodeName: 'n' })];
    });
    expect(state.pods.on('n')).toEqual([]);
  });

  test('keeps a pod that the watch tells of while the API is asked for those of its node: the answer may be older', async () => {
    const state = new ClusterState();
    tell(state, podObject('p'));
    await state.lookAtPodsOn('n', async () => {
      tell(state, podObject('p', { nodeName: 'n', version: 2 }));
      return [];
    });
    expect(state.pods.on('n').map(({ demand }) => demand.name)).toEqual(['p']);
  });

  test('keeps an unreadable Machine, so that its instance can be found and ended', () => {
    const state = new ClusterState();
    tell(state, machineObject('m', { providerId: ID, spec: { requirements: 'all of them' } }));
    expect(state.machineByProviderId(ID)?.machine.name).toBe('m');
    expect(state.machinesOf('default').length).toBe(1);
  });
});

describe('a Machine that was just created', () => {
  test('counts at once, and stays through a list that is older than it', () => {
    const state = new ClusterState();
    state.addCreatedMachine(machineObject('m', { version: 9 }));
    state.apply(listed('Machine'));
    expect(state.machinesOf('default').length).toBe(1);
  });

  test('goes with a list that lacks it once a watch has shown it', () => {
    const state = new ClusterState();
    state.addCreatedMachine(machineObject('m', { version: 9 }));
    tell(state, machineObject('m', { version: 9 }));
    state.apply(listed('Machine'));
    expect(state.machines.size).toBe(0);
  });

  test('is not taken for shown because a former Machine of its name is', () => {
    const state = new ClusterState();
    state.addCreatedMachine(machineObject('m', { version: 9, uid: 'new' }));
    state.apply(removed(machineObject('m', { version: 8, uid: 'old' })));
    state.apply(listed('Machine'));
    expect(state.machines.get('m')?.machine.uid).toBe('new');
  });

  test('goes when a live read did not find it', () => {
    const state = new ClusterState();
    state.addCreatedMachine(machineObject('m', { version: 9 }));
    state.forgetMachine('m');
    expect(state.machines.size).toBe(0);
  });
});
