import { describe, expect, test } from '@jest/globals';
import { instanceType, node, OPTIONS, pod, pods, provisioner, snapshot } from '../../../test/scheduling-problem.ts';
import type { ClusterSnapshot, ProvisionerModel } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import { NO_WISHES, type PodAffinityTerm, type PodWishes } from '../pod-topology.ts';
import type { Expression } from '../requirements.ts';
import { solve } from './solve.ts';
import { giveUpOne } from './wishes.ts';

const ZONE = 'topology.kubernetes.io/zone';
const is = (key: string, ...values: string[]): Expression => ({ key, operator: 'In', values });
const near = (topologyKey: string, name: string): PodAffinityTerm => ({
  topologyKey,
  selector: { namespaces: ['default'], labels: [is('app', name)] },
});
const wishing = (wishes: Partial<PodWishes>, rest: Partial<PodDemand> = {}) =>
  pod('x', { wishes: { ...NO_WISHES, ...wishes }, ...rest });
const zonesBought = (world: Partial<ClusterSnapshot>, demand: readonly PodDemand[], options = OPTIONS) =>
  solve(snapshot(world), demand, options).nodes.map((each) =>
    [...new Set(each.options.map(({ zone }) => zone))].sort().join(''),
  );

describe('a wish', () => {
  const provisioners = [provisioner('p')];

  test('is granted where it can be', () => {
    const inB = wishing({ nodeTerms: [{ weight: 1, value: [is(ZONE, 'b')] }] });
    expect(zonesBought({ provisioners }, [inB])).toEqual(['b']);
  });

  test('is given up where it cannot, heaviest first', () => {
    const nodeTerms = [
      { weight: 1, value: [is(ZONE, 'b')] },
      { weight: 9, value: [is(ZONE, 'z')] },
    ];
    expect(zonesBought({ provisioners }, [wishing({ nodeTerms })])).toEqual(['b']);
    expect(zonesBought({ provisioners }, [wishing({ nodeTerms: nodeTerms.slice(1) })])).toEqual(['ab']);
  });

  test('never bends what is required', () => {
    const inB = wishing({ nodeTerms: [{ weight: 1, value: [is(ZONE, 'b')] }] }, { nodeSelector: { [ZONE]: 'a' } });
    expect(zonesBought({ provisioners }, [inB])).toEqual(['a']);
  });

  test('buys a node rather than take one that exists against it', () => {
    const inB = wishing({ nodeTerms: [{ weight: 1, value: [is(ZONE, 'b')] }] });
    expect(zonesBought({ nodes: [node('n')], provisioners }, [inB])).toEqual(['b']);
  });

  test('is forgotten where an earlier plan gave it up', () => {
    const inB = wishing({ nodeTerms: [{ weight: 1, value: [is(ZONE, 'b')] }] });
    const expected = new Map([['x', 'n']]);
    const plan = solve(snapshot({ nodes: [node('n')], provisioners, expected }), [inB], OPTIONS);
    expect(plan.placements).toEqual([{ podUid: 'x', nodeName: 'n' }]);
  });

  test('is not looked at by those who say so', () => {
    const inB = wishing({ nodeTerms: [{ weight: 1, value: [is(ZONE, 'b')] }] });
    const ignoring = { ...OPTIONS, preferencePolicy: 'ignore' } as const;
    expect(zonesBought({ nodes: [node('n')], provisioners }, [inB], ignoring)).toEqual([]);
  });

  test('to be apart gives each pod a zone, and more of them than zones the rest', () => {
    const wishes = { ...NO_WISHES, podAntiAffinity: [{ weight: 1, value: near(ZONE, 'web') }] };
    const demand = pods(3, 'x', { labels: { app: 'web' }, wishes });
    expect(zonesBought({ provisioners }, demand)).toEqual(['a', 'b']);
  });

  test('to be near binds nobody else', () => {
    const hermit = wishing({ podAntiAffinity: [{ weight: 1, value: near(ZONE, 'web') }] });
    const world = { nodes: [node('n', { pods: [{ demand: hermit }] })] };
    expect(solve(snapshot(world), [pod('y', { labels: { app: 'web' } })], OPTIONS).placements).toHaveLength(1);
  });

  test('to be spread is tried for, and does not keep a pod pending', () => {
    const spread = [
      {
        topologyKey: ZONE,
        maxSkew: 1,
        minDomains: 1,
        selector: near(ZONE, 'web').selector,
        honorsNodeAffinity: true,
        honorsNodeTaints: false,
      },
    ];
    const demand = pods(2, 'x', { labels: { app: 'web' }, wishes: { ...NO_WISHES, spread } });
    expect(zonesBought({ provisioners }, demand)).toEqual(['a', 'b']);
    const narrow = demand.map((each) => ({ ...each, nodeSelector: { [ZONE]: 'a' } }));
    const nodes = [node('n', { requested: { cpu: 4000 } }), node('m', { labels: { [ZONE]: 'b' }, taints: [] })];
    expect(solve(snapshot({ nodes, provisioners }), narrow, OPTIONS).unplaced).toEqual([]);
  });

  test('to keep off a taint chooses the other Provisioner, and no more than that', () => {
    const taint = { key: 'slow', value: '', effect: 'PreferNoSchedule' } as const;
    const slow = provisioner('slow', { weight: 9, taints: [taint] });
    const chosen = (world: Partial<ClusterSnapshot>, rest = {}) =>
      solve(snapshot(world), [pod('x', rest)], OPTIONS).nodes.map(({ provisionerName }) => provisionerName);
    expect(chosen({ provisioners: [slow, ...provisioners] })).toEqual(['p']);
    expect(chosen({ provisioners: [slow] })).toEqual(['slow']);
    const tolerations = [{ key: 'slow', operator: 'Exists', value: '', effect: '' }];
    expect(chosen({ provisioners: [slow, ...provisioners] }, { tolerations })).toEqual(['slow']);
  });
});

