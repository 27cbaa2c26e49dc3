import { describe, expect, test } from '@jest/globals';
import { instanceType, node, OPTIONS, pod, pods, provisioner, snapshot } from '../../../test/scheduling-problem.ts';
import type { BoundPod, ClusterSnapshot } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import type { PodAffinityTerm, SpreadConstraint } from '../pod-topology.ts';
import { type Expression, requirementsOf } from '../requirements.ts';
import type { Plan, PlannedNode } from './plan.ts';
import { solve } from './solve.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
const CAPACITY_TYPE = 'karpenter.sh/capacity-type';
const ARCH = 'kubernetes.io/arch';

const is = (key: string, ...values: string[]): Expression => ({ key, operator: 'In', values });
const app = (name: string) => ({ labels: { app: name } });
const selecting = (name: string) => ({ namespaces: ['default'], labels: [is('app', name)] });
const near = (topologyKey: string, name: string): PodAffinityTerm => ({ topologyKey, selector: selecting(name) });
const spreadOver = (topologyKey: string, name: string, rest: Partial<SpreadConstraint> = {}): SpreadConstraint => ({
  topologyKey,
  maxSkew: 1,
  minDomains: 1,
  selector: selecting(name),
  honorsNodeAffinity: true,
  honorsNodeTaints: false,
  ...rest,
});
const bound = (name: string, rest: Partial<PodDemand> = {}): BoundPod => ({
  demand: pod(name, { ...app(name), ...rest }),
});

/** One type of four cores, on demand in these zones, at a price that rises with the letter. */
const sold = (...zones: string[]) =>
  instanceType('four', 4, {
    offerings: zones.map((zone) => ({
      zone,
      capacityType: 'on-demand' as const,
      priceNanoUsdPerHour: 40 + zone.charCodeAt(0),
      available: true,
    })),
  });
const inZones = (...zones: string[]) => provisioner('p', { instanceTypes: [sold(...zones)] });
const zonal = (name: string, zone: string, rest = {}) =>
  node(name, { labels: { [ZONE]: zone, [ARCH]: 'amd64' }, ...rest });

const zonesOf = (planned: PlannedNode) => [...new Set(planned.options.map(({ zone }) => zone))].sort().join('');
/** How many pods each zone gets by new nodes: `a1 b2`. A node that could still be in several zones counts as `ab`. */
const newPodsByZone = ({ nodes }: Plan) => {
  const counts = new Map<string, number>();
  for (const planned of nodes)
    counts.set(zonesOf(planned), (counts.get(zonesOf(planned)) ?? 0) + planned.podUids.length);
  return [...counts]
    .map(([zone, count]) => `${zone}${count}`)
    .sort()
    .join(' ');
};
const plan = (world: Partial<ClusterSnapshot>, demand: readonly PodDemand[]) => solve(snapshot(world), demand, OPTIONS);
const codes = ({ unplaced }: Plan) => unplaced.map(({ code }) => code);

