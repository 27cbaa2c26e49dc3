import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyProblem, EVERY_KIND, type SchedulingProblem, ZONE } from '../../../test/any-problem.ts';
import { GI, instanceType, OPTIONS, pod, provisioner } from '../../../test/scheduling-problem.ts';
import type { ClusterSnapshot, NodeModel, ProvisionerModel } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import { toExpressions } from '../requirements.ts';
import { addResources, type Resources, scaleResources } from '../resources.ts';
import { firstFit } from './first-fit.ts';
import type { Plan } from './plan.ts';
import { solve } from './solve.ts';

// Laws that hold between the plans of two problems, of which one is made from the other: no oracle is needed to see them broken.

const SEED = 20265;

const planOf = ({ world, demand }: SchedulingProblem): Plan => solve(world, demand, OPTIONS);

/** All of a plan that can be printed. */
const printed = (plan: Plan): string =>
  JSON.stringify({
    ...plan,
    nodes: plan.nodes.map((node) => ({ ...node, requirements: toExpressions(node.requirements) })),
  });

/** A plan without the words of its reasons. */
const wordless = (plan: Plan): string => {
  const unplaced = plan.unplaced.map(({ podUid, code, misses }) => ({
    podUid,
    code,
    misses: misses.map((miss) => [miss.provisionerName, miss.code]),
  }));
  return printed({ ...plan, unplaced } as unknown as Plan);
};

const holds = (
  problem: fc.Arbitrary<SchedulingProblem>,
  law: (problem: SchedulingProblem) => void,
  numRuns = 200,
): void => fc.assert(fc.property(problem, law), { seed: SEED, numRuns });

const unplacedOf = ({ unplaced }: Plan): string[] => unplaced.map(({ podUid }) => podUid).sort();

