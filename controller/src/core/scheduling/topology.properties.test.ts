import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyProblem, RACK } from '../../../test/any-problem.ts';
import { admits, canBindAll, freshStages, labelsOf, type Stage, stagesOf } from '../../../test/kube-scheduler.ts';
import { OPTIONS } from '../../../test/scheduling-problem.ts';
import type { ClusterSnapshot } from '../cluster-snapshot.ts';
import type { Plan } from './plan.ts';
import { solve } from './solve.ts';

const SEED = 20264;
const problems = anyProblem(['node-choice', 'taints', 'host-ports', 'between-pods', 'wishes', 'stock', 'nodes'], {
  replicasMax: 2,
});

/** The planned nodes as they come up: each as one of its options, chosen by `chance`. */
function risen({ nodes }: Plan, { provisioners }: ClusterSnapshot, chance: () => number): Stage[] {
  return nodes.map(({ options, requirements, provisionerName }, index) => {
    const option = options[chance() % options.length] as (typeof options)[number];
    const racks = [...(requirements.get(RACK)?.values ?? [])];
    const owner = provisioners.find(({ name }) => name === provisionerName);
    return {
      name: `new-${index}`,
      labels: labelsOf(option, racks[chance() % Math.max(racks.length, 1)], `new-${index}`),
      taints: owner?.taints ?? [],
      room: owner?.instanceTypes.find(({ name }) => name === option.instanceType)?.allocatable ?? {},
      pods: [],
    };
  });
}

/** Where the plan puts each pod. */
function goalsOf(plan: Plan): Map<string, string> {
  const goals = new Map(plan.placements.map(({ podUid, nodeName }) => [podUid, nodeName]));
  for (const [index, { podUids }] of plan.nodes.entries()) for (const uid of podUids) goals.set(uid, `new-${index}`);
  return goals;
}

describe('every plan with constraints between pods', () => {
  test('is one that kube-scheduler carries out, whichever options are bought', () => {
    fc.assert(
      fc.property(problems, fc.infiniteStream(fc.nat()), ({ world, demand }, stream) => {
        const plan = solve(world, demand, OPTIONS);
        const stages = [...stagesOf(world), ...risen(plan, world, () => stream.next().value as number)];
        expect(canBindAll(goalsOf(plan), demand, stages)).toBe(true);
      }),
      { seed: SEED, numRuns: 400 },
    );
  });

  test('names a maxSkew that would do, or takes this obstacle away', () => {
    fc.assert(
      fc.property(problems, ({ world, demand }) => {
        const [alone] = demand;
        const miss = alone && solve(world, [alone], OPTIONS).unplaced[0]?.misses[0];
        const advised = /^raise maxSkew to (\d+)$/.exec(miss?.remedy ?? '');
        if (alone === undefined || advised === null) return;
        const spread = alone.spread.map((each) => ({ ...each, maxSkew: Math.max(each.maxSkew, Number(advised[1])) }));
        const again = solve(world, [{ ...alone, spread }], OPTIONS).unplaced[0]?.misses[0];
        expect(again?.message).not.toBe(miss?.message);
        expect(again?.remedy).not.toBe(miss?.remedy);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('leaves no single pod that kube-scheduler would bind to a node that is there', () => {
    fc.assert(
      fc.property(problems, ({ world, demand }) => {
        const [alone] = demand;
        // Spread is left out: the domains that could be opened make ours the stricter rule.
        if (alone === undefined || alone.spread.length > 0) return;
        const { nodes } = world;
        const stages = stagesOf(world);
        const free = stages.filter(
          (stage) => nodes.some(({ name }) => name === stage.name) && admits(alone, stage, stages),
        );
        const plan = solve({ ...world, provisioners: [] }, [alone], { ...OPTIONS, preferencePolicy: 'ignore' });
        expect(plan.placements.map(({ nodeName }) => nodeName)).toEqual(free.slice(0, 1).map(({ name }) => name));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('leaves no single pod that kube-scheduler would bind to a new node, whatever it becomes', () => {
    fc.assert(
      fc.property(problems, ({ world, demand }) => {
        const [alone] = demand;
        if (alone === undefined || alone.spread.length > 0) return;
        const plan = solve(
          { ...world, nodes: [], closedNodes: [...world.nodes, ...(world.closedNodes ?? [])] },
          [alone],
          OPTIONS,
        );
        const stages = stagesOf(world);
        const hosts = freshStages(world).filter((fresh) => admits(alone, fresh, [...stages, fresh]));
        expect(plan.unplaced.length === 0).toBe(hosts.length > 0);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
