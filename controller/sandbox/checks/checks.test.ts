import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/api/meta.ts';
import type { KubePort } from '../../src/ports/kube.ts';
import { noFaults } from '../faults.ts';
import { createObjectStore } from '../kube/create-object-store.ts';
import { readDefinitions } from '../kube/custom-kinds.ts';
import { createInProcessKubePort } from '../kube/in-process-kube-port.ts';
import type { MemoryObjectStore } from '../kube/memory-object-store.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createVirtualTimers, type VirtualTimers } from '../virtual-timers.ts';
import { nodeObject } from '../world/node-object.ts';
import { bootingInstance, podObject } from '../world/world-fixture.ts';
import { watchForeignNodes, watchHands } from './foreign.ts';
import { checkInstances } from './instances.ts';
import { checkNoneEmpty, checkNothingLeft } from './leftovers.ts';
import { watchLimits } from './limits.ts';
import { checkPlacement, watchPlacement } from './placement.ts';

const CRDS = fileURLToPath(new URL('../../../manifests/crds', import.meta.url));
const OURS = { 'karpenter.sh/provisioner-name': 'default' };

/** A store without a world: nothing happens in it but what the test does. */
function emptyStore(): { store: MemoryObjectStore; timers: VirtualTimers } {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  return { timers, store: createObjectStore({ timers, crds: readDefinitions(CRDS) }) };
}

function addNode(
  store: MemoryObjectStore,
  name: string,
  labels: Record<string, string> = {},
  taints: { key: string; effect: string }[] = [],
): void {
  const { privateDnsName: _, ...instance } = bootingInstance(name);
  const object = nodeObject(
    { ...instance, name, labels, taints, capacity: { cpu: 2000, pods: 3 }, allocatable: { cpu: 2000, pods: 3 } },
    0,
  );
  store.create('Node', { ...object, spec: { providerID: instance.providerId, taints } });
}

function bind(
  store: MemoryObjectStore,
  name: string,
  nodeName: string,
  spec: Parameters<typeof podObject>[1] = {},
): void {
  store.create('Pod', podObject(name, spec));
  store.mergePatch('Pod', name, 'default', { spec: { nodeName } });
}

function machine(
  name: string,
  rest: { providerID?: string; capacity?: Record<string, string> } = {},
): [KubeObject, Record<string, unknown>] {
  const spec = { machineTemplateRef: { name: 'default' }, requirements: [], resources: { requests: {} } };
  return [
    { apiVersion: 'karpenter.sh/v1alpha5', kind: 'Machine', metadata: { name, labels: OURS }, spec },
    { status: rest },
  ];
}

function addMachine(store: MemoryObjectStore, ...args: Parameters<typeof machine>): string {
  const [object, status] = machine(...args);
  const { metadata } = store.create('Machine', object);
  store.mergePatch('Machine', metadata.name, undefined, status, { subresource: 'status' });
  return metadata.uid ?? '';
}

describe('placement', () => {
  const requiring = (operator: string): Parameters<typeof podObject>[1] => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'tier', operator }] }],
        },
      },
    },
  });
  test.each<[string, Parameters<typeof podObject>[1], RegExp | undefined]>([
    ['a pod that fits', { nodeSelector: { tier: 'gold' }, ...requiring('Exists') }, undefined],
    ['a selector that does not hold', { nodeSelector: { tier: 'tin' } }, /selects tier=tin; n has gold/],
    ['an affinity that does not hold', requiring('DoesNotExist'), /no term of allows n/],
    [
      'more cpu than there is',
      { containers: [{ name: 'm', image: 'p', resources: { requests: { cpu: '2.001' } } }] },
      /n gives 2 cpu; its 1 pods request 2.001/,
    ],
  ])('%s', (_, spec, want) => {
    const { store } = emptyStore();
    const monitor = watchPlacement(store);
    addNode(store, 'n', { tier: 'gold' });
    bind(store, 'p', 'n', spec);
    for (const violations of [checkPlacement(store), monitor.violations()]) {
      if (want === undefined) expect(violations).toEqual([]);
      else expect(violations).toEqual([expect.stringMatching(want)]);
    }
  });

  test('counts pods, notices nodes that are not there, and taints at the moment of binding only', () => {
    const { store } = emptyStore();
    addNode(store, 'n', {}, [{ key: 'team', effect: 'NoSchedule' }]);
    const monitor = watchPlacement(store);
    bind(store, 'p', 'n');
    expect(monitor.violations()).toEqual([expect.stringMatching(/against its taint team:NoSchedule/)]);
    expect(checkPlacement(store)).toEqual([]);
    const small = { containers: [{ name: 'm', image: 'p' }] };
    for (const name of ['a', 'b', 'c']) bind(store, name, 'n', small);
    bind(store, 'lost', 'nowhere', small);
    expect(checkPlacement(store)).toEqual([
      'n gives 3 pods; its 4 pods request 4',
      'pod default/lost is bound to nowhere, which does not exist',
    ]);
  });
});