describe('pods spread over zones', () => {
  const web = { ...app('web'), spread: [spreadOver(ZONE, 'web')] };

  test('get as many in each zone that a Provisioner could open', () => {
    expect(newPodsByZone(plan({ provisioners: [inZones('a', 'b', 'c')] }, pods(6, 'x', web)))).toBe('a2 b2 c2');
  });

  test('begin in the cheapest zone', () => {
    expect(newPodsByZone(plan({ provisioners: [inZones('c', 'b')] }, [pod('x', web)]))).toBe('b1');
  });

  test('make up for what stands unevenly', () => {
    const nodes = [zonal('n', 'a', { requested: { cpu: 4000 }, pods: [bound('web'), bound('web'), bound('web')] })];
    expect(newPodsByZone(plan({ nodes, provisioners: [inZones('a', 'b')] }, pods(3, 'x', web)))).toBe('b3');
  });

  test('leave a node with room alone while another zone could be opened', () => {
    const nodes = [zonal('n', 'a', { pods: [bound('web')] })];
    const result = plan({ nodes, provisioners: [inZones('a', 'b')] }, pods(2, 'x', web));
    expect([newPodsByZone(result), result.placements.length]).toEqual(['b1', 1]);
  });

  test('do not count pods on their way out, of other namespaces or without the label', () => {
    const strangers: BoundPod[] = [
      { ...bound('web'), deletionAtMs: 1 },
      bound('web', { namespace: 'other' }),
      bound('else'),
    ];
    const nodes = [zonal('n', 'a', { requested: { cpu: 4000 }, pods: strangers })];
    expect(newPodsByZone(plan({ nodes, provisioners: [inZones('a', 'b')] }, [pod('x', web)]))).toBe('a1');
  });

  test('count pods on a node that is cordoned, and its zone', () => {
    const closedNodes = [zonal('n', 'a', { pods: [bound('web')] })];
    expect(newPodsByZone(plan({ closedNodes, provisioners: [inZones('a', 'b')] }, [pod('x', web)]))).toBe('b1');
    const onlyA = plan({ closedNodes, provisioners: [inZones('b')] }, pods(3, 'x', web));
    expect([newPodsByZone(onlyA), ...codes(onlyA)]).toEqual(['b2', 'topology-spread-unsatisfiable']);
  });

  test('count only zones that their own selector allows', () => {
    const restricted = { ...web, requiredNodeTerms: [[is(ZONE, 'a')], [is(ZONE, 'b')]] };
    expect(newPodsByZone(plan({ provisioners: [inZones('a', 'b', 'c')] }, pods(4, 'x', restricted)))).toBe('a2 b2');
  });

  test('count the zones of their own selector, though others state the same constraint and may go anywhere', () => {
    const free = pod('free', { ...web, requests: { cpu: 2000, pods: 1 } });
    const held = pods(3, 'x', { ...web, nodeSelector: { [ZONE]: 'a' } });
    expect(codes(plan({ provisioners: [inZones('a', 'b', 'c')] }, [free, ...held]))).toEqual([]);
  });

  test('stop at one each where they want more domains than there are, though others do not', () => {
    const free = pod('free', { ...web, requests: { cpu: 2000, pods: 1 } });
    const spread = [spreadOver(ZONE, 'web', { minDomains: 3 })];
    const result = plan({ provisioners: [inZones('a', 'b')] }, [free, ...pods(3, 'x', { ...app('web'), spread })]);
    // They come before the free one then, which may go anywhere.
    expect(codes(result)).toEqual(['topology-spread-unsatisfiable']);
  });

  test('do not count a zone in which only types of another architecture are sold', () => {
    const arm = instanceType('arm', 4, {
      arch: 'arm64',
      offerings: [{ zone: 'c', capacityType: 'on-demand', priceNanoUsdPerHour: 1, available: true }],
    });
    const provisioners = [provisioner('p', { instanceTypes: [sold('a', 'b'), arm] })];
    const result = plan({ provisioners }, pods(4, 'x', { ...web, nodeSelector: { [ARCH]: 'amd64' } }));
    expect(newPodsByZone(result)).toBe('a2 b2');
  });

  test('are held by zones they may not use where they ignore their affinity and such nodes stand', () => {
    const ignoring = { ...app('web'), spread: [spreadOver(ZONE, 'web', { honorsNodeAffinity: false })] };
    const demand = pods(2, 'x', { ...ignoring, nodeSelector: { [ZONE]: 'a' } });
    expect(newPodsByZone(plan({ provisioners: [inZones('a', 'b')] }, demand))).toBe('a2');
    const nodes = [zonal('n', 'b')];
    const held = plan({ nodes, provisioners: [inZones('a', 'b')] }, demand);
    expect([newPodsByZone(held), ...codes(held)]).toEqual(['a1', 'topology-spread-unsatisfiable']);
  });

  test('count a zone that the same plan opens for others behind a taint, unless they honour taints', () => {
    const taint = { key: 'gpu', value: '', effect: 'NoSchedule' } as const;
    const behind = provisioner('gpu', { taints: [taint], instanceTypes: [sold('c')] });
    const other = pod('other', { tolerations: [{ key: 'gpu', operator: 'Exists', value: '', effect: '' }] });
    const demand = [other, ...pods(4, 'x', web)];
    const world = { provisioners: [inZones('a', 'b'), behind] };
    expect(newPodsByZone(plan(world, pods(4, 'x', web)))).toBe('a2 b2');
    const pinned = { ...other, nodeSelector: { [ZONE]: 'c' } };
    const strict = plan(world, [pinned, ...demand.slice(1)]);
    expect([newPodsByZone(strict), ...codes(strict)]).toEqual([
      'a1 b1 c1',
      'topology-spread-unsatisfiable',
      'topology-spread-unsatisfiable',
    ]);
    const honouring = { ...app('web'), spread: [spreadOver(ZONE, 'web', { honorsNodeTaints: true })] };
    expect(newPodsByZone(plan(world, [pinned, ...pods(4, 'x', honouring)]))).toBe('a2 b2 c1');
  });

  test('stop at one each while there are fewer zones than minDomains', () => {
    const wide = { ...app('web'), spread: [spreadOver(ZONE, 'web', { minDomains: 3 })] };
    const result = plan({ provisioners: [inZones('a', 'b')] }, pods(3, 'x', wide));
    expect([newPodsByZone(result), ...codes(result)]).toEqual(['a1 b1', 'topology-spread-unsatisfiable']);
  });

  test('are told the least maxSkew that would do, and fit with it', () => {
    const nodes = [
      zonal('n', 'a', { requested: { cpu: 4000 }, pods: [bound('web')] }),
      zonal('m', 'b', { requested: { cpu: 4000 } }),
    ];
    const world = { nodes, provisioners: [inZones('a')] };
    const [refused] = plan(world, [pod('x', web)]).unplaced;
    expect(refused?.misses[0]).toMatchObject({ code: 'topology-spread-unsatisfiable', remedy: 'raise maxSkew to 2' });
    const eased = { ...app('web'), spread: [spreadOver(ZONE, 'web', { maxSkew: 2 })] };
    expect(plan(world, [pod('x', eased)]).unplaced).toEqual([]);
  });

  test('are asked again when pods placed after them have filled another zone', () => {
    const large = { requests: { cpu: 2000, pods: 1 }, nodeSelector: { [ZONE]: 'a' } };
    const ignoring = { ...app('web'), spread: [spreadOver(ZONE, 'web', { honorsNodeAffinity: false })] };
    const world = { nodes: [zonal('n', 'b')], provisioners: [inZones('a')] };
    const early = pods(2, 'x', { ...ignoring, ...large });
    expect(codes(plan(world, early))).toEqual(['topology-spread-unsatisfiable']);
    const late = pod('small', { ...app('web'), nodeSelector: { [ZONE]: 'b' } });
    expect(codes(plan(world, [...early, late]))).toEqual([]);
  });

  test('stay where an earlier plan put them, also those who have to wait for others to be there', () => {
    const machines = ['a1', 'a2', 'b1'].map((name) =>
      zonal(name, name.slice(0, 1), { initialized: false, provisionerName: 'p' }),
    );
    const demand = pods(4, 'x', web);
    const expected = new Map(demand.map(({ uid }, index) => [uid, index < 2 ? 'a2' : 'b1']));
    const again = plan({ nodes: machines, provisioners: [inZones('a', 'b')], expected }, demand);
    expect(new Map(again.placements.map(({ podUid, nodeName }) => [podUid, nodeName]))).toEqual(expected);
  });

  test('wait for a node on its way whose zone is not decided', () => {
    const undecided = requirementsOf([is(ZONE, 'a', 'b')]);
    const machine = node('m', { initialized: false, labels: {}, undecided, provisionerName: 'p' });
    const mate = pod('mate', { ...app('web'), requests: { cpu: 2000, pods: 1 } });
    const expected = new Map([['mate', 'm']]);
    const result = plan({ nodes: [machine], provisioners: [inZones('a', 'b')], expected }, [mate, pod('x', web)]);
    expect(result.placements).toEqual([{ podUid: 'mate', nodeName: 'm' }]);
    expect(codes(result)).toEqual(['topology-spread-unsatisfiable']);
  });
});

