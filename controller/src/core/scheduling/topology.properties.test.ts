import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instanceType, node, OPTIONS, pod, provisioner, snapshot } from '../../../test/scheduling-problem.ts';
import type { ClusterSnapshot, NodeModel } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import { NO_WISHES, type PodAffinityTerm, type PodSelector, type SpreadConstraint } from '../pod-topology.ts';
import type { Plan } from './plan.ts';
import { solve } from './solve.ts';

const SEED = 20264;
const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
const CAPACITY_TYPE = 'karpenter.sh/capacity-type';
const ZONES = ['a', 'b', 'c'];
const TAINT = { key: 'team', value: 'a', effect: 'NoSchedule' } as const;
const TOLERATION = { key: 'team', operator: 'Exists', value: '', effect: '' } as const;

// Problems of a few pods, of which about half have some constraint on others.

const anySelector: fc.Arbitrary<PodSelector> = fc.record({
  namespaces: fc.constantFrom<PodSelector['namespaces']>(['default'], ['other'], 'all'),
  labels: fc.constantFrom<PodSelector['labels']>(
    [{ key: 'app', operator: 'In', values: ['x'] }],
    [{ key: 'app', operator: 'NotIn', values: ['x'] }],
    [],
    'nothing',
  ),
});
const anyKey = fc.constantFrom(ZONE, ZONE, HOSTNAME, CAPACITY_TYPE, 'rack');
const anyTerm: fc.Arbitrary<PodAffinityTerm> = fc.record({ topologyKey: anyKey, selector: anySelector });
const anySpread: fc.Arbitrary<SpreadConstraint> = fc.record({
  topologyKey: anyKey,
  maxSkew: fc.integer({ min: 1, max: 2 }),
  minDomains: fc.integer({ min: 1, max: 3 }),
  selector: anySelector,
  honorsNodeAffinity: fc.boolean(),
  honorsNodeTaints: fc.boolean(),
});
const few = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(value, { maxLength: 2 }) });
const anyPod = fc.record({
  namespace: fc.constantFrom('default', 'default', 'other'),
  app: fc.constantFrom('x', 'y'),
  cpu: fc.integer({ min: 1, max: 20 }),
  zone: fc.option(fc.constantFrom(...ZONES), { freq: 5 }),
  tolerates: fc.boolean(),
  hostPort: fc.option(fc.constantFrom(80, 81), { freq: 5 }),
  spread: few(anySpread),
  podAffinity: few(anyTerm),
  podAntiAffinity: few(anyTerm),
  wishedTerms: few(fc.record({ weight: fc.integer({ min: 1, max: 3 }), value: anyTerm })),
});
type PodSeed = typeof anyPod extends fc.Arbitrary<infer T> ? T : never;
const anyNode = fc.record({
  zone: fc.option(fc.constantFrom(...ZONES), { freq: 8 }),
  rack: fc.option(fc.constantFrom('r1', 'r2')),
  capacityType: fc.constantFrom('spot', 'on-demand'),
  tainted: fc.boolean(),
  closed: fc.boolean(),
  bound: fc.array(anyPod, { maxLength: 2 }),
});
const anyProvisioner = fc.record({
  tainted: fc.boolean(),
  zones: fc.subarray(ZONES, { minLength: 1 }),
  racks: fc.option(fc.constantFrom(['r1'], ['r1', 'r2'])),
  spot: fc.boolean(),
});

function demandOf(seed: PodSeed, name: string): PodDemand {
  return pod(name, {
    namespace: seed.namespace,
    labels: { app: seed.app },
    requests: { cpu: seed.cpu * 100, pods: 1 },
    nodeSelector: seed.zone === null ? {} : { [ZONE]: seed.zone },
    tolerations: seed.tolerates ? [TOLERATION] : [],
    hostPorts: seed.hostPort === null ? [] : [{ ip: '', port: seed.hostPort, protocol: 'TCP' }],
    spread: seed.spread.map((each) => ({ ...each, selector: { ...each.selector, namespaces: [seed.namespace] } })),
    podAffinity: seed.podAffinity,
    podAntiAffinity: seed.podAntiAffinity,
    wishes: { ...NO_WISHES, podAntiAffinity: seed.wishedTerms },
  });
}