describe('placement beside other pods', () => {
  const selecting = { labelSelector: { matchLabels: { app: 'web' } } };
  const zonal = (kind: string) => ({
    affinity: {
      [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', ...selecting }] },
    },
  });
  const spread = (rest = {}) => ({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...selecting, ...rest },
    ],
  });
  const avoiding = (terms: readonly object[]) =>
    ({
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
    }) as object;
  const port = {
    containers: [{ name: 'm', image: 'p', ports: [{ containerPort: 80, hostPort: 80 }] }],
  };
  const bindWeb = (store: MemoryObjectStore, name: string, nodeName: string, spec: object = {}): void => {
    const object = podObject(name, spec);
    store.create('Pod', { ...object, metadata: { ...object.metadata, labels: { app: 'web' } } });
    store.mergePatch('Pod', name, 'default', { spec: { nodeName } });
  };

  test.each<[string, (store: MemoryObjectStore) => void, RegExp | undefined]>([
    ['a first pod of its own affinity', (store) => bindWeb(store, 'p', 'n-a', zonal('podAffinity')), undefined],
    [
      'affinity kept in another zone',
      (store) => {
        bindWeb(store, 'mate', 'n-b');
        bindWeb(store, 'p', 'n-a', zonal('podAffinity'));
      },
      /default\/p was bound where no pod of its affinity is, by zone/,
    ],
    [
      'anti-affinity broken by the one who states it',
      (store) => {
        bindWeb(store, 'other', 'n-a');
        bind(store, 'p', 'n-a', zonal('podAntiAffinity'));
      },
      /default\/p stands in one zone with pod default\/other/,
    ],
    [
      'anti-affinity broken by the one who is meant',
      (store) => {
        bind(store, 'p', 'n-a', zonal('podAntiAffinity'));
        bindWeb(store, 'other', 'n-a');
      },
      /default\/p stands in one zone with pod default\/other/,
    ],
    [
      'anti-affinity to a namespace chosen by its labels',
      (store) => {
        store.mergePatch('Namespace', 'default', undefined, { metadata: { labels: { tier: 'web' } } });
        bindWeb(store, 'other', 'n-a');
        const near = { topologyKey: 'zone', ...selecting };
        const terms = [
          { ...near, namespaceSelector: { matchLabels: { tier: 'data' } } },
          { ...near, namespaceSelector: { matchLabels: { tier: 'web' } } },
        ];
        bind(store, 'admitted', 'n-a', avoiding(terms.slice(0, 1)));
        bind(store, 'p', 'n-a', avoiding(terms));
      },
      /^pod default\/p stands in one zone with pod default\/other$/,
    ],
    [
      'an even spread',
      (store) => {
        for (const zone of ['a', 'b']) bindWeb(store, zone, `n-${zone}`, spread());
        bindWeb(store, 'p', 'n-a', spread());
      },
      undefined,
    ],
    [
      'a spread that is not even',
      (store) => {
        bindWeb(store, 'other', 'n-a');
        bindWeb(store, 'p', 'n-a', spread());
      },
      /default\/p was bound with skew 2 by zone, maxSkew is 1/,
    ],
    [
      'a spread over fewer zones than it wants',
      (store) => {
        for (const zone of ['a', 'b']) bindWeb(store, zone, `n-${zone}`, spread());
        bindWeb(store, 'p', 'n-a', spread({ minDomains: 3 }));
      },
      /default\/p was bound with skew 2 by zone/,
    ],
    [
      'one port for two',
      (store) => {
        bindWeb(store, 'other', 'n-a', port);
        bindWeb(store, 'p', 'n-a', port);
      },
      /default\/p takes host port 80\/TCP beside pod default\/other/,
    ],
  ])('%s', (_, happen, want) => {
    const { store } = emptyStore();
    const monitor = watchPlacement(store);
    for (const zone of ['a', 'b']) addNode(store, `n-${zone}`, { zone });
    happen(store);
    const found = [...monitor.violations(), ...checkPlacement(store)];
    if (want === undefined) expect(found).toEqual([]);
    else expect(found).toContainEqual(expect.stringMatching(want));
  });
});

