import { beforeEach, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import { createVirtualTimers, type VirtualTimers } from '../virtual-timers.ts';
import { createObjectStore } from './create-object-store.ts';
import { readDefinitions } from './custom-kinds.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';
import { StatusError } from './object-store.ts';

const CRDS = readDefinitions('manifests/crds');
const START_MS = Date.parse('2024-01-01T00:00:00Z');

let timers: VirtualTimers;
let store: MemoryObjectStore;

beforeEach(() => {
  timers = createVirtualTimers(START_MS);
  store = createObjectStore({ timers, crds: CRDS });
});

const podNamed = (name: string, spec: object = {}, metadata: object = {}): KubeObject => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
});
const machine: KubeObject = {
  metadata: { name: 'm1', finalizers: ['karpenter.sh/termination'] },
  spec: { machineTemplateRef: { name: 't' } },
};
const provisioner: KubeObject = { metadata: { name: 'default' }, spec: { provider: {}, ttlSecondsAfterEmpty: 30 } };

function refusal(act: () => unknown): StatusError {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('metadata', () => {
  test('a new object gets a uid, a version and the time, and nobody can change it from outside', () => {
    const pod = store.create('Pod', podNamed('a'));
    expect(pod.metadata).toMatchObject({ name: 'a', namespace: 'default', creationTimestamp: '2024-01-01T00:00:00Z' });
    expect(pod.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(pod.metadata.resourceVersion).toBe(store.resourceVersion());
    expect(() => Object.assign(pod.metadata, { name: 'b' })).toThrow(TypeError);
  });

  test('equal seeds give equal objects', () => {
    const other = createObjectStore({ timers: createVirtualTimers(START_MS), crds: CRDS });
    const generated = { metadata: { name: '', generateName: 'inflate-' }, spec: podNamed('x').spec };
    expect(other.create('Pod', generated)).toEqual(store.create('Pod', generated));
    expect(store.create('Pod', generated).metadata.name).toMatch(/^inflate-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test('the generation counts changes of the spec, not of labels or status', () => {
    store.create('Provisioner', provisioner);
    store.mergePatch('Provisioner', 'default', undefined, { metadata: { labels: { a: 'b' } } });
    store.mergePatch('Provisioner', 'default', undefined, { status: { nodes: 3 } }, { subresource: 'status' });
    expect(store.get('Provisioner', 'default')?.metadata.generation).toBe(1);
    store.mergePatch('Provisioner', 'default', undefined, { spec: { ttlSecondsAfterEmpty: 60 } });
    expect(store.get('Provisioner', 'default')?.metadata.generation).toBe(2);
  });

  test('a taken name, an unknown namespace and a wrong name are refused as a real server refuses them', () => {
    store.create('Pod', podNamed('a'));
    expect(refusal(() => store.create('Pod', podNamed('a')))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'pods "a" already exists',
    });
    expect(refusal(() => store.create('Pod', podNamed('b', {}, { namespace: 'nowhere' })))).toMatchObject({
      code: 404,
      message: 'namespaces "nowhere" not found',
    });
    expect(refusal(() => store.create('Pod', podNamed('A_')))).toMatchObject({ code: 422, reason: 'Invalid' });
  });
});

describe('updates', () => {
  test('an update from an outdated version is a conflict', () => {
    const old = store.create('ConfigMap', { metadata: { name: 'c' }, data: { a: '1' } });
    store.mergePatch('ConfigMap', 'c', 'default', { data: { a: '2' } });
    expect(refusal(() => store.update('ConfigMap', { ...old, data: { a: '3' } }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect(
      refusal(() => store.mergePatch('ConfigMap', 'c', 'default', { metadata: { resourceVersion: '1' } })),
    ).toMatchObject({ code: 409 });
  });

  test('status and spec are written through doors of their own', () => {
    store.create('Provisioner', { ...provisioner, status: { nodes: 9 } });
    store.mergePatch(
      'Provisioner',
      'default',
      undefined,
      { status: { nodes: 7 }, spec: { weight: 5 } },
      { subresource: 'status' },
    );
    store.mergePatch('Provisioner', 'default', undefined, { status: { nodes: 8 } });
    expect(store.get('Provisioner', 'default')).toMatchObject({
      status: { nodes: 7 },
      spec: { ttlSecondsAfterEmpty: 30 },
    });
    expect(store.get('Provisioner', 'default')?.spec).not.toHaveProperty('weight');
  });

  test('an update that changes nothing is not told and keeps the version', () => {
    const before = store.create('ConfigMap', { metadata: { name: 'c' }, data: { a: '1' } });
    const told: string[] = [];
    store.watch('ConfigMap', ({ type }) => told.push(type));
    expect(store.mergePatch('ConfigMap', 'c', 'default', { data: { a: '1' } })).toBe(before);
    expect(told).toEqual([]);
  });
});

describe('deletion', () => {
  test('a finalizer holds an object back, and its removal lets it go', () => {
    store.create('Machine', machine);
    store.delete('Machine', 'm1');
    expect(store.get('Machine', 'm1')?.metadata).toMatchObject({
      deletionTimestamp: '2024-01-01T00:00:00Z',
      generation: 2,
    });
    const why = refusal(() =>
      store.mergePatch('Machine', 'm1', undefined, { metadata: { finalizers: ['karpenter.sh/termination', 'a.b/c'] } }),
    );
    expect(why.message).toContain('no new finalizers can be added if the object is being deleted');
    store.mergePatch('Machine', 'm1', undefined, { metadata: { finalizers: null } });
    expect(store.get('Machine', 'm1')).toBeUndefined();
  });

  test('a running pod stays for its grace until its kubelet lets it go; a pod without a node goes at once', () => {
    store.create('Pod', podNamed('waiting'));
    store.create('Pod', podNamed('running', { nodeName: 'n1', terminationGracePeriodSeconds: 20 }));
    store.delete('Pod', 'waiting', 'default');
    store.delete('Pod', 'running', 'default');
    expect(store.get('Pod', 'waiting', 'default')).toBeUndefined();
    expect(store.get('Pod', 'running', 'default')?.metadata).toMatchObject({
      deletionTimestamp: '2024-01-01T00:00:20Z',
      deletionGracePeriodSeconds: 20,
    });
    store.delete('Pod', 'running', 'default', { gracePeriodSeconds: 0 });
    expect(store.get('Pod', 'running', 'default')).toBeUndefined();
  });

  test('the wrong uid deletes nothing', () => {
    store.create('Machine', machine);
    expect(refusal(() => store.delete('Machine', 'm1', undefined, { uid: 'other' }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect(store.get('Machine', 'm1')?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('dependants follow their owner, and those with another living owner stay', async () => {
    const owner = store.create('ConfigMap', { metadata: { name: 'owner' } });
    const other = store.create('ConfigMap', { metadata: { name: 'other' } });
    const reference = ({ metadata }: KubeObject) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: metadata.name,
      uid: metadata.uid as string,
    });
    store.create('Pod', podNamed('child', {}, { ownerReferences: [reference(owner)] }));
    store.create('Pod', podNamed('shared', {}, { ownerReferences: [reference(owner), reference(other)] }));
    store.delete('ConfigMap', 'owner', 'default');
    await timers.run({ untilMs: START_MS + 1000 });
    expect(store.list('Pod').map(({ metadata }) => metadata.name)).toEqual(['shared']);
  });

  test('a foreground deletion waits for the dependants that block it, an orphaning one releases them', async () => {
    const owner = store.create('ConfigMap', { metadata: { name: 'owner' } });
    const reference = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'owner',
      uid: owner.metadata.uid as string,
      blockOwnerDeletion: true,
    };
    store.create('Pod', podNamed('child', { nodeName: 'n1' }, { ownerReferences: [reference] }));
    store.delete('ConfigMap', 'owner', 'default', { propagationPolicy: 'Foreground' });
    await timers.run({ untilMs: START_MS + 1000 });
    expect(store.get('ConfigMap', 'owner', 'default')).toBeDefined();
    store.delete('Pod', 'child', 'default', { gracePeriodSeconds: 0 });
    await timers.run({ untilMs: START_MS + 2000 });
    expect(store.get('ConfigMap', 'owner', 'default')).toBeUndefined();

    const parent = store.create('ConfigMap', { metadata: { name: 'parent' } });
    store.create(
      'Pod',
      podNamed(
        'orphan',
        {},
        { ownerReferences: [{ ...reference, name: 'parent', uid: parent.metadata.uid as string }] },
      ),
    );
    store.delete('ConfigMap', 'parent', 'default', { propagationPolicy: 'Orphan' });
    await timers.run({ untilMs: START_MS + 3000 });
    expect(store.get('ConfigMap', 'parent', 'default')).toBeUndefined();
    expect(store.get('Pod', 'orphan', 'default')?.metadata.ownerReferences).toBeUndefined();
  });

  test('a deleted namespace takes nothing more and goes when it is empty', async () => {
    store.create('Namespace', { metadata: { name: 'team' } });
    store.create('Pod', podNamed('p', { nodeName: 'n1' }, { namespace: 'team' }));
    store.delete('Namespace', 'team');
    expect(refusal(() => store.create('Pod', podNamed('q', {}, { namespace: 'team' })))).toMatchObject({ code: 403 });
    await timers.run({ untilMs: START_MS + 1000 });
    expect(store.get('Namespace', 'team')).toMatchObject({ status: { phase: 'Terminating' } });
    store.delete('Pod', 'p', 'team', { gracePeriodSeconds: 0 });
    await timers.run({ untilMs: START_MS + 2000 });
    expect(store.get('Namespace', 'team')).toBeUndefined();
  });
});

describe('watches and lists', () => {
  test('what a listener writes is told after what it heard, to everybody in the same order', () => {
    const heard: string[] = [];
    store.watch('ConfigMap', ({ type, object }) => {
      if (object.metadata.name === 'a' && type === 'ADDED') store.create('ConfigMap', { metadata: { name: 'b' } });
    });
    store.watch('ConfigMap', ({ type, object }) => heard.push(`${type} ${object.metadata.name}`));
    store.create('ConfigMap', { metadata: { name: 'a' } });
    expect(heard).toEqual(['ADDED a', 'ADDED b']);
  });

  test('lists are ordered by namespace, then name, in code units', () => {
    for (const name of ['a', 'a-b']) store.create('Namespace', { metadata: { name } });
    for (const [namespace, name] of [
      ['a-b', 'x'],
      ['a', 'y'],
      ['a', 'b.c'],
      ['a', 'b-c'],
    ] as const) {
      store.create('ConfigMap', { metadata: { name, namespace } });
    }
    const names = store.list('ConfigMap').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(names).toEqual(['a/b-c', 'a/b.c', 'a/y', 'a-b/x']);
    expect(store.list('ConfigMap', 'a')).toHaveLength(3);
  });

  test('the history gives what followed a version, and says when it has forgotten', () => {
    const { resourceVersion } = store.create('ConfigMap', { metadata: { name: 'a' } }).metadata;
    store.mergePatch('ConfigMap', 'a', 'default', { data: { n: '0' } });
    store.delete('ConfigMap', 'a', 'default');
    const types = store.changesSince('ConfigMap', Number(resourceVersion))?.map(({ type }) => type);
    expect(types).toEqual(['MODIFIED', 'DELETED']);
    store.create('ConfigMap', { metadata: { name: 'b' } });
    for (let n = 0; n < 10_001; n++) store.mergePatch('ConfigMap', 'b', 'default', { data: { n: String(n) } });
    expect(store.changesSince('ConfigMap', Number(resourceVersion))).toBeUndefined();
    expect(store.changesSince('ConfigMap', Number(store.resourceVersion()))).toEqual([]);
  });
});

describe('built-in kinds', () => {
  const deployment = (spec: object): KubeObject => ({
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: podNamed('x').spec },
      ...spec,
    },
  });

  test('a number is a quantity too, and what a user leaves out is filled in', () => {
    const created = store.create('Deployment', deployment({}));
    expect(created.spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
    });
    const pod = store.create(
      'Pod',
      podNamed('p', { containers: [{ name: 'app', image: 'app', resources: { requests: { cpu: 1 } } }] }),
    );
    expect(pod).toMatchObject({
      spec: { containers: [{ resources: { requests: { cpu: '1' } }, imagePullPolicy: 'Always' }] },
      status: { phase: 'Pending', qosClass: 'Burstable' },
    });
  });

  test.each([
    [
      'a misspelt field, strictly',
      deployment({ replicaz: 3 }),
      400,
      'strict decoding error: unknown field "spec.replicaz"',
    ],
    [
      'a word for a number',
      deployment({ replicas: 'three' }),
      400,
      'cannot unmarshal string into Go struct field .spec.replicas',
    ],
    [
      'a selector that misses its own template',
      deployment({ selector: { matchLabels: { app: 'other' } } }),
      422,
      '`selector` does not match template `labels`',
    ],
    [
      'no containers',
      deployment({ template: { metadata: { labels: { app: 'd' } }, spec: { containers: [] } } }),
      422,
      'spec.template.spec.containers: Required value',
    ],
    ['a negative number of replicas', deployment({ replicas: -1 }), 422, 'spec.replicas: Invalid value: -1'],
  ])('a Deployment with %s is refused', (_what, object, wantCode, wantMessage) => {
    const error = refusal(() => store.create('Deployment', object, { fieldValidation: 'Strict' }));
    expect(error.code).toBe(wantCode);
    expect(error.message).toContain(wantMessage);
  });

  test('unknown fields are dropped with a warning unless the client is strict', () => {
    const warnings: string[] = [];
    const created = store.create('Deployment', deployment({ replicaz: 3 }), {
      onWarning: (warning) => warnings.push(warning),
    });
    expect(warnings).toEqual(['unknown field "spec.replicaz"']);
    expect(created.spec).not.toHaveProperty('replicaz');
  });

  test('a pod is bound once and its spec stays as it is', () => {
    store.create('Pod', podNamed('p'));
    store.mergePatch('Pod', 'p', 'default', { spec: { nodeName: 'n1' } });
    expect(refusal(() => store.mergePatch('Pod', 'p', 'default', { spec: { nodeName: 'n2' } })).message).toContain(
      'pod updates may not change fields',
    );
  });
});
