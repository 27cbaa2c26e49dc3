import { describe, expect, test } from '@jest/globals';
import {
  GI,
  instanceType,
  LARGE,
  MEDIUM,
  node,
  OPTIONS,
  pod,
  pods,
  provisioner,
  SMALL,
  snapshot,
} from '../../../test/scheduling-problem.ts';
import { NODE_NAME_KEY } from '../label-keys.ts';
import type { Expression } from '../requirements.ts';
import { requirementsOf } from '../requirements.ts';
import type { Toleration } from '../taints.ts';
import { firstFit } from './first-fit.ts';
import { solve } from './solve.ts';

const ZONE = 'topology.kubernetes.io/zone';
const ARCH = 'kubernetes.io/arch';
const CAPACITY_TYPE = 'karpenter.sh/capacity-type';
const INSTANCE_TYPE = 'node.kubernetes.io/instance-type';

const is = (key: string, ...values: string[]): Expression => ({ key, operator: 'In', values });
const tolerate = (key: string): Toleration => ({ key, operator: 'Exists', value: '', effect: '' });
const team = { key: 'team', value: 'a', effect: 'NoSchedule' } as const;

describe('a pod that fits on a node that exists', () => {
  test('goes there and buys nothing', () => {
    const plan = solve(snapshot({ nodes: [node('n')], provisioners: [provisioner('p')] }), [pod('x')], OPTIONS);
    expect(plan).toEqual({
      placements: [{ podUid: 'x', nodeName: 'n' }],
      nodes: [],
      unplaced: [],
      costNanoUsdPerHour: 0,
    });
  });

  test('goes to an initialized node first, then by name', () => {
    const nodes = [node('a', { initialized: false }), node('c'), node('b')];
    const plan = solve(snapshot({ nodes }), pods(9, 'x'), OPTIONS);
    const filled = plan.placements.map((placement) => placement.nodeName).join('');
    expect(filled).toBe('bbbbcccca');
  });

  test.each([
    ['is full', { requested: { cpu: 3500 } }],
    ['has a taint it does not tolerate', { taints: [team] }],
    ['lacks its label', { labels: {} }],
    ['must still run its daemons', { allocatable: { cpu: 1000, memory: GI, pods: 1 } }],
  ])('does not go to one that %s', (_, rest) => {
    const daemons = [pod('daemon', { requests: { pods: 1 } })];
    const plan = solve(
      snapshot({ nodes: [node('n', rest)], daemons }),
      [pod('x', { nodeSelector: { [ZONE]: 'a' } })],
      OPTIONS,
    );
    expect(plan.placements).toEqual([]);
  });

  test('does not pay twice for daemons that run already', () => {
    const daemons = [pod('daemon', { requests: { cpu: 3000, pods: 1 } })];
    const running = { requested: { cpu: 3000, pods: 1 }, daemonRequested: { cpu: 3000, pods: 1 } };
    const plan = solve(snapshot({ nodes: [node('n', running)], daemons }), [pod('x')], OPTIONS);
    expect(plan.placements).toHaveLength(1);
  });

  test('gains nothing by daemons that should not be there', () => {
    const running = { requested: { cpu: 3000 }, daemonRequested: { cpu: 3000 } };
    const demand = [pod('x', { requests: { cpu: 2000, pods: 1 } })];
    expect(solve(snapshot({ nodes: [node('n', running)] }), demand, OPTIONS).placements).toEqual([]);
  });

  test('may use any of its node affinity terms, each pod its own', () => {
    const requiredNodeTerms = [[is(ZONE, 'a')], [is(ZONE, 'b')]];
    const nodes = [node('n1'), node('n2', { labels: { [ZONE]: 'b' } }), node('n3', { labels: { [ZONE]: 'c' } })];
    const plan = solve(snapshot({ nodes }), pods(9, 'x', { requiredNodeTerms }), OPTIONS);
    expect(plan.placements.map((placement) => placement.nodeName)).toEqual([...'11112222'].map((digit) => `n${digit}`));
    expect(plan.unplaced.map((each) => each.code)).toEqual(['no-provisioner']);
  });
});