describe('instances', () => {
  test('one Machine each is right, living or ended', () => {
    const { store } = emptyStore();
    const machineUid = addMachine(store, 'm', { providerID: 'aws:///us-east-1a/i-1' });
    const ended = { instanceId: 'i-0', machineName: 'old', machineUid: 'old', endedAtMs: 1 };
    expect(checkInstances(store, [{ instanceId: 'i-1', machineName: 'm', machineUid }, ended])).toEqual([]);
  });

  test('a doubled launch, a leaked instance, a stolen one and an invented one are each found', () => {
    const { store } = emptyStore();
    const machineUid = addMachine(store, 'm', { providerID: 'aws:///us-east-1a/i-1' });
    addMachine(store, 'thief', { providerID: 'aws:///us-east-1a/i-1' });
    addMachine(store, 'dreamer', { providerID: 'aws:///us-east-1a/i-9' });
    const launches = [
      { instanceId: 'i-1', machineName: 'm', machineUid },
      { instanceId: 'i-2', machineName: 'm', machineUid, endedAtMs: 1 },
      { instanceId: 'i-3', machineName: 'gone', machineUid: 'gone' },
    ];
    expect(checkInstances(store, launches)).toEqual([
      `Machine m (${machineUid}) has had 2 instances: i-1, i-2`,
      'instance i-1 has several Machines: m, thief',
      'instance i-3 lives without a Machine',
      'Machine dreamer names instance i-9, which was never launched',
      'Machine thief names instance i-1 of another Machine',
    ]);
  });
});

describe('limits', () => {
  const provisioner = {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Provisioner',
    metadata: { name: 'default' },
    spec: { provider: {}, limits: { resources: { cpu: '20' } } },
  };
  const start = () => {
    const { store } = emptyStore();
    store.create('Provisioner', provisioner);
    let run: (instance: ReturnType<typeof bootingInstance>) => void = () => {};
    const monitor = watchLimits(store, {
      onRunning: (listener) => {
        run = listener;
      },
      onTerminating: () => {},
    });
    return { store, monitor, run: (id: string) => run(bootingInstance(id)) };
  };

  test('the launch that goes beyond is found, what runs within is not, and a limit lowered later blames nobody', () => {
    const { store, monitor, run } = start();
    addMachine(store, 'm1', { capacity: { cpu: '16' } });
    run('i-1');
    store.mergePatch('Provisioner', 'default', undefined, { spec: { limits: { resources: { cpu: '4' } } } });
    expect(monitor.violations()).toEqual([]);
    store.mergePatch('Provisioner', 'default', undefined, { spec: { limits: { resources: { cpu: '20' } } } });
    addMachine(store, 'm2', { capacity: { cpu: '4.5' } });
    run('i-2');
    expect(monitor.violations()).toEqual([
      'Machine m2 makes 20.5 cpu of Provisioner default, whose limit is 20',
      'instance i-2 makes 32 cpu of Provisioner default, whose limit is 20',
    ]);
  });

  test('what a Machine reserves counts before it has an instance', () => {
    const { store, monitor } = start();
    const [object] = machine('m1');
    const annotations = { 'karpenter.sh/reserved-capacity': JSON.stringify({ cpu: 21_000 }) };
    store.create('Machine', { ...object, metadata: { ...object.metadata, annotations } });
    expect(monitor.violations()).toEqual(['Machine m1 makes 21 cpu of Provisioner default, whose limit is 20']);
  });
});