describe('a plan stays the same to the byte', () => {
  test('however pods, nodes, what stands on them, Provisioners, types, offerings and daemons are ordered', () => {
    fc.assert(
      fc.property(anyProblem(EVERY_KIND), fc.infiniteStream(fc.nat()), ({ world, demand }, chance) => {
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((item) => ({ item, at: chance.next().value as number }))
            .sort((left, right) => left.at - right.at)
            .map(({ item }) => item);
        const nodes = (list: readonly NodeModel[] = []) =>
          shuffled(list).map((each) => ({ ...each, pods: shuffled(each.pods) }));
        const other: ClusterSnapshot = {
          nodes: nodes(world.nodes),
          closedNodes: nodes(world.closedNodes),
          daemons: shuffled(world.daemons),
          provisioners: shuffled(world.provisioners).map((each) => ({
            ...each,
            instanceTypes: shuffled(each.instanceTypes).map((type) => ({
              ...type,
              offerings: shuffled(type.offerings),
            })),
          })),
        };
        expect(printed(solve(other, shuffled(demand), OPTIONS))).toBe(printed(solve(world, demand, OPTIONS)));
      }),
      { seed: SEED, numRuns: 250 },
    );
  });

  test('when it is asked for again, after another one and with copies of everything', () => {
    fc.assert(
      fc.property(anyProblem(EVERY_KIND), anyProblem(EVERY_KIND), (problem, another) => {
        const first = printed(planOf(problem));
        planOf(another);
        expect(printed(planOf(problem))).toBe(first);
        expect(printed(planOf(structuredClone(problem)))).toBe(first);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  // Who has to follow others by affinity is placed after all whom it means, and a pod without a place is one of them.
  test('when a pod comes that fits nowhere and that nobody has to follow', () => {
    holds(
      anyProblem(EVERY_KIND),
      (problem) => {
        fc.pre(problem.demand.every(({ podAffinity }) => podAffinity.length === 0));
        const huge = pod('huge', { requests: { cpu: 1_000_000, pods: 1 }, labels: { app: 'x' } });
        const withHuge = planOf({ ...problem, demand: [huge, ...problem.demand] });
        const others = withHuge.unplaced.filter(({ podUid }) => podUid !== 'huge');
        expect(printed({ ...withHuge, unplaced: others })).toBe(printed(planOf(problem)));
      },
      150,
    );
  });
});

test('a plan is never worse than upstream’s rule: it places as many, and at equal placement costs no more', () => {
  holds(anyProblem(EVERY_KIND), ({ world, demand }) => {
    const plan = solve(world, demand, OPTIONS);
    const upstreams = firstFit(world, demand, OPTIONS);
    expect(plan.unplaced.length).toBeLessThanOrEqual(upstreams.unplaced.length);
    if (plan.unplaced.length < upstreams.unplaced.length) return;
    expect(plan.costNanoUsdPerHour).toBeLessThanOrEqual(upstreams.costNanoUsdPerHour);
  });
});

describe('a Provisioner that is broken changes nothing for the others', () => {
  const elsewhere = [instanceType('cheap', 64, { offerings: offered('z', 1) })];
  const nobodys = { key: 'nobody', value: '', effect: 'NoSchedule' } as const;
  test.each<[string, Partial<Parameters<typeof provisioner>[1]>]>([
    ['without instance types', { instanceTypes: [] }],
    ['whose requirements contradict each other', { requirements: [zoneIn('a'), zoneIn('b')] }],
    ['whose requirements no type meets', { requirements: [zoneIn('nowhere')] }],
    ['with a taint that nobody tolerates', { taints: [nobodys], instanceTypes: elsewhere }],
    ['with limits of zero', { limits: { cpu: 0 } }],
    ['with types that are out of stock', { instanceTypes: [soldOut()] }],
  ])('%s', (_, rest) => {
    holds(
      anyProblem(EVERY_KIND),
      (problem) => {
        const broken = provisioner('broken', { weight: 100, ...rest });
        const without = planOf(problem);
        const provisioners = [broken, ...problem.world.provisioners];
        const beside = planOf({ ...problem, world: { ...problem.world, provisioners } });
        const heard = (plan: Plan) =>
          plan.unplaced.map(({ podUid, misses }) => [
            podUid,
            misses.filter(({ provisionerName }) => provisionerName !== 'broken'),
          ]);
        expect(printed({ ...beside, unplaced: [] })).toBe(printed({ ...without, unplaced: [] }));
        expect(heard(beside)).toEqual(heard(without));
      },
      80,
    );
  });
});

describe('a plan keeps its shape', () => {
  test('when every amount is doubled', () => {
    holds(anyProblem(EVERY_KIND), (problem) => {
      const plan = planOf(problem);
      const nodes = plan.nodes.map((node) => ({
        ...node,
        requests: twice(node.requests),
        reservedCapacity: twice(node.reservedCapacity),
      }));
      expect(wordless(planOf(doubled(problem)))).toBe(wordless({ ...plan, nodes }));
    });
  });

  test('when labels, their values, taints and namespaces are renamed in order', () => {
    const names = new Map([
      ['app', 'example.com/part'],
      ['x', 'front'],
      ['y', 'work'],
      ['rack', 'row'],
      ['r1', 'row-1'],
      ['r2', 'row-2'],
      ['a', 'zone-1'],
      ['b', 'zone-2'],
      ['c', 'zone-3'],
      ['team', 'group'],
      ['old', 'aged'],
      ['default', 'home'],
      ['other', 'out'],
    ]);
    holds(anyProblem(EVERY_KIND), (problem) => {
      expect(wordless(planOf(renamed(problem, names)))).toBe(wordless(renamed(planOf(problem), names)));
    });
  });
});

describe('without constraints between pods', () => {
  test('a pod less leaves no other without a place, where nodes can be bought without limit', () => {
    const problems = anyProblem(['node-choice', 'taints', 'host-ports', 'wishes', 'daemons', 'stock']);
    fc.assert(
      fc.property(problems, fc.nat(), (problem, chance) => {
        const gone = problem.demand[chance % problem.demand.length]?.uid;
        const demand = problem.demand.filter(({ uid }) => uid !== gone);
        const left = unplacedOf(planOf(problem)).filter((uid) => uid !== gone);
        expect(unplacedOf(planOf({ ...problem, demand }))).toEqual(left);
      }),
      { seed: SEED, numRuns: 250 },
    );
  });

  test('a higher limit leaves no more pods without a place', () => {
    fc.assert(
      fc.property(anyProblem(['limits', 'daemons']), fc.integer({ min: 1, max: 8 }), (problem, cores) => {
        const provisioners = problem.world.provisioners.map(({ limits, ...rest }) => ({
          ...rest,
          ...(limits === undefined ? {} : { limits: addResources(limits, more(limits, cores)) }),
        }));
        const raised = planOf({ ...problem, world: { ...problem.world, provisioners } });
        expect(raised.unplaced.length).toBeLessThanOrEqual(planOf(problem).unplaced.length);
      }),
      { seed: SEED, numRuns: 250 },
    );
  });
});

function zoneIn(zone: string) {
  return { key: ZONE, operator: 'In', values: [zone] } as const;
}

function offered(zone: string, priceNanoUsdPerHour: number) {
  return [{ zone, capacityType: 'on-demand', priceNanoUsdPerHour, available: true } as const];
}

function soldOut() {
  const [offering] = offered('z', 1);
  return instanceType('sold-out', 64, {
    offerings: [{ ...(offering as NonNullable<typeof offering>), available: false }],
  });
}

/** So many cores, and a gibibyte for each, of what is limited. */
function more(limits: Resources, cores: number): Resources {
  const amounts: Resources = { cpu: cores * 1000, memory: cores * GI };
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => Object.hasOwn(limits, name)));
}

function twice(amounts: Resources): Resources {
  return scaleResources(amounts, 2);
}

function doubled({ world, demand }: SchedulingProblem): SchedulingProblem {
  const pods = (list: readonly PodDemand[]) => list.map((each) => ({ ...each, requests: twice(each.requests) }));
  const nodes = (list: readonly NodeModel[] = []) =>
    list.map((each) => ({
      ...each,
      allocatable: twice(each.allocatable),
      requested: twice(each.requested),
      daemonRequested: twice(each.daemonRequested),
    }));
  const provisioners = world.provisioners.map(
    ({ limits, ...each }): ProvisionerModel => ({
      ...each,
      ...(limits === undefined ? {} : { limits: twice(limits) }),
      usage: twice(each.usage),
      instanceTypes: each.instanceTypes.map((type) => ({
        ...type,
        capacity: twice(type.capacity),
        allocatable: twice(type.allocatable),
      })),
    }),
  );
  return {
    world: {
      ...world,
      provisioners,
      nodes: nodes(world.nodes),
      closedNodes: nodes(world.closedNodes),
      daemons: pods(world.daemons),
    },
    demand: pods(demand),
  };
}

/** The same value with each of these texts, wherever it stands as a whole, in place of the other. */
function renamed<T>(value: T, names: ReadonlyMap<string, string>): T {
  const rename = (each: unknown): unknown => {
    if (typeof each === 'string') return names.get(each) ?? each;
    if (Array.isArray(each)) return each.map(rename);
    if (each instanceof Set) return new Set([...each].map(rename));
    if (each instanceof Map) return new Map([...each].map(([key, inner]) => [rename(key), rename(inner)]));
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [rename(key), rename(inner)]));
  };
  return rename(value) as T;
}