const anyProblem = fc
  .record({
    demand: fc.array(anyPod, { maxLength: 8 }),
    nodes: fc.array(anyNode, { maxLength: 3 }),
    provisioners: fc.array(anyProvisioner, { minLength: 1, maxLength: 2 }),
  })
  .map(({ demand, nodes, provisioners }) => {
    const models = nodes.map(({ zone, rack, capacityType, tainted, closed, bound }, index) => ({
      closed,
      model: node(`n${index}`, {
        labels: {
          [HOSTNAME]: `n${index}`,
          [CAPACITY_TYPE]: capacityType,
          ...(zone === null ? {} : { [ZONE]: zone }),
          ...(rack === null ? {} : { rack }),
        },
        taints: tainted ? [TAINT] : [],
        pods: bound.map((each, at) => ({ demand: demandOf(each, `bound-${index}-${at}`) })),
      }),
    }));
    const world = snapshot({
      nodes: models.filter(({ closed }) => !closed).map(({ model }) => model),
      closedNodes: models.filter(({ closed }) => closed).map(({ model }) => model),
      provisioners: provisioners.map(({ tainted, zones, racks, spot }, index) =>
        provisioner(`p${index}`, {
          taints: tainted ? [TAINT] : [],
          requirements: [
            { key: CAPACITY_TYPE, operator: 'In', values: spot ? ['spot', 'on-demand'] : ['on-demand'] },
            ...(racks === null ? [] : [{ key: 'rack', operator: 'In' as const, values: racks }]),
          ],
          instanceTypes: [2, 4].map((cpu) => instanceType(`t${cpu}`, cpu, { offerings: offeringsIn(zones, cpu) })),
        }),
      ),
    });
    return { world, demand: demand.map((each, index) => demandOf(each, `pod-${index}`)) };
  });

function offeringsIn(zones: readonly string[], cpu: number) {
  return zones.flatMap((zone) =>
    (['spot', 'on-demand'] as const).map((capacityType) => ({
      zone,
      capacityType,
      priceNanoUsdPerHour: cpu * (capacityType === 'spot' ? 3 : 10),
      available: true,
    })),
  );
}

// kube-scheduler, read from its documentation: it shares nothing with the code under test.

interface Stage {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: NodeModel['taints'];
  readonly pods: PodDemand[];
}

const takes = ({ namespaces, labels }: PodSelector, other: PodDemand): boolean =>
  labels !== 'nothing' &&
  (namespaces === 'all' || namespaces.includes(other.namespace)) &&
  labels.every(({ operator, values }) => values.includes(other.labels['app'] ?? '') === (operator === 'In'));
const toleratesAll = (each: PodDemand, stage: Stage) => stage.taints.length === 0 || each.tolerations.length > 0;
const selectsNode = ({ nodeSelector }: PodDemand, stage: Stage) =>
  nodeSelector[ZONE] === undefined || nodeSelector[ZONE] === stage.labels[ZONE];
const share = (key: string, left: Stage, right: Stage) =>
  left.labels[key] !== undefined && left.labels[key] === right.labels[key];

function keepsSkew(constraint: SpreadConstraint, each: PodDemand, here: Stage, stages: readonly Stage[]): boolean {
  const { topologyKey, maxSkew, minDomains, selector, honorsNodeAffinity, honorsNodeTaints } = constraint;
  const domain = here.labels[topologyKey];
  if (domain === undefined) return false;
  const counts = new Map<string, number>();
  for (const stage of stages) {
    const isCounted =
      each.spread.every((other) => stage.labels[other.topologyKey] !== undefined) &&
      (!honorsNodeAffinity || selectsNode(each, stage)) &&
      (!honorsNodeTaints || toleratesAll(each, stage));
    if (!isCounted) continue;
    const value = stage.labels[topologyKey] as string;
    counts.set(value, (counts.get(value) ?? 0) + stage.pods.filter((other) => takes(selector, other)).length);
  }
  const minimum = counts.size < minDomains ? 0 : Math.min(...counts.values());
  return (counts.get(domain) ?? 0) + (takes(selector, each) ? 1 : 0) - minimum <= maxSkew;
}