describe('foreign nodes', () => {
  test('may change in health, not in what anybody decides about them', () => {
    const { store } = emptyStore();
    addNode(store, 'theirs');
    addNode(store, 'ours', OURS);
    const monitor = watchForeignNodes(store);
    store.mergePatch('Node', 'theirs', undefined, {
      spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] },
    });
    store.mergePatch('Node', 'ours', undefined, { spec: { unschedulable: true } });
    store.delete('Node', 'ours');
    expect(monitor.violations()).toEqual([]);
    store.mergePatch('Node', 'theirs', undefined, { spec: { unschedulable: true } });
    store.delete('Node', 'theirs');
    expect(monitor.violations()).toEqual([
      expect.stringMatching(/^foreign node theirs was changed/),
      'foreign node theirs was deleted',
    ]);
  });

  test('and the pods on them are out of reach for our hands, while others may do as they like', async () => {
    const { store, timers } = emptyStore();
    addNode(store, 'theirs');
    addNode(store, 'ours', OURS);
    for (const [pod, node] of [
      ['p', 'theirs'],
      ['q', 'ours'],
    ] as const)
      bind(store, pod, node);
    const options = { store, timers, faults: noFaults(), random: createSeededRandom(1), namespace: 'karpenter' };
    const { port, violations } = watchHands(createInProcessKubePort(options), store);
    store.mergePatch('Node', 'theirs', undefined, { metadata: { labels: { by: 'owner' } } });
    const evictable = (name: string): Parameters<KubePort['evict']>[0] => {
      return { namespace: 'default', name, uid: store.get('Pod', name, 'default')?.metadata.uid ?? '' };
    };
    void port.evict(evictable('q'));
    void port.patch({ kind: 'Node', name: 'ours' }, { spec: { unschedulable: true } });
    await timers.run({ untilMs: timers.nowMs() + 100 });
    expect(violations()).toEqual([]);
    void port.evict(evictable('p'));
    void port.patch({ kind: 'Node', name: 'theirs' }, { spec: { unschedulable: true } });
    await timers.run({ untilMs: timers.nowMs() + 100 });
    expect(violations()).toEqual([
      'evicted Pod p on foreign node theirs',
      'patched Node theirs on foreign node theirs',
    ]);
  });
});

describe('leftovers', () => {
  test('are nodes of ours, Machines and living instances; a foreign node is none', () => {
    const { store } = emptyStore();
    addNode(store, 'theirs');
    expect(checkNothingLeft(store, [{ instanceId: 'i-0', endedAtMs: 1 }])).toEqual([]);
    addNode(store, 'ours', OURS);
    addMachine(store, 'm');
    expect(checkNothingLeft(store, [{ instanceId: 'i-1' }])).toEqual([
      'node ours is left',
      'Machine m is left',
      'instance i-1 is left',
    ]);
  });

  test('a node of ours with daemons alone is empty, one with a pod is not', () => {
    const { store } = emptyStore();
    addNode(store, 'used', OURS);
    addNode(store, 'empty', OURS);
    bind(store, 'p', 'used');
    const daemon = podObject('d');
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'u', controller: true }];
    store.create('Pod', { ...daemon, metadata: { ...daemon.metadata, ownerReferences } });
    store.mergePatch('Pod', 'd', 'default', { spec: { nodeName: 'empty' } });
    addMachine(store, 'm', { providerID: 'aws:///us-east-1a/elsewhere' });
    expect(checkNoneEmpty(store)).toEqual(['node empty is empty', 'Machine m has no node']);
  });
});