describe('pods spread over other labels', () => {
  test('of hostnames get a node each', () => {
    const apart = { ...app('web'), spread: [spreadOver(HOSTNAME, 'web')] };
    expect(
      plan({ provisioners: [inZones('a')] }, pods(3, 'x', apart)).nodes.map(({ podUids }) => podUids.length),
    ).toEqual([1, 1, 1]);
    const two = { ...app('web'), spread: [spreadOver(HOSTNAME, 'web', { maxSkew: 2 })] };
    expect(
      plan({ provisioners: [inZones('a')] }, pods(4, 'x', two)).nodes.map(({ podUids }) => podUids.length),
    ).toEqual([2, 2]);
  });

  test('of capacity types buy half on demand', () => {
    const both = provisioner('p', { requirements: [is(CAPACITY_TYPE, 'spot', 'on-demand')] });
    const mixed = { ...app('web'), spread: [spreadOver(CAPACITY_TYPE, 'web')] };
    const result = plan({ provisioners: [both] }, pods(4, 'x', mixed));
    const bought = result.nodes.map(({ options, podUids }) => [options[0]?.capacityType, podUids.length]);
    expect(bought.sort()).toEqual([
      ['on-demand', 2],
      ['spot', 2],
    ]);
  });

  test('of capacity types are not held by a node that may become spot, which they do not count', () => {
    const both = provisioner('p', {
      instanceTypes: [instanceType('two', 2)],
      requirements: [is(CAPACITY_TYPE, 'spot', 'on-demand')],
    });
    const steady = { ...app('web'), nodeSelector: { [CAPACITY_TYPE]: 'on-demand' } };
    const demand = pods(3, 'x', { ...steady, spread: [spreadOver(CAPACITY_TYPE, 'web')] });
    expect(plan({ provisioners: [both] }, [...demand, pod('open'), pod('y')]).unplaced).toEqual([]);
  });

  test('of capacity types are not held by one that only an alternative allows which no node can fulfil', () => {
    const both = provisioner('p', {
      instanceTypes: [instanceType('two', 2)],
      requirements: [is(CAPACITY_TYPE, 'spot', 'on-demand')],
    });
    const requiredNodeTerms = [[is('team', 'blue')], [is(CAPACITY_TYPE, 'on-demand')]];
    const demand = pods(3, 'x', { ...app('web'), requiredNodeTerms, spread: [spreadOver(CAPACITY_TYPE, 'web')] });
    expect(plan({ provisioners: [both] }, [...demand, pod('open'), pod('y')]).unplaced).toEqual([]);
  });

  test('of a custom label use the values that the Provisioner may give', () => {
    const racks = provisioner('p', { requirements: [is('rack', 'r1', 'r2')] });
    const result = plan(
      { provisioners: [racks] },
      pods(2, 'x', { ...app('web'), spread: [spreadOver('rack', 'web')] }),
    );
    expect(result.nodes.map(({ requirements }) => [...(requirements.get('rack')?.values ?? [])])).toEqual([
      ['r1'],
      ['r2'],
    ]);
  });

  test('that no node has get none', () => {
    const [refused] = plan({ provisioners: [inZones('a')] }, [
      pod('x', { spread: [spreadOver('rack', 'web')] }),
    ]).unplaced;
    expect(refused).toMatchObject({
      code: 'topology-spread-unsatisfiable',
      message: expect.stringContaining('label rack'),
    });
  });

  test('and over zones do not count a node that lacks one of both labels', () => {
    const nodes = [zonal('n', 'a', { requested: { cpu: 4000 }, pods: [bound('web')] })];
    const racks = provisioner('p', { instanceTypes: [sold('a', 'b')], requirements: [is('rack', 'r1')] });
    const spread = [spreadOver(ZONE, 'web'), spreadOver('rack', 'web')];
    expect(newPodsByZone(plan({ nodes, provisioners: [racks] }, [pod('x', { ...app('web'), spread })]))).toBe('a1');
    expect(
      newPodsByZone(plan({ nodes, provisioners: [racks] }, [pod('x', { ...app('web'), spread: spread.slice(0, 1) })])),
    ).toBe('b1');
  });

  test('and over zones do not count a node of this plan that will lack one of both labels', () => {
    const plain = provisioner('plain', { weight: 9, instanceTypes: [sold('a', 'b')] });
    const racks = provisioner('racks', { instanceTypes: [sold('a', 'b')], requirements: [is('rack', 'r1')] });
    const mate = pod('mate', { ...app('web'), requests: { cpu: 4000, pods: 1 } });
    const spread = [spreadOver(ZONE, 'web'), spreadOver('rack', 'web')];
    const result = plan({ provisioners: [plain, racks] }, [mate, pod('x', { ...app('web'), spread })]);
    expect(result.nodes.map((each) => [each.provisionerName, zonesOf(each)])).toEqual([
      ['plain', 'a'],
      ['racks', 'a'],
    ]);
  });

  test('and over zones at once satisfy both', () => {
    const both = { ...app('web'), spread: [spreadOver(ZONE, 'web'), spreadOver(HOSTNAME, 'web')] };
    const result = plan({ provisioners: [inZones('a', 'b', 'c')] }, pods(6, 'x', both));
    expect([newPodsByZone(result), result.nodes.length]).toEqual(['a2 b2 c2', 6]);
  });
});

