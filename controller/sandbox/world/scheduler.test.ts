import { describe, expect, test } from '@jest/globals';
import type { PodSpec } from '../kube/built-in-kinds.ts';
import type { StaticNode } from './world.ts';
import { createWorldFixture, podObject, staticNode } from './world-fixture.ts';

/** Where the pod ends up within a few seconds on one Ready node of this kind: its name, or the verdict. */
async function fate(spec: Partial<PodSpec>, node: Partial<StaticNode>): Promise<string> {
  const { store, world, pod, pass } = createWorldFixture();
  world.addStaticNode(staticNode('n', node));
  await pass(3000);
  store.create('Pod', podObject('p', spec));
  await pass(1000);
  const verdict = pod('p')?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return pod('p')?.spec.nodeName || (verdict?.message ?? '').split('. preemption')[0] || 'no verdict';
}

const affine = (...matchExpressions: { key: string; operator: string; values?: string[] }[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  },
});
const NO_MATCH = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector";
const team = { key: 'team', value: 'a', effect: 'NoSchedule' };

describe('the scheduler binds a pod, or says why not', () => {
  const labels = { tier: 'gold', size: '7' };
  const requests = (request: Record<string, string>): Partial<PodSpec> => ({
    containers: [{ name: 'main', image: 'pause', resources: { requests: request } }],
  });
  test.each<[string, Partial<PodSpec>, Partial<StaticNode>, string]>([
    ['a plain pod goes to a node with room', {}, {}, 'n'],
    ['a selector that holds', { nodeSelector: { tier: 'gold' } }, { labels }, 'n'],
    ['a selector that does not hold', { nodeSelector: { tier: 'tin' } }, { labels }, NO_MATCH],
    ['In', affine({ key: 'tier', operator: 'In', values: ['gold', 'tin'] }), { labels }, 'n'],
    ['In of a label that is absent', affine({ key: 'other', operator: 'In', values: ['gold'] }), { labels }, NO_MATCH],
    ['NotIn of a label that is absent', affine({ key: 'other', operator: 'NotIn', values: ['gold'] }), { labels }, 'n'],
    ['NotIn of the value it has', affine({ key: 'tier', operator: 'NotIn', values: ['gold'] }), { labels }, NO_MATCH],
    ['Exists', affine({ key: 'tier', operator: 'Exists' }), { labels }, 'n'],
    ['DoesNotExist of a label that is there', affine({ key: 'tier', operator: 'DoesNotExist' }), { labels }, NO_MATCH],
    ['Gt below the value', affine({ key: 'size', operator: 'Gt', values: ['6'] }), { labels }, 'n'],
    ['Gt of the value itself', affine({ key: 'size', operator: 'Gt', values: ['7'] }), { labels }, NO_MATCH],
    ['Lt above the value', affine({ key: 'size', operator: 'Lt', values: ['8'] }), { labels }, 'n'],
    ['Gt of what is no number', affine({ key: 'tier', operator: 'Gt', values: ['1'] }), { labels }, NO_MATCH],
    [
      'two expressions of which one fails',
      affine({ key: 'tier', operator: 'Exists' }, { key: 'x', operator: 'Exists' }),
      { labels },
      NO_MATCH,
    ],
    ['a taint', {}, { taints: [team] }, '0/1 nodes are available: 1 node(s) had untolerated taint {team: a}'],
    [
      'a taint tolerated by value',
      { tolerations: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] },
      { taints: [team] },
      'n',
    ],
    [
      'a taint tolerated for another value',
      { tolerations: [{ key: 'team', value: 'b' }] },
      { taints: [team] },
      '0/1 nodes are available: 1 node(s) had untolerated taint {team: a}',
    ],
    [
      'a taint tolerated by a toleration of everything',
      { tolerations: [{ operator: 'Exists' }] },
      { taints: [team] },
      'n',
    ],
    ['PreferNoSchedule repels nobody for good', {}, { taints: [{ ...team, effect: 'PreferNoSchedule' }] }, 'n'],
    ['exactly all of the cpu', requests({ cpu: '2' }), {}, 'n'],
    ['a milli-core too much', requests({ cpu: '2001m' }), {}, '0/1 nodes are available: 1 Insufficient cpu'],
    [
      'cpu and memory both',
      requests({ cpu: '3', memory: '9Gi' }),
      {},
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory',
    ],
    [
      'a device that no node has',
      requests({ 'nvidia.com/gpu': '1' }),
      {},
      '0/1 nodes are available: 1 Insufficient nvidia.com/gpu',
    ],
    [
      'a node that is full of pods',
      {},
      { allocatable: { cpu: 2000, memory: 1, pods: 0 } },
      '0/1 nodes are available: 1 Too many pods',
    ],
    [
      'an init container hungrier than the rest',
      { initContainers: [{ name: 'i', image: 'i', resources: { requests: { cpu: '3' } } }] },
      {},
      '0/1 nodes are available: 1 Insufficient cpu',
    ],
    [
      'a pod that asks for more as a whole than its containers do',
      { ...requests({ cpu: '1' }), resources: { requests: { cpu: '3' } } },
      {},
      '0/1 nodes are available: 1 Insufficient cpu',
    ],
    [
      'a pod that asks for less as a whole than its containers do',
      { ...requests({ cpu: '3' }), resources: { requests: { cpu: '2' } } },
      {},
      'n',
    ],
    [
      'a pod that is limited as a whole and asks for nothing',
      { ...requests({}), resources: { limits: { cpu: '3' } } },
      {},
      '0/1 nodes are available: 1 Insufficient cpu',
    ],
    ['a pod of another scheduler', { schedulerName: 'mine' }, {}, 'no verdict'],
    [
      'a pod that is gated',
      { schedulingGates: [{ name: 'wait' }] },
      {},
      'Scheduling is blocked due to non-empty scheduling gates',
    ],
  ])('%s', async (_, spec, node, want) => {
    expect(await fate(spec, node)).toBe(want);
  });

  test('without any node it says so, within a tenth of a second, in status and event', async () => {
    const { store, pod, pass } = createWorldFixture();
    store.create('Pod', podObject('p'));
    await pass(40);
    expect(pod('p')?.status?.conditions).toBeUndefined();
    await pass(80);
    const [verdict] = pod('p')?.status?.conditions ?? [];
    expect(verdict).toMatchObject({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: 'no nodes available to schedule pods',
    });
    const events = store.list('Event', 'default');
    expect(events).toMatchObject([
      { reason: 'FailedScheduling', type: 'Warning', source: { component: 'default-scheduler' } },
    ]);
  });

  test('a pod that waited goes to the node that comes, or to the room that another leaves', async () => {
    const { store, world, pod, pass, until } = createWorldFixture();
    store.create(
      'Pod',
      podObject('first', { containers: [{ name: 'm', image: 'p', resources: { requests: { cpu: '2' } } }] }),
    );
    await pass(500);
    world.addStaticNode(staticNode('n'));
    await until(() => pod('first')?.spec.nodeName === 'n');
    store.create('Pod', podObject('second'));
    await pass(500);
    expect(pod('second')?.spec.nodeName ?? '').toBe('');
    store.delete('Pod', 'first', 'default');
    await until(() => pod('second')?.spec.nodeName === 'n');
  });

  test('a pod goes nowhere while the node is cordoned, and there when it is not', async () => {
    const { store, world, pod, pass, until } = createWorldFixture();
    world.addStaticNode(staticNode('n'));
    await pass(3000);
    store.mergePatch('Node', 'n', undefined, { spec: { unschedulable: true } });
    store.create('Pod', podObject('p'));
    await pass(1000);
    expect(pod('p')?.spec.nodeName ?? '').toBe('');
    store.mergePatch('Node', 'n', undefined, { spec: { unschedulable: null } });
    await until(() => pod('p')?.spec.nodeName === 'n');
  });

  test('anti-affinity by the labels of namespaces keeps off their pods, and off no others', async () => {
    const { store, world, pod, pass } = createWorldFixture();
    world.addStaticNode(staticNode('n'));
    await pass(3000);
    for (const [name, tier] of [
      ['store', 'data'],
      ['shop', 'web'],
    ] as const) {
      store.create('Namespace', { metadata: { name, labels: { tier } } });
    }
    const small: Partial<PodSpec> = { containers: [{ name: 'm', image: 'p' }] };
    const lonely = (tier: string): Partial<PodSpec> => {
      const namespaceSelector = { matchLabels: { tier } };
      const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: {}, namespaceSelector };
      return {
        ...small,
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
      };
    };
    const object = podObject('db', small);
    store.create('Pod', { ...object, metadata: { ...object.metadata, namespace: 'store' } });
    await pass(1000);
    store.create('Pod', podObject('kept-off', lonely('data')));
    store.create('Pod', podObject('admitted', lonely('web')));
    await pass(1000);
    expect(pod('kept-off')?.spec.nodeName ?? '').toBe('');
    expect(pod('admitted')?.spec.nodeName).toBe('n');
  });

  test('anti-affinity by host keeps two of a kind apart, spread by zone keeps them even', async () => {
    const { store, world, pods, pass } = createWorldFixture();
    for (const zone of ['a', 'b', 'c']) world.addStaticNode(staticNode(`n-${zone}`, { zone: `us-east-1${zone}` }));
    await pass(3000);
    const labelSelector = { matchLabels: { app: 'lonely' } };
    const apart: Partial<PodSpec> = {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector }],
        },
      },
    };
    for (const name of ['l1', 'l2', 'l3', 'l4']) store.create('Pod', podObject(name, apart, { app: 'lonely' }));
    await pass(1000);
    const lonely = pods().map(({ spec }) => spec.nodeName ?? '');
    expect(lonely.filter((name) => name !== '').sort()).toEqual(['n-a', 'n-b', 'n-c']);
    const even: Partial<PodSpec> = {
      containers: [{ name: 'm', image: 'p' }],
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'even' } },
        },
      ],
    };
    for (let index = 0; index < 6; index++) store.create('Pod', podObject(`e${index}`, even, { app: 'even' }));
    await pass(1000);
    const perNode = Map.groupBy(
      pods().filter(({ metadata }) => metadata.labels?.['app'] === 'even'),
      ({ spec }) => spec.nodeName,
    );
    expect([...perNode.values()].map((all) => all.length)).toEqual([2, 2, 2]);
  });

  test('the more important pod goes first when only one fits', async () => {
    const { store, world, pod, pass } = createWorldFixture();
    const whole = { containers: [{ name: 'm', image: 'p', resources: { requests: { cpu: '2' } } }] };
    store.create('Pod', podObject('lesser', whole));
    store.create('Pod', podObject('greater', { ...whole, priority: 1000 }));
    await pass(500);
    world.addStaticNode(staticNode('n'));
    await pass(5000);
    expect([pod('greater')?.spec.nodeName, pod('lesser')?.spec.nodeName ?? '']).toEqual(['n', '']);
  });
});