function isAffine({ podAffinity: terms }: PodDemand, each: PodDemand, here: Stage, stages: readonly Stage[]): boolean {
  if (terms.length === 0) return true;
  if (terms.some(({ topologyKey }) => here.labels[topologyKey] === undefined)) return false;
  const meantBy = (other: PodDemand) => terms.every(({ selector }) => takes(selector, other));
  const holds = ({ topologyKey }: PodAffinityTerm) =>
    stages.some((stage) => share(topologyKey, stage, here) && stage.pods.some(meantBy));
  if (terms.every(holds)) return true;
  const isSomewhere = stages.some(
    (stage) => stage.pods.some(meantBy) && terms.some(({ topologyKey }) => stage.labels[topologyKey] !== undefined),
  );
  return !isSomewhere && meantBy(each);
}

function admits(each: PodDemand, here: Stage, stages: readonly Stage[]): boolean {
  const repels = (owner: PodDemand, ownerStage: Stage, other: PodDemand, otherStage: Stage) =>
    owner.podAntiAffinity.some(
      ({ topologyKey, selector }) => share(topologyKey, ownerStage, otherStage) && takes(selector, other),
    );
  const ports = here.pods.flatMap(({ hostPorts }) => hostPorts.map(({ port }) => port));
  return (
    toleratesAll(each, here) &&
    selectsNode(each, here) &&
    each.hostPorts.every(({ port }) => !ports.includes(port)) &&
    each.spread.every((constraint) => keepsSkew(constraint, each, here, stages)) &&
    isAffine(each, each, here, stages) &&
    stages.every((stage) =>
      stage.pods.every((other) => !repels(each, here, other, stage) && !repels(other, stage, each, here)),
    )
  );
}

function stagesOf({ nodes, closedNodes = [] }: ClusterSnapshot): Stage[] {
  return [...nodes, ...closedNodes].map(({ name, labels, taints, pods }) => ({
    name,
    labels,
    taints,
    pods: pods.map(({ demand }) => demand as PodDemand),
  }));
}

/** The planned nodes as they come up: each as one of its options, chosen by `chance`. */
function risen(plan: Plan, world: ClusterSnapshot, chance: () => number): Stage[] {
  return plan.nodes.map(({ options, requirements, provisionerName }, index) => {
    const option = options[chance() % options.length];
    const racks = [...(requirements.get('rack')?.values ?? [])];
    const rack = racks[chance() % Math.max(racks.length, 1)];
    return {
      name: `new-${index}`,
      labels: {
        [HOSTNAME]: `new-${index}`,
        [ZONE]: option?.zone ?? '',
        [CAPACITY_TYPE]: option?.capacityType ?? '',
        ...(rack === undefined ? {} : { rack }),
      },
      taints: world.provisioners.find(({ name }) => name === provisionerName)?.taints ?? [],
      pods: [],
    };
  });
}

/**
 * True when there is an order in which kube-scheduler would bind every pod where it was planned: who is counted by others may come too
 * early. Where pods stand depends on who is bound alone, so each set of pods is looked at once.
 */
function canBindAll(plan: Plan, demand: readonly PodDemand[], stages: readonly Stage[]): boolean {
  const goals = new Map(plan.placements.map(({ podUid, nodeName }) => [podUid, nodeName]));
  for (const [index, { podUids }] of plan.nodes.entries()) for (const uid of podUids) goals.set(uid, `new-${index}`);
  const seen = new Set<string>();
  const canBind = (left: readonly PodDemand[], now: readonly Stage[]): boolean => {
    const state = left.map(({ uid }) => uid).join();
    if (left.length === 0 || seen.has(state)) return left.length === 0;
    seen.add(state);
    return left.some((each) => {
      const goal = now.find(({ name }) => name === goals.get(each.uid)) as Stage;
      if (!admits(each, goal, now)) return false;
      const next = now.map((stage) => (stage === goal ? { ...stage, pods: [...stage.pods, each] } : stage));
      return canBind(
        left.filter((other) => other !== each),
        next,
      );
    });
  };
  return canBind(
    demand.filter(({ uid }) => goals.has(uid)),
    stages,
  );
}