test('a pod whose constraints allow each some node, but none together, is told so', () => {
  const offerings = [
    { zone: 'a', capacityType: 'on-demand' as const, priceNanoUsdPerHour: 10, available: true },
    { zone: 'b', capacityType: 'spot' as const, priceNanoUsdPerHour: 3, available: true },
  ];
  const both = provisioner('p', {
    instanceTypes: [instanceType('four', 4, { offerings })],
    requirements: [is(CAPACITY_TYPE, 'spot', 'on-demand')],
  });
  const nodes = [
    node('n', {
      labels: { [ZONE]: 'a', [CAPACITY_TYPE]: 'spot' },
      requested: { cpu: 4000 },
      pods: [bound('web')],
    }),
  ];
  const torn = pod('x', { ...app('web'), spread: [spreadOver(ZONE, 'web'), spreadOver(CAPACITY_TYPE, 'web')] });
  const [refused] = plan({ nodes, provisioners: [both] }, [torn]).unplaced;
  expect(refused?.message).toContain(`constraints on ${CAPACITY_TYPE} and ${ZONE} all allow it`);
});

describe('pods that must be near others', () => {
  test('join the zone where these are', () => {
    const nodes = [zonal('n', 'b', { requested: { cpu: 4000 }, pods: [bound('db')] })];
    const result = plan(
      { nodes, provisioners: [inZones('a', 'b')] },
      pods(2, 'x', { podAffinity: [near(ZONE, 'db')] }),
    );
    expect(newPodsByZone(result)).toBe('b2');
  });

  test('find those that are placed after them', () => {
    const first = pod('large', { podAffinity: [near(ZONE, 'db')], requests: { cpu: 3000, pods: 1 } });
    const result = plan({ provisioners: [inZones('a', 'b')] }, [first, pod('small', app('db'))]);
    expect(newPodsByZone(result)).toBe('a2');
  });

  test('all start in one zone, the cheapest, when they mean each other and none is there', () => {
    const mates = { ...app('web'), podAffinity: [near(ZONE, 'web')] };
    expect(newPodsByZone(plan({ provisioners: [inZones('a', 'b')] }, pods(9, 'x', mates)))).toBe('a9');
  });

  test('do not start a group of their own where one whom they mean has to go elsewhere', () => {
    const mates = { ...app('web'), podAffinity: [near(ZONE, 'web')], requests: { cpu: 2000, pods: 1 } };
    const leader = pod('leader', { ...app('web'), nodeSelector: { [ZONE]: 'c' } });
    const result = plan({ provisioners: [inZones('a', 'b', 'c')] }, [...pods(3, 'x', mates), leader]);
    expect(newPodsByZone(result)).toBe('c4');
  });

  test('all start on one node by hostname, and the rest waits', () => {
    const mates = { ...app('web'), podAffinity: [near(HOSTNAME, 'web')] };
    const result = plan({ provisioners: [inZones('a')] }, pods(5, 'x', mates));
    expect(result.nodes.map(({ podUids }) => podUids.length)).toEqual([4]);
    expect(result.unplaced).toMatchObject([
      {
        code: 'pod-affinity-unsatisfiable',
        misses: [{ message: 'no node with a pod that its affinity means takes it' }],
      },
    ]);
  });

  test('are placed nowhere while nobody is there whom they mean', () => {
    const [refused] = plan({ provisioners: [inZones('a')] }, [pod('x', { podAffinity: [near(ZONE, 'db')] })]).unplaced;
    expect(refused?.code).toBe('pod-affinity-unsatisfiable');
    expect(refused?.message).toContain('no pod that its affinity means');
  });

  test('need one pod that every term means, not one for each', () => {
    const both = [
      near(ZONE, 'db'),
      { topologyKey: ZONE, selector: { namespaces: ['default'], labels: [is('tier', 'gold')] } },
    ];
    const apart = [bound('db'), bound('other', { labels: { tier: 'gold' } })];
    const world = (pods: BoundPod[]) => ({ nodes: [zonal('n', 'a', { pods })], provisioners: [inZones('a')] });
    expect(codes(plan(world(apart), [pod('x', { podAffinity: both })]))).toEqual(['pod-affinity-unsatisfiable']);
    const joined = [bound('db', { labels: { app: 'db', tier: 'gold' } })];
    expect(codes(plan(world(joined), [pod('x', { podAffinity: both })]))).toEqual([]);
  });

  test('look into the namespaces of the term alone', () => {
    const nodes = [zonal('n', 'a', { pods: [bound('db', { namespace: 'data' })] })];
    const asking = (namespaces: readonly string[] | 'all') =>
      pod('x', { podAffinity: [{ topologyKey: ZONE, selector: { namespaces, labels: [is('app', 'db')] } }] });
    expect(codes(plan({ nodes }, [asking(['default'])]))).toHaveLength(1);
    expect(codes(plan({ nodes }, [asking(['data'])]))).toEqual([]);
    expect(codes(plan({ nodes }, [asking('all')]))).toEqual([]);
  });

  test('are told where those are that no node could join', () => {
    const nodes = [zonal('n', 'z', { requested: { cpu: 4000 }, pods: [bound('db')] })];
    const [refused] = plan({ nodes, provisioners: [inZones('a')] }, [
      pod('x', { podAffinity: [near(ZONE, 'db')] }),
    ]).unplaced;
    expect(refused?.misses[0]?.remedy).toBe(`allow ${ZONE} [z]`);
  });
});

