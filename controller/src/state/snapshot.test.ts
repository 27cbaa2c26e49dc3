import { describe, expect, test } from '@jest/globals';
import {
  CREATED_MS,
  listed,
  machineObject,
  namespaceObject,
  nodeObject,
  podObject,
  provisionerObject,
  removed,
  tell,
} from '../../test/cluster-objects.ts';
import type { NodeModel } from '../core/cluster-snapshot.ts';
import type { InstanceType } from '../core/instance-type.ts';
import { NO_REQUIREMENTS } from '../core/requirements.ts';
import { ClusterState } from './cluster-state.ts';
import { pendingDemandOf, provisionerModel, snapshotOf } from './snapshot.ts';

const ID = 'aws:///us-east-1a/i-0aaa';
const MINUTE_MS = 60_000;
const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const STARTUP = { key: 'agent', effect: 'NoExecute' };
const DEDICATED = { key: 'dedicated', value: 'x', effect: 'NoSchedule' };
const GIB = 1024 ** 3;

function nodesOf(state: ClusterState, ageMs = MINUTE_MS, types: readonly InstanceType[] = []): readonly NodeModel[] {
  const record = state.provisioners.get('default');
  const model = record && provisionerModel(state, record, types);
  return snapshotOf(state, model ? [model] : [], new Map(), CREATED_MS + ageMs).nodes;
}

const notRegistered = (reason: string) => [{ type: 'MachineRegistered', status: 'False', reason }];

const taintKeys = (node: NodeModel | undefined) => node?.taints.map(({ key }) => key);

function type(name: string, cpuMilli: number): InstanceType {
  const allocatable = { cpu: cpuMilli, memory: 4 * GIB, pods: 29 };
  return { name, requirements: NO_REQUIREMENTS, capacity: allocatable, allocatable, offerings: [] };
}

describe('the snapshot of nodes that stand', () => {
  test('counts what is bound to them, done pods not, daemons apart', () => {
    const state = new ClusterState();
    tell(
      state,
      nodeObject('n'),
      podObject('p', { nodeName: 'n', cpu: '1', phase: 'Running' }),
      podObject('d', { nodeName: 'n', cpu: '100m', phase: 'Running', ownerKind: 'DaemonSet' }),
      podObject('done', { nodeName: 'n', cpu: '2', phase: 'Succeeded' }),
    );
    const [node] = nodesOf(state);
    expect(node?.requested).toMatchObject({ cpu: 1_100, pods: 2 });
    expect(node?.daemonRequested).toMatchObject({ cpu: 100, pods: 1 });
  });

  test('leaves out what is cordoned or on its way out, by its own word or its Machine’s', () => {
    const state = new ClusterState();
    tell(
      state,
      nodeObject('cordoned', { unschedulable: true }),
      nodeObject('deleted', { deleted: true, finalizers: ['x'] }),
      nodeObject('doomed', { providerId: ID }),
      machineObject('m', { providerId: ID, deleted: true }),
      nodeObject('stays'),
    );
    expect(nodesOf(state).map(({ name }) => name)).toEqual(['stays']);
  });

  test('shows who stands on them, also on those that take no pods, for others may have to be near or apart', () => {
    const state = new ClusterState();
    tell(
      state,
      nodeObject('n'),
      nodeObject('cordoned', { unschedulable: true }),
      podObject('p', { nodeName: 'n', phase: 'Running' }),
      podObject('q', { nodeName: 'cordoned', phase: 'Running' }),
      podObject('done', { nodeName: 'cordoned', phase: 'Failed' }),
    );
    const { nodes, closedNodes = [] } = snapshotOf(state, [], new Map(), CREATED_MS);
    const residents = (models: readonly NodeModel[]) =>
      models.map(({ name, pods }) => [name, pods.map(({ demand }) => (demand as { name?: string }).name)]);
    expect(residents(nodes)).toEqual([['n', ['p']]]);
    expect(residents(closedNodes)).toEqual([['cordoned', ['q']]]);
  });

  test('forgives a foreign node its not-ready taint while it starts, not when it never becomes ready', () => {
    const state = new ClusterState();
    tell(state, nodeObject('n', { isReady: false, taints: [NOT_READY] }));
    expect(taintKeys(nodesOf(state, MINUTE_MS)[0])).toEqual([]);
    expect(taintKeys(nodesOf(state, 11 * MINUTE_MS)[0])).toEqual([NOT_READY.key]);
  });

  test('forgives our own node ephemeral and startup taints until it is initialized, and expects those it will get', () => {
    const state = new ClusterState();
    const spec = { taints: [DEDICATED], startupTaints: [STARTUP] };
    tell(state, nodeObject('n', { providerId: ID, taints: [NOT_READY, STARTUP] }));
    tell(state, machineObject('m', { providerId: ID, spec, labels: { team: 'a' } }));
    const [joining] = nodesOf(state, 30 * MINUTE_MS);
    expect(joining).toMatchObject({ initialized: false, labels: { team: 'a' } });
    expect(taintKeys(joining)).toEqual(['dedicated']);
    tell(
      state,
      machineObject('m', { providerId: ID, spec, version: 2, conditions: { MachineInitialized: 'True' } }),
      nodeObject('n', { providerId: ID, taints: [STARTUP, DEDICATED], version: 2 }),
    );
    const [initialized] = nodesOf(state, 30 * MINUTE_MS);
    expect(initialized?.initialized).toBe(true);
    expect(taintKeys(initialized)).toEqual(['agent', 'dedicated']);
  });

  test('counts on devices that a node will report late, until it is initialized', () => {
    const state = new ClusterState();
    const status = { allocatable: { cpu: '3900m', 'nvidia.com/gpu': '1' } };
    tell(state, nodeObject('n', { providerId: ID }), machineObject('m', { providerId: ID, status }));
    expect(nodesOf(state)[0]?.allocatable).toMatchObject({ cpu: 4_000, 'nvidia.com/gpu': 1 });
  });
});