describe('every plan with constraints between pods', () => {
  test('is one that kube-scheduler carries out, whichever options are bought', () => {
    fc.assert(
      fc.property(anyProblem, fc.infiniteStream(fc.nat()), ({ world, demand }, stream) => {
        const plan = solve(world, demand, OPTIONS);
        const stages = [...stagesOf(world), ...risen(plan, world, () => stream.next().value as number)];
        expect(canBindAll(plan, demand, stages)).toBe(true);
      }),
      { seed: SEED, numRuns: 800 },
    );
  });

  test('stays the same however its input is ordered', () => {
    fc.assert(
      fc.property(anyProblem, fc.infiniteStream(fc.nat()), ({ world, demand }, chance) => {
        const shuffled = <T>(list: readonly T[]) =>
          list
            .map((item) => ({ item, at: chance.next().value as number }))
            .sort((one, other) => one.at - other.at)
            .map(({ item }) => item);
        const withPods = (nodes: readonly NodeModel[]) =>
          shuffled(nodes).map((each) => ({ ...each, pods: shuffled(each.pods) }));
        const other = {
          ...world,
          nodes: withPods(world.nodes),
          closedNodes: withPods(world.closedNodes ?? []),
          provisioners: shuffled(world.provisioners).map((each) => ({
            ...each,
            instanceTypes: shuffled(each.instanceTypes),
          })),
        };
        expect(solve(other, shuffled(demand), OPTIONS)).toEqual(solve(world, demand, OPTIONS));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('names a maxSkew that would do, or takes this obstacle away', () => {
    fc.assert(
      fc.property(anyProblem, ({ world, demand }) => {
        const [alone] = demand;
        const miss = alone && solve(world, [alone], OPTIONS).unplaced[0]?.misses[0];
        const advised = /^raise maxSkew to (\d+)$/.exec(miss?.remedy ?? '');
        if (alone === undefined || advised === null) return;
        const spread = alone.spread.map((each) => ({ ...each, maxSkew: Math.max(each.maxSkew, Number(advised[1])) }));
        const again = solve(world, [{ ...alone, spread }], OPTIONS).unplaced[0]?.misses[0];
        expect(again?.message).not.toBe(miss?.message);
        expect(again?.remedy).not.toBe(miss?.remedy);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('leaves no single pod that kube-scheduler would bind to a node that is there', () => {
    fc.assert(
      fc.property(anyProblem, ({ world, demand }) => {
        const [alone] = demand;
        // Spread is left out: the domains that could be opened make ours the stricter rule.
        if (alone === undefined || alone.spread.length > 0) return;
        const { nodes } = world;
        const stages = stagesOf(world);
        const free = stages.filter(
          (stage) => nodes.some(({ name }) => name === stage.name) && admits(alone, stage, stages),
        );
        const plan = solve({ ...world, provisioners: [] }, [alone], OPTIONS);
        expect(plan.placements.map(({ nodeName }) => nodeName)).toEqual(free.slice(0, 1).map(({ name }) => name));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('leaves no single pod that kube-scheduler would bind to a new node, whatever it becomes', () => {
    fc.assert(
      fc.property(anyProblem, ({ world, demand }) => {
        const [alone] = demand;
        if (alone === undefined || alone.spread.length > 0) return;
        const plan = solve(
          { ...world, nodes: [], closedNodes: [...world.nodes, ...(world.closedNodes ?? [])] },
          [alone],
          OPTIONS,
        );
        const stages = stagesOf(world);
        const hosts = everyNewNode(world).filter((fresh) => admits(alone, fresh, [...stages, fresh]));
        expect(plan.unplaced.length === 0).toBe(hosts.length > 0);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

/** Every node that the Provisioners could start, by its labels. */
function everyNewNode({ provisioners }: ClusterSnapshot): Stage[] {
  return provisioners.flatMap(({ taints, requirements, instanceTypes }) =>
    instanceTypes
      .flatMap(({ offerings }) => offerings)
      .filter(({ capacityType }) => requirements.get(CAPACITY_TYPE)?.values.has(capacityType))
      .flatMap(({ zone, capacityType }) =>
        [...(requirements.get('rack')?.values ?? [undefined])].map((rack) => ({
          name: 'fresh',
          labels: {
            [HOSTNAME]: 'fresh',
            [ZONE]: zone,
            [CAPACITY_TYPE]: capacityType,
            ...(rack === undefined ? {} : { rack }),
          },
          taints,
          pods: [],
        })),
      ),
  );
}