describe('pods that must be away from others', () => {
  test('of their own kind get a node each', () => {
    const alone = { ...app('web'), podAntiAffinity: [near(HOSTNAME, 'web')] };
    expect(plan({ provisioners: [inZones('a')] }, pods(3, 'x', alone)).nodes).toHaveLength(3);
  });

  test('by zone get a zone each, in one plan, and the last is told why not', () => {
    const alone = { ...app('web'), podAntiAffinity: [near(ZONE, 'web')] };
    const result = plan({ provisioners: [inZones('a', 'b')] }, pods(3, 'x', alone));
    expect([newPodsByZone(result), ...codes(result)]).toEqual(['a1 b1', 'pod-anti-affinity-unsatisfiable']);
  });

  test('keep others away too, whether bound or just placed', () => {
    const hermit = bound('hermit', { podAntiAffinity: [near(ZONE, 'web')] });
    const nodes = [zonal('n', 'a', { pods: [hermit] })];
    expect(newPodsByZone(plan({ nodes, provisioners: [inZones('a', 'b')] }, [pod('x', app('web'))]))).toBe('b1');
    const large = pod('large', { podAntiAffinity: [near(ZONE, 'web')], requests: { cpu: 3000, pods: 1 } });
    const both = plan({ provisioners: [inZones('a', 'b')] }, [large, pod('x', app('web'))]);
    expect(newPodsByZone(both)).toBe('a1 b1');
  });

  test('keep others away also while they are on their way out, or on a cordoned node', () => {
    const leaving = { ...bound('hermit', { podAntiAffinity: [near(ZONE, 'web')] }), deletionAtMs: 1 };
    const world = { closedNodes: [zonal('n', 'a', { pods: [leaving] })], provisioners: [inZones('a')] };
    expect(codes(plan(world, [pod('x', app('web'))]))).toEqual(['pod-anti-affinity-unsatisfiable']);
  });

  test('find the zone free that pods whom they mean could do without', () => {
    const nodes = [zonal('n', 'b', { requested: { cpu: 4000 }, pods: [bound('web')] })];
    const shy = pod('shy', { podAntiAffinity: [near(ZONE, 'web')] });
    const large = pod('large', { ...app('web'), requests: { cpu: 3000, pods: 1 } });
    expect(newPodsByZone(plan({ nodes, provisioners: [inZones('a', 'b')] }, [large, shy]))).toBe('a1 b1');
  });

  test('do not mind a node that lacks the label', () => {
    const nodes = [node('n', { labels: {}, pods: [bound('web')] })];
    const shy = pod('x', { podAntiAffinity: [near(ZONE, 'web')] });
    expect(plan({ nodes }, [shy]).placements).toEqual([{ podUid: 'x', nodeName: 'n' }]);
  });

  test('do not drive pods whom nobody means onto types that have the label', () => {
    const gpu = 'karpenter.k8s.aws/instance-gpu-name';
    const dear = { ...instanceType('gpu', 4), requirements: requirementsOf([is(gpu, 't4')]) };
    const provisioners = [provisioner('p', { instanceTypes: [instanceType('plain', 4), dear] })];
    const shy = pod('shy', { ...app('web'), podAntiAffinity: [near(gpu, 'web')] });
    const result = plan({ provisioners }, [shy, pod('x', app('web'))]);
    expect(result.nodes.map(({ instanceTypes }) => instanceTypes)).toEqual([['plain']]);
  });
});