describe('the snapshot of Machines in flight', () => {
  test('promises what every type may give that one may become, and at least what it was planned for', () => {
    const state = new ClusterState();
    const requirements = [{ key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['large', 'xlarge'] }];
    const spec = { requirements, resources: { requests: { cpu: '1', memory: '5Gi' } } };
    tell(state, provisionerObject('default'), machineObject('m', { spec }));
    const types = [type('small', 500), type('large', 2_000), type('xlarge', 4_000)];
    expect(nodesOf(state, MINUTE_MS, types)).toMatchObject([
      { name: 'm', initialized: false, allocatable: { cpu: 2_000, memory: 5 * GIB }, requested: {} },
    ]);
    expect(nodesOf(state, MINUTE_MS, types)[0]?.undecided?.has('node.kubernetes.io/instance-type')).toBe(true);
  });

  test('knows a launched one by what was bought, and no longer as undecided', () => {
    const state = new ClusterState();
    tell(state, machineObject('m', { providerId: ID, status: { allocatable: { cpu: '1900m' } } }));
    const [node] = nodesOf(state);
    expect(node?.allocatable).toEqual({ cpu: 1_900 });
    expect(node?.undecided).toBeUndefined();
  });

  test('shows a place once: when its Node is there, the Machine is not in flight any more', () => {
    const state = new ClusterState();
    tell(state, machineObject('m', { providerId: ID }), nodeObject('n', { providerId: ID }));
    expect(nodesOf(state).map(({ name }) => name)).toEqual(['n']);
  });

  test('counts on a Machine whose node is late, whatever keeps it out: a second one would fare no better', () => {
    const state = new ClusterState();
    tell(state, machineObject('late', { status: { providerID: ID, conditions: notRegistered('NodeAccessMissing') } }));
    expect(nodesOf(state).map(({ name }) => name)).toEqual(['late']);
  });

  test('does not count on a Machine that is being deleted, or whose Node has gone', () => {
    const state = new ClusterState();
    tell(
      state,
      machineObject('deleted', { deleted: true }),
      machineObject('lost', { status: { providerID: ID, conditions: notRegistered('NodeGone') } }),
      machineObject('just-lost', { providerId: `${ID}b`, conditions: { MachineRegistered: 'True' } }),
    );
    expect(nodesOf(state)).toEqual([]);
  });
});

