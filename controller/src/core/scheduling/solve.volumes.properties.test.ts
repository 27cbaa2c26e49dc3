import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyProblem, EVERY_KIND, type SchedulingProblem, ZONE } from '../../../test/any-problem.ts';
import { OPTIONS } from '../../../test/scheduling-problem.ts';
import type { NodeModel } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import type { PodVolumes, VolumeAttachment } from '../pod-volumes.ts';
import { toExpressions } from '../requirements.ts';
import { firstFit } from './first-fit.ts';
import { firstFitPlainly } from './plain/first-fit.ts';
import type { Plan } from './plan.ts';
import { solve } from './solve.ts';

// Volumes among all other constraints: where they go may depend on anything, where they may go on nothing but the pod and the node.

const SEED = 20267;
const DRIVER = 'ebs.csi.aws.com';
const ZONES = ['a', 'b', 'c'];

const anyTerms: fc.Arbitrary<PodVolumes['volumeTerms']> = fc
  .array(fc.subarray(ZONES, { minLength: 1 }), { maxLength: 2 })
  .map((ways) => ways.map((values) => [{ key: ZONE, operator: 'In', values }]));
/** Few claims, so that pods share some. */
const anyAttachments: fc.Arbitrary<PodVolumes['attachments']> = fc
  .subarray(['default/one', 'default/two', 'default/three', 'default/four'], { maxLength: 2 })
  .map((claims) => claims.map((claim) => ({ driver: DRIVER, claim })));
const anyLimit = fc.option(fc.integer({ min: 0, max: 3 }));

/** Gives the items of a random list in turn, the first again after the last. */
const turns = <T>(item: fc.Arbitrary<T>, lengthMax: number) =>
  fc
    .array(item, { minLength: 1, maxLength: lengthMax })
    .map((list) => (index: number) => list[index % list.length] as T);

/** Problems of all kinds, whose pods have volumes, replicas each their own, and whose nodes take few of them. */
const problems: fc.Arbitrary<SchedulingProblem> = fc
  .record({
    problem: anyProblem(EVERY_KIND, { replicasMax: 6 }),
    terms: turns(anyTerms, 2),
    attachments: turns(anyAttachments, 8),
    limit: turns(anyLimit, 3),
  })
  .map(({ problem: { world, demand }, terms, attachments, limit }) => ({
    world: {
      ...world,
      nodes: world.nodes.map((node, index) => {
        const count = limit(index);
        return {
          ...node,
          pods: node.pods.map((pod, at) => ({
            ...pod,
            demand: { ...pod.demand, attachments: attachments(index + at) },
          })),
          ...(count === null ? {} : { attachmentLimits: { [DRIVER]: count } }),
        };
      }),
    },
    demand: demand.map((pod, index) => ({
      ...pod,
      volumeTerms: terms(index),
      attachments: attachments(index),
    })),
  }));

const holds = (law: (problem: SchedulingProblem) => void) =>
  fc.assert(fc.property(problems, law), { seed: SEED, numRuns: 400 });

/** A plan in which requirements are lists, which compare in any order. */
const printable = (plan: Plan) => ({
  ...plan,
  nodes: plan.nodes.map((node) => ({ ...node, requirements: toExpressions(node.requirements) })),
});

const podsOf = (demand: readonly PodDemand[], uids: readonly string[]) =>
  demand.filter(({ uid }) => uids.includes(uid));
const claimsOf = (attachments: readonly VolumeAttachment[]) => new Set(attachments.map(({ claim }) => claim));
const isInReach = ({ volumeTerms }: PodDemand, zone: string | undefined) =>
  volumeTerms.length === 0 || volumeTerms.some((term) => term.every(({ values }) => values.includes(zone ?? '')));

/** The zones in which the node may come up: of one in flight there may be several. */
const zonesOf = ({ labels, undecided }: NodeModel) => [...(undecided?.get(ZONE)?.values ?? [labels[ZONE]])];

describe('every plan for pods with volumes', () => {
  test('is made by the fast first fit as by the plain one', () => {
    holds(({ world, demand }) => {
      const plain = firstFitPlainly(world, demand, OPTIONS);
      expect(printable(firstFit(world, demand, OPTIONS))).toEqual(printable(plain));
    });
  });

  test('puts each pod where its volumes can be attached', () => {
    holds(({ world, demand }) => {
      const plan = solve(world, demand, OPTIONS);
      for (const node of world.nodes) {
        const uids = plan.placements.filter(({ nodeName }) => nodeName === node.name).map(({ podUid }) => podUid);
        for (const pod of podsOf(demand, uids)) {
          expect(zonesOf(node).filter((zone) => !isInReach(pod, zone))).toEqual([]);
        }
      }
      for (const { options, podUids } of plan.nodes) {
        for (const pod of podsOf(demand, podUids)) {
          expect(options.filter(({ zone }) => !isInReach(pod, zone))).toEqual([]);
        }
      }
    });
  });

  test('lets no node get a claim that is one too many for it', () => {
    holds(({ world, demand }) => {
      const plan = solve(world, demand, OPTIONS);
      for (const { name, pods, attachmentLimits } of world.nodes) {
        const uids = plan.placements.filter(({ nodeName }) => nodeName === name).map(({ podUid }) => podUid);
        const before = claimsOf(pods.flatMap((bound) => bound.demand.attachments));
        const after = before.union(claimsOf(podsOf(demand, uids).flatMap(({ attachments }) => attachments)));
        const limit = attachmentLimits?.[DRIVER] ?? Number.POSITIVE_INFINITY;
        if (after.size > before.size) expect(after.size).toBeLessThanOrEqual(limit);
      }
    });
  });
});