describe('a node on its way whose type and zone are undecided', () => {
  const undecided = requirementsOf([is(ZONE, 'a', 'b'), is(INSTANCE_TYPE, 'small', 'medium'), is(ARCH, 'amd64')]);
  const inFlight = node('m', { initialized: false, labels: {}, undecided, provisionerName: 'p' });
  const places = (wanted: Record<string, string>, rest = {}) =>
    solve(
      snapshot({ nodes: [inFlight], provisioners: [provisioner('p')], ...rest }),
      [pod('x', { nodeSelector: wanted })],
      OPTIONS,
    ).placements.length;

  test('takes a pod that every outcome suits', () => {
    expect(places({ [ARCH]: 'amd64' })).toBe(1);
  });

  test.each([
    [{ [ZONE]: 'a' }],
    [{ [INSTANCE_TYPE]: 'small' }],
    [{ 'karpenter.k8s.aws/instance-cpu': '2' }],
    [{ team: 'a' }],
  ])('does not gamble on a pod that wants %j', (wanted) => {
    expect(places(wanted as Record<string, string>)).toBe(0);
  });

  test('does not gamble on a pod that wants a well-known label not to be there', () => {
    const gpu = { key: 'karpenter.k8s.aws/instance-gpu-name', operator: 'DoesNotExist', values: [] } as const;
    const demand = [pod('x', { requiredNodeTerms: [[gpu]] })];
    expect(solve(snapshot({ nodes: [inFlight] }), demand, OPTIONS).placements).toEqual([]);
  });

  test('offers what the least of its types leaves beside its daemons', () => {
    const plan = solve(snapshot({ nodes: [inFlight], provisioners: [provisioner('p')] }), pods(3, 'x'), OPTIONS);
    expect(plan.placements).toHaveLength(2);
  });

  test('holds the pods it was planned for although its daemons differ from type to type', () => {
    const arm = instanceType('arm', 2, { arch: 'arm64' });
    const daemons = ['amd64', 'arm64'].map((arch) =>
      pod(`daemon-${arch}`, { requests: { cpu: 1000 }, nodeSelector: { [ARCH]: arch } }),
    );
    const provisioners = [provisioner('p', { instanceTypes: [SMALL, arm] })];
    const planned = solve(snapshot({ provisioners, daemons }), [pod('x')], OPTIONS).nodes[0];
    const machine = node('m', {
      initialized: false,
      labels: {},
      provisionerName: 'p',
      undecided: planned?.requirements ?? new Map(),
      allocatable: planned?.requests ?? {},
    });
    const again = solve(snapshot({ nodes: [machine], provisioners, daemons }), [pod('x')], OPTIONS);
    expect(again.placements).toEqual([{ podUid: 'x', nodeName: 'm' }]);
  });
});

describe('a pod that names a node', () => {
  const named = (operator: 'In' | 'NotIn') => ({
    requiredNodeTerms: [[{ key: NODE_NAME_KEY, operator, values: ['n'] }]],
  });

  test('goes to that node and no other', () => {
    const nodes = [node('m'), node('n')];
    const plan = solve(snapshot({ nodes, provisioners: [provisioner('p')] }), pods(5, 'x', named('In')), OPTIONS);
    expect(plan.placements.map(({ nodeName }) => nodeName)).toEqual(['n', 'n', 'n', 'n']);
    expect(plan.nodes).toEqual([]);
    expect(plan.unplaced).toMatchObject([
      { code: 'requirements-incompatible', message: expect.stringContaining('only node n will do') },
    ]);
  });

  test('to keep off it goes to every other, and to a new one', () => {
    const nodes = [node('m'), node('n')];
    const plan = solve(snapshot({ nodes, provisioners: [provisioner('p')] }), pods(5, 'x', named('NotIn')), OPTIONS);
    expect(plan.placements.map(({ nodeName }) => nodeName)).toEqual(['m', 'm', 'm', 'm']);
    expect(plan.nodes).toHaveLength(1);
    // Nobody else may read the name out of what the node will be.
    expect([...(plan.nodes[0]?.requirements.keys() ?? [])]).not.toContain(NODE_NAME_KEY);
  });

  test('keeps its spread to the nodes that it may go to', () => {
    const spread = [
      {
        topologyKey: ZONE,
        maxSkew: 1,
        minDomains: 1,
        selector: { namespaces: ['default'], labels: [] },
        honorsNodeAffinity: true,
        honorsNodeTaints: false,
      },
    ];
    const nodes = [node('m', { labels: { [ZONE]: 'b' } }), node('n')];
    const plan = solve(snapshot({ nodes }), pods(3, 'x', { ...named('In'), spread }), OPTIONS);
    expect(plan.placements.map(({ nodeName }) => nodeName)).toEqual(['n', 'n', 'n']);
  });

  test('as a daemon takes room on that node alone', () => {
    const daemons = [pod('daemon', { ...named('In'), requests: { cpu: 3000 } })];
    const world = {
      nodes: [node('n'), node('o')],
      provisioners: [provisioner('p', { instanceTypes: [SMALL] })],
      daemons,
    };
    const plan = solve(snapshot(world), pods(7, 'x'), OPTIONS);
    expect(plan.placements.map(({ nodeName }) => nodeName)).toEqual(['n', 'o', 'o', 'o', 'o']);
    expect(plan.nodes.map(({ podUids }) => podUids.length)).toEqual([2]);
  });
});