describe('namespaces that pods choose by label', () => {
  const term = (rest: object) => ({
    topologyKey: 'zone',
    labelSelector: { matchLabels: { app: 'db' } },
    namespaceSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'] }] },
    ...rest,
  });
  const required = (kind: string, rest: object = {}) => ({
    [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [term(rest)] },
  });
  const preferred = (kind: string) => ({
    [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term({}) }] },
  });
  const pendingNames = (state: ClusterState) =>
    pendingDemandOf(state).flatMap(({ podAffinity, podAntiAffinity, wishes }) =>
      [
        ...podAffinity,
        ...podAntiAffinity,
        ...[...wishes.podAffinity, ...wishes.podAntiAffinity].map(({ value }) => value),
      ].map(({ selector }) => selector.namespaces),
    );

  test('are those that have the labels when the plan is made, beside those named', () => {
    const state = new ClusterState();
    tell(state, podObject('p', { affinity: required('podAffinity', { namespaces: ['z', 'named'] }) }));
    tell(
      state,
      namespaceObject('shop', { tier: 'web' }),
      namespaceObject('bank', { tier: 'web' }),
      namespaceObject('db'),
    );
    expect(pendingNames(state)).toEqual([['bank', 'named', 'shop', 'z']]);
    tell(state, namespaceObject('db', { tier: 'web' }, 2), namespaceObject('bank', { tier: 'back' }, 2));
    expect(pendingNames(state)).toEqual([['db', 'named', 'shop', 'z']]);
    state.apply(removed(namespaceObject('shop')));
    expect(pendingNames(state)).toEqual([['db', 'named', 'z']]);
    state.apply(listed('Namespace', namespaceObject('late', { tier: 'web' })));
    expect(pendingNames(state)).toEqual([['late', 'named', 'z']]);
  });

  test('are looked up for wishes too', () => {
    const state = new ClusterState();
    const affinity = { ...preferred('podAffinity'), ...preferred('podAntiAffinity') };
    tell(state, podObject('p', { affinity }), namespaceObject('shop', { tier: 'web' }));
    expect(pendingNames(state)).toEqual([['shop'], ['shop']]);
  });

  test('may be none; with an empty selector they are all, and without one the pod’s own', () => {
    const state = new ClusterState();
    tell(
      state,
      namespaceObject('default'),
      podObject('none', { affinity: required('podAffinity') }),
      podObject('all', { affinity: required('podAntiAffinity', { namespaceSelector: {} }) }),
      podObject('own', { affinity: required('podAffinity', { namespaceSelector: null, namespaces: [] }) }),
    );
    expect(pendingNames(state)).toEqual([[], 'all', ['default']]);
  });

  test('can be told by their names, which every namespace carries as a label', () => {
    const state = new ClusterState();
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
    tell(state, podObject('p', { affinity: required('podAffinity', { namespaceSelector }) }), namespaceObject('shop'));
    expect(pendingNames(state)).toEqual([['shop']]);
  });

  test('count for pods that run: whom they keep away changes with the labels', () => {
    const state = new ClusterState();
    const affinity = required('podAntiAffinity');
    tell(state, nodeObject('n'), podObject('p', { nodeName: 'n', affinity }), namespaceObject('shop', { tier: 'web' }));
    const keptOff = () => nodesOf(state)[0]?.pods.flatMap(({ demand }) => demand.podAntiAffinity);
    expect(keptOff()).toMatchObject([{ selector: { namespaces: ['shop'] } }]);
    tell(state, namespaceObject('shop', {}, 2));
    expect(keptOff()).toMatchObject([{ selector: { namespaces: [] } }]);
  });

  test('cost who chooses none nothing: the demand is the one that was decoded', () => {
    const state = new ClusterState();
    tell(state, podObject('plain'), podObject('chooser', { affinity: required('podAffinity') }));
    const [plain, chooser] = pendingDemandOf(state);
    expect(plain).toBe(state.pods.get('uid-plain')?.demand);
    expect(pendingDemandOf(state)[1]).toBe(chooser);
  });
});

describe('what a Provisioner uses', () => {
  test('is the capacity of all its Machines: running, reserved by those in flight, and on their way out', () => {
    const state = new ClusterState();
    tell(
      state,
      provisionerObject('default'),
      machineObject('running', { providerId: ID, status: { capacity: { cpu: '4' } } }),
      machineObject('in-flight', { annotations: { 'karpenter.sh/reserved-capacity': '{"cpu":"8"}' } }),
      machineObject('leaving', { deleted: true, status: { capacity: { cpu: '2' } } }),
      machineObject('not-its', { provisionerName: 'other', status: { capacity: { cpu: '64' } } }),
    );
    const record = state.provisioners.get('default');
    expect(record && provisionerModel(state, record, [])?.usage).toEqual({ cpu: 14_000 });
  });
});