describe('a pod that others count', () => {
  test('goes to a node whose zone is decided, so that they can tell where it is', () => {
    const db = pod('db', { ...app('db'), requests: { cpu: 4000, pods: 1 } });
    const result = plan({ provisioners: [inZones('a', 'b')] }, [db, pod('x', { podAffinity: [near(ZONE, 'db')] })]);
    expect(result.nodes.map(zonesOf)).toEqual(['a', 'a']);
  });

  test('leaves the zone open when nobody asks', () => {
    expect(newPodsByZone(plan({ provisioners: [inZones('a', 'b')] }, [pod('x', app('db'))]))).toBe('ab1');
  });

  test('is the same to all when they read other labels than those in which it differs', () => {
    const set = ['0', '1', '2'].map((index) =>
      pod(`x-${index}`, {
        labels: { app: 'web', 'statefulset.kubernetes.io/pod-name': `x-${index}` },
        spread: [spreadOver(ZONE, 'web')],
      }),
    );
    expect(newPodsByZone(plan({ provisioners: [inZones('a', 'b', 'c')] }, set))).toBe('a1 b1 c1');
  });
});

describe('pods that take ports of the node', () => {
  const web = { hostPorts: [{ ip: '', port: 80, protocol: 'TCP' }] };

  test('get a node each, unless protocol or address differ', () => {
    expect(plan({ provisioners: [inZones('a')] }, pods(2, 'x', web)).nodes).toHaveLength(2);
    const udp = pod('udp', { hostPorts: [{ ip: '', port: 80, protocol: 'UDP' }] });
    expect(plan({ provisioners: [inZones('a')] }, [pod('tcp', web), udp]).nodes).toHaveLength(1);
    const at = (ip: string) => pod(ip, { hostPorts: [{ ip, port: 80, protocol: 'TCP' }] });
    expect(plan({ provisioners: [inZones('a')] }, [at('10.0.0.1'), at('10.0.0.2')]).nodes).toHaveLength(1);
    expect(plan({ provisioners: [inZones('a')] }, [at('10.0.0.1'), at('')]).nodes).toHaveLength(2);
  });

  test('pass by a node where a pod has it, or a daemon will', () => {
    const taken = [node('n', { pods: [bound('other', web)] })];
    expect(plan({ nodes: taken }, [pod('x', web)]).placements).toEqual([]);
    expect(plan({ nodes: [node('n')], daemons: [pod('daemon', web)] }, [pod('x', web)]).placements).toEqual([]);
    expect(plan({ nodes: [node('n')] }, pods(2, 'x', web)).placements).toHaveLength(1);
  });

  test('are told of the daemon that has it on every node', () => {
    const world = { provisioners: [inZones('a')], daemons: [pod('daemon', web)] };
    const [refused] = plan(world, [pod('x', web)]).unplaced;
    expect(refused).toMatchObject({ code: 'host-port-taken', message: expect.stringContaining('80/TCP') });
  });

  test('use a type on which that daemon does not run', () => {
    const arm = instanceType('arm', 4, { arch: 'arm64' });
    const provisioners = [provisioner('p', { instanceTypes: [instanceType('amd', 4), arm] })];
    const daemons = [pod('daemon', { ...web, nodeSelector: { [ARCH]: 'amd64' } })];
    expect(plan({ provisioners, daemons }, [pod('x', web)]).nodes.map(({ instanceTypes }) => instanceTypes)).toEqual([
      ['arm'],
    ]);
  });
});