describe('a planned node', () => {
  const planFor = (demand: ReturnType<typeof pods>, rest = {}, world = {}) =>
    solve(snapshot({ provisioners: [provisioner('p', rest)], ...world }), demand, OPTIONS);

  test('is not given a label that its Provisioner leaves out, although one pod speaks of it', () => {
    const notBlue: Expression = { key: 'team', operator: 'NotIn', values: ['blue'] };
    const plan = planFor([
      pod('content', { requiredNodeTerms: [[notBlue]] }),
      pod('red', { nodeSelector: { team: 'red' } }),
    ]);
    expect(plan.nodes.map(({ podUids }) => podUids)).toEqual([['content']]);
    expect(plan.unplaced.map(({ code }) => code)).toEqual(['requirements-incompatible']);
  });

  test('offers every type that holds its pods, cheapest first', () => {
    const [planned] = planFor(pods(3, 'x')).nodes;
    expect(planned?.instanceTypes).toEqual(['medium', 'large']);
    expect(planned?.options).toEqual([
      { instanceType: 'medium', zone: 'a', capacityType: 'on-demand', priceNanoUsdPerHour: 40 },
      { instanceType: 'medium', zone: 'b', capacityType: 'on-demand', priceNanoUsdPerHour: 40 },
      { instanceType: 'large', zone: 'a', capacityType: 'on-demand', priceNanoUsdPerHour: 80 },
      { instanceType: 'large', zone: 'b', capacityType: 'on-demand', priceNanoUsdPerHour: 80 },
    ]);
    expect(planned?.reservedCapacity).toEqual(LARGE.capacity);
  });

  test('counts into the cost by its cheapest option', () => {
    const plan = planFor(pods(10, 'x'));
    expect(plan.nodes.map((planned) => planned.instanceTypes[0])).toEqual(['large', 'small']);
    expect(plan.costNanoUsdPerHour).toBe(100);
  });

  test('is filled evenly: the next pod joins the node with the fewest', () => {
    const demand = [...pods(2, 'big', { requests: { cpu: 5000, pods: 1 } }), ...pods(4, 'x')];
    const plan = planFor(demand);
    expect(plan.nodes.map((planned) => planned.podUids)).toEqual([
      ['big-0', 'x-0', 'x-2'],
      ['big-1', 'x-1', 'x-3'],
    ]);
  });

  test('takes the zone of its pods and keeps others away', () => {
    const demand = [pod('a', { nodeSelector: { [ZONE]: 'a' } }), pod('b', { nodeSelector: { [ZONE]: 'b' } }), pod('c')];
    const plan = planFor(demand);
    expect(plan.nodes.map((planned) => [...new Set(planned.options.map((option) => option.zone))])).toEqual([
      ['a'],
      ['b'],
    ]);
  });

  test('is only of what can be bought now', () => {
    const sold = (available: boolean) =>
      [{ zone: 'a', capacityType: 'on-demand', priceNanoUsdPerHour: 1, available }] as const;
    const types = [
      instanceType('gone', 2, { offerings: sold(false) }),
      instanceType('here', 2, { offerings: sold(true) }),
    ];
    expect(planFor([pod('x')], { instanceTypes: types }).nodes[0]?.instanceTypes).toEqual(['here']);
  });

  test('is not narrowed to a zone where nothing can be bought', () => {
    const offerings = SMALL.offerings.map((offering) => ({ ...offering, available: offering.zone === 'a' }));
    const demand = [pod('a'), pod('b', { nodeSelector: { [ZONE]: 'b' } })];
    const plan = planFor(demand, { instanceTypes: [instanceType('t', 2, { offerings })] });
    expect(plan.nodes.map((planned) => planned.podUids)).toEqual([['a']]);
    expect(plan.unplaced).toMatchObject([{ podUid: 'b', code: 'no-offering-available' }]);
  });

  test('needs one offering with both the zone and the capacity type', () => {
    const offerings = [
      { zone: 'a', capacityType: 'spot', priceNanoUsdPerHour: 1, available: true },
      { zone: 'b', capacityType: 'on-demand', priceNanoUsdPerHour: 1, available: true },
    ] as const;
    const plan = planFor([pod('x', { nodeSelector: { [ZONE]: 'a' } })], {
      instanceTypes: [instanceType('t', 2, { offerings })],
    });
    expect(plan.unplaced).toMatchObject([{ code: 'no-instance-type-fits' }]);
  });

  test('leaves room for the daemons of its type and no others', () => {
    const arm = instanceType('arm', 2, { arch: 'arm64' });
    const daemons = [pod('d', { requests: { cpu: 1500 }, nodeSelector: { [ARCH]: 'arm64' } })];
    const [planned] = planFor([pod('x')], { instanceTypes: [SMALL, arm] }, { daemons }).nodes;
    expect(planned?.instanceTypes).toEqual(['small']);
    expect(planned?.requests).toEqual({ cpu: 1000, memory: GI, pods: 1 });
  });

  test('runs no daemon that does not tolerate its taints', () => {
    const daemons = [pod('d', { requests: { cpu: 1500 } })];
    const demand = [pod('x', { tolerations: [tolerate('team')] })];
    const [planned] = planFor(demand, { taints: [team], instanceTypes: [SMALL] }, { daemons }).nodes;
    expect(planned?.requests.cpu).toBe(1000);
  });

  test('ignores startup taints', () => {
    expect(planFor([pod('x')], { startupTaints: [team] }).nodes).toHaveLength(1);
  });

  test('may leave well-known labels open but not a label of one’s own', () => {
    expect(planFor([pod('x', { nodeSelector: { [ZONE]: 'b' } })]).nodes).toHaveLength(1);
    expect(planFor([pod('x', { nodeSelector: { team: 'a' } })]).nodes).toHaveLength(0);
    const labelled = planFor([pod('x', { nodeSelector: { team: 'a' } })], { labels: { team: 'a' } });
    expect(labelled.nodes).toHaveLength(1);
  });
});