test('wishes are given up in upstream’s order: near, apart, node, spread, taints', () => {
  const weighted = (...weights: number[]) => weights.map((weight) => ({ weight, value: near(ZONE, String(weight)) }));
  const spread = {
    topologyKey: ZONE,
    maxSkew: 1,
    minDomains: 1,
    selector: near(ZONE, 'web').selector,
    honorsNodeAffinity: true,
    honorsNodeTaints: false,
  };
  let wishes = giveUpOne({
    podAffinity: weighted(1, 5, 3),
    podAntiAffinity: weighted(2),
    nodeTerms: [{ weight: 7, value: [is(ZONE, 'a')] }],
    spread: [spread],
    shunsTaints: true,
  });
  const left: string[] = [];
  for (; wishes !== undefined; wishes = giveUpOne(wishes)) {
    const { podAffinity, podAntiAffinity, nodeTerms, spread: spreads, shunsTaints } = wishes;
    const weights = [podAffinity, podAntiAffinity, nodeTerms].map((list) => list.map(({ weight }) => weight).join(','));
    left.push([...weights, spreads.length, shunsTaints].join(' '));
  }
  expect(left).toEqual([
    '1,3 2 7 1 true',
    '1 2 7 1 true',
    ' 2 7 1 true',
    '  7 1 true',
    '   1 true',
    '   0 true',
    '   0 false',
  ]);
});

describe('a Provisioner that says what it does about wishes', () => {
  const CENT = 10_000_000;
  const soldIn = (zone: string, cents: number) =>
    instanceType(`in-${zone}`, 4, {
      offerings: [{ zone, capacityType: 'on-demand', priceNanoUsdPerHour: cents * CENT, available: true }],
    });
  const types = [soldIn('a', 50), soldIn('b', 10)];
  const inA = { value: [{ key: ZONE, operator: 'In' as const, values: ['a'] }] };
  const wishing = (weight: number) => ({ ...NO_WISHES, nodeTerms: [{ ...inA, weight }] });
  const boughtFor = (preferences: ProvisionerModel['preferences'], weight = 100) => {
    const provisioners = [provisioner('p', { instanceTypes: types, preferences })];
    const plan = solve(snapshot({ provisioners }), [pod('web', { wishes: wishing(weight) })], OPTIONS);
    return plan.nodes.map(({ instanceTypes: [cheapest] }) => cheapest);
  };

  test('to respect them pays what they cost', () => {
    expect(boughtFor({ policy: 'respect' })).toEqual(['in-a']);
  });

  test('to ignore them pays nothing for them', () => {
    expect(boughtFor({ policy: 'ignore' })).toEqual(['in-b']);
  });

  test.each([
    [41, 100, 'in-a'],
    [39, 100, 'in-b'],
    [79, 50, 'in-b'],
    [81, 50, 'in-a'],
  ])('to price them at %i cents pays no more than that, by weight %i', (cents, weight, want) => {
    expect(boughtFor({ policy: 'priced', nanoUsdPerHour: cents * CENT }, weight)).toEqual([want]);
  });

  test('counts for the pods that would get a node from it, not for others', () => {
    const provisioners = [
      provisioner('heavy', { weight: 9, instanceTypes: types, preferences: { policy: 'ignore' } }),
      provisioner('light', { instanceTypes: types, labels: { team: 'red' } }),
    ];
    // Two of them do not fit on one node.
    const large = { requests: { cpu: 3000, pods: 1 }, wishes: wishing(1) };
    const demand = [pod('red', { ...large, nodeSelector: { team: 'red' } }), pod('plain', large)];
    const plan = solve(snapshot({ provisioners }), demand, OPTIONS);
    const typeFor = (uid: string) => plan.nodes.find(({ podUids }) => podUids.includes(uid))?.instanceTypes[0];
    expect([typeFor('red'), typeFor('plain')]).toEqual(['in-a', 'in-b']);
  });

  test('to price them takes room that is there without buying for the wish', () => {
    const provisioners = [
      provisioner('p', { instanceTypes: types, preferences: { policy: 'priced', nanoUsdPerHour: 49 * CENT } }),
    ];
    const nodes = [node('n', { labels: { [ZONE]: 'b' } })];
    const plan = solve(snapshot({ provisioners, nodes }), [pod('web', { wishes: wishing(100) })], OPTIONS);
    expect(plan.placements).toEqual([{ podUid: 'web', nodeName: 'n' }]);
  });
});