describe('of several Provisioners', () => {
  test('the heaviest that can goes first, equals by name', () => {
    const provisioners = [provisioner('b'), provisioner('a'), provisioner('heavy', { weight: 10, taints: [team] })];
    const plan = solve(snapshot({ provisioners }), [pod('x'), pod('y', { tolerations: [tolerate('team')] })], OPTIONS);
    // y would fit beside x: a node that is open goes before a new one, whatever the weights.
    expect(plan.nodes.map((planned) => [planned.provisionerName, planned.podUids])).toEqual([['a', ['x', 'y']]]);
    const alone = solve(snapshot({ provisioners }), [pod('y', { tolerations: [tolerate('team')] })], OPTIONS);
    expect(alone.nodes[0]?.provisionerName).toBe('heavy');
  });

  test('the next one takes over where the limit of the first ends', () => {
    const provisioners = [provisioner('a', { weight: 1, limits: { cpu: 8000 } }), provisioner('b')];
    const plan = solve(snapshot({ provisioners }), pods(12, 'x'), OPTIONS);
    expect(plan.nodes.map((planned) => planned.provisionerName)).toEqual(['a', 'b']);
    expect(plan.unplaced).toEqual([]);
  });
});

describe('a limit', () => {
  const limited = (limits: Record<string, number>, usage = {}) =>
    snapshot({ provisioners: [provisioner('p', { limits, usage })] });

  test('drops types that are too big rather than refuse', () => {
    const plan = solve(limited({ cpu: 9000 }, { cpu: 4000 }), [pod('x')], OPTIONS);
    expect(plan.nodes[0]?.instanceTypes).toEqual(['small', 'medium']);
    expect(plan.nodes[0]?.reservedCapacity.cpu).toBe(4000);
  });

  test('may be met exactly', () => {
    expect(solve(limited({ cpu: 2000 }), [pod('x')], OPTIONS).nodes[0]?.instanceTypes).toEqual(['small']);
  });

  test('that is spent says how far to raise it', () => {
    const plan = solve(limited({ cpu: 10_000 }, { cpu: 9000 }), [pod('x')], OPTIONS);
    expect(plan.unplaced).toEqual([
      {
        podUid: 'x',
        code: 'limits-exceeded',
        message: 'Provisioner p: the cpu limit of 10 leaves 1, small has 2 (raise the cpu limit by 1)',
        misses: [
          {
            provisionerName: 'p',
            code: 'limits-exceeded',
            message: 'the cpu limit of 10 leaves 1, small has 2',
            remedy: 'raise the cpu limit by 1',
            fix: { kind: 'raise-limits', by: { cpu: 1000 } },
          },
        ],
      },
    ]);
  });

  test('of zero on a resource forbids the types that have it and no others', () => {
    expect(solve(limited({ 'nvidia.com/gpu': 0 }), [pod('x')], OPTIONS).nodes).toHaveLength(1);
    expect(solve(limited({ cpu: 0 }), [pod('x')], OPTIONS).nodes).toHaveLength(0);
  });

  test('gets back what a node no longer reserves', () => {
    // The first node may become large, which takes the whole limit, until the pod from zone b makes it small.
    const small = instanceType('small', 2);
    const onlyInA = instanceType('large', 8, {
      offerings: LARGE.offerings.filter((offering) => offering.zone === 'a'),
    });
    const provisioners = [provisioner('p', { limits: { cpu: 8000 }, instanceTypes: [small, onlyInA] })];
    const demand = [
      pod('1', { requests: { cpu: 1000, pods: 1 } }),
      pod('2', { requests: { cpu: 900, pods: 1 }, nodeSelector: { [ZONE]: 'b' } }),
      pod('3', { requests: { cpu: 800, pods: 1 }, nodeSelector: { [ZONE]: 'b' } }),
    ];
    const plan = solve(snapshot({ provisioners }), demand, OPTIONS);
    expect(plan.nodes.map((planned) => planned.podUids)).toEqual([['1', '2'], ['3']]);
  });
});

test('a pod that the limits refused is no reason to refuse its equal after room has come back', () => {
  const inA = (name: string, cpu: number) =>
    instanceType(name, cpu, { offerings: LARGE.offerings.filter((offering) => offering.zone === 'a') });
  const types = [SMALL, inA('medium', 4), inA('large', 8)];
  const demand = [
    pod('first', { requests: { cpu: 1500 } }),
    pod('refused', { requests: { cpu: 600 }, createdAtMs: 1, nodeSelector: { [ZONE]: 'b' } }),
    pod('shrinks', { requests: { cpu: 600 }, createdAtMs: 2, nodeSelector: { [INSTANCE_TYPE]: 'medium' } }),
    pod('equal', { requests: { cpu: 600 }, createdAtMs: 3, nodeSelector: { [ZONE]: 'b' } }),
  ];
  const provisioners = [provisioner('p', { limits: { cpu: 8000 }, instanceTypes: types })];
  const plan = firstFit(snapshot({ provisioners }), demand, OPTIONS);
  expect(plan.nodes.map((planned) => planned.podUids)).toEqual([['first', 'shrinks'], ['equal']]);
  expect(plan.unplaced).toMatchObject([{ podUid: 'refused', code: 'limits-exceeded' }]);
});

describe('a pod without a place', () => {
  const refusal = (demand: ReturnType<typeof pod>, ...provisioners: ReturnType<typeof provisioner>[]) =>
    solve(snapshot({ provisioners }), [demand], OPTIONS).unplaced[0];

  test.each([
    [
      'a taint',
      pod('x'),
      { taints: [team] },
      {
        code: 'taints-not-tolerated',
        message: 'taint team=a:NoSchedule is not tolerated',
        remedy: 'tolerate team=a:NoSchedule',
      },
    ],
    [
      'a label nobody has',
      pod('x', { nodeSelector: { team: 'a' } }),
      {},
      { code: 'requirements-incompatible', message: 'label "team" does not have known values' },
    ],
    [
      'a capacity type that is not allowed',
      pod('x', { nodeSelector: { [CAPACITY_TYPE]: 'spot' } }),
      {},
      {
        code: 'requirements-incompatible',
        message: `${CAPACITY_TYPE} In [spot] is asked, but ${CAPACITY_TYPE} In [on-demand] is offered`,
      },
    ],
    [
      'a zone without types',
      pod('x', { nodeSelector: { [ZONE]: 'z' } }),
      {},
      { code: 'no-instance-type-fits', message: `no instance type offers ${ZONE} In [z]` },
    ],
    [
      'too much cpu',
      pod('x', { requests: { cpu: 200_000, pods: 1 } }),
      {},
      {
        code: 'no-instance-type-fits',
        message: 'no instance type has 200 cpu free; the largest allows 8',
        remedy: 'request at most 8 cpu',
      },
    ],
    [
      'M in place of m',
      pod('x', { requests: { cpu: 100_000_000_000, pods: 1 } }),
      {},
      { code: 'no-instance-type-fits', remedy: 'write thousandths of a cpu with "m"; "M" means a million' },
    ],
    [
      'a resource nobody has',
      pod('x', { requests: { 'nvidia.com/gpu': 1, pods: 1 } }),
      {},
      { code: 'no-instance-type-fits', message: 'no instance type has 1 nvidia.com/gpu free; the largest allows 0' },
    ],
    [
      'stock that is out',
      pod('x'),
      {
        instanceTypes: [
          instanceType('t', 2, { offerings: SMALL.offerings.map((each) => ({ ...each, available: false })) }),
        ],
      },
      { code: 'no-offering-available' },
    ],
    ['no type at all', pod('x'), { instanceTypes: [] }, { code: 'no-instance-type-fits' }],
  ])('is told of %s', (_, demand, rest, wantMiss) => {
    expect(refusal(demand, provisioner('p', rest))?.misses).toMatchObject([{ provisionerName: 'p', ...wantMiss }]);
  });

  test('hears of the nearest Provisioner first', () => {
    const far = provisioner('a', { taints: [team] });
    const near = provisioner('b', { limits: { cpu: 0 } });
    const middle = provisioner('c', { labels: { [ARCH]: 'arm64' } });
    const unplaced = refusal(pod('x', { nodeSelector: { [ARCH]: 'amd64' } }), far, near, middle);
    expect(unplaced?.code).toBe('limits-exceeded');
    expect(unplaced?.misses.map((miss) => miss.provisionerName)).toEqual(['b', 'c', 'a']);
  });

  test('hears of its nearest alternative', () => {
    const demand = pod('x', { requiredNodeTerms: [[is('team', 'a')], [is(ZONE, 'z')]] });
    expect(refusal(demand, provisioner('p'))?.code).toBe('no-instance-type-fits');
  });

  test('that uses what is not weighed yet is refused by name, even where it would fit', () => {
    const demand = pod('x', { unsupported: ['spec.topologySpreadConstraints'] });
    const plan = solve(snapshot({ nodes: [node('n')] }), [demand], OPTIONS);
    expect(plan.unplaced).toMatchObject([
      { code: 'unsupported-constraint', message: expect.stringContaining('spec.topologySpreadConstraints') },
    ]);
  });

  test('that contradicts itself is told so', () => {
    const demand = pod('x', { nodeSelector: { [ZONE]: 'a' }, requiredNodeTerms: [[is(ZONE, 'b')]] });
    expect(refusal(demand, provisioner('p'))?.code).toBe('invalid-pod');
  });

  test('is told when there is no Provisioner', () => {
    expect(refusal(pod('x'))?.code).toBe('no-provisioner');
  });

  test('does not stop those behind it', () => {
    const demand = [pod('huge', { requests: { cpu: 99_000, pods: 1 } }), pod('x')];
    const plan = solve(snapshot({ provisioners: [provisioner('p')] }), demand, OPTIONS);
    expect(plan.nodes.map((planned) => planned.podUids)).toEqual([['x']]);
  });
});

test('the work limit ends a plan at the same pod each time, and every pod is accounted for', () => {
  const provisioners = [provisioner('p', { instanceTypes: [MEDIUM] })];
  const plan = solve(snapshot({ provisioners }), pods(50, 'x'), { ...OPTIONS, fitChecksMax: 20 });
  const placed = plan.nodes.flatMap((planned) => planned.podUids).length;
  expect(placed).toBeGreaterThan(0);
  expect(plan.unplaced.map((each) => each.code)).toEqual(Array(50 - placed).fill('work-limit-reached'));
});
