import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Problem } from '../../bench/problem/problem-file.ts';
import { validatePlan } from '../../bench/validator/validate-plan.ts';
import { workloadOf } from '../../bench/workloads/catalogue.ts';
import type { ConstraintKind } from '../../bench/workloads/random-constraints.ts';
import { randomProblem } from '../../bench/workloads/random-problem.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { planOf, replayAsPlanned, replayFreely } from './replay.ts';

// Our plans on the real kube-scheduler: what we buy is what it can use.

const START_MS_MAX = 120_000;
/** A hundred pods a second are created and bound on idle cores, ten on busy ones; those that are bound in order take five requests each. */
const REPLAY_MS_MAX = 600_000;
/** Problems of each kind; `REPLAY_PROBLEMS` makes it a longer run. */
const PROBLEMS = Number(process.env.REPLAY_PROBLEMS ?? 50);
/** The first plan, and two for pods that the scheduler left. */
const ROUNDS_MAX = 3;
/** It depends a little on the order in which requests arrive. */
const AT_FIRST_FRACTION_MIN = 0.85;

const KINDS: readonly ConstraintKind[] = [
  'selectors',
  'or-terms',
  'taints',
  'weights',
  'daemons',
  'nodes',
  'host-ports',
  'spread',
  'affinity',
  'anti-affinity',
];

/** Between them: spreads that count others, spreads and anti-affinity of Deployments, followers, taints with daemons and ports. */
const WORKLOADS = ['D-100', 'Da-100', 'T-100', 'A-100', 'M-100', 'X-60'];

function workload(size: string): Problem {
  const [letter = '', pods = ''] = size.split('-');
  const choice = {
    letter,
    pods: Number(pods),
    seed: 1,
    shapes: 100,
    preferencePolicy: 'Respect',
    zones: 'abc',
  } as const;
  const made = workloadOf(choice);
  if (made === undefined) throw new Error(`no workload ${letter}`);
  return { ...made.problem, instanceTypes: made.types.records, pods: [...made.pods] };
}

function randomProblems(firstSeed: number, kinds: readonly ConstraintKind[]): Problem[] {
  return Array.from({ length: PROBLEMS }, (_, index) => randomProblem(firstSeed + index, new Set(kinds)));
}

describe('a plan on the real kube-scheduler', () => {
  let controlPlane: ControlPlane;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ scheduler: true });
  }, START_MS_MAX);

  afterAll(() => controlPlane?.stop());

  test.each(WORKLOADS)(
    'can be bound pod by pod as it was planned, and no pod stays pending when it is bound at will: %s',
    async (size) => {
      const problem = workload(size);
      expect(validatePlan(problem, planOf(problem))).toEqual([]);
      expect(await replayAsPlanned(controlPlane, problem)).toEqual([]);
      const rounds = await replayFreely(controlPlane, problem, ROUNDS_MAX);
      expect(rounds.at(-1)?.pending).toEqual({});
    },
    REPLAY_MS_MAX,
  );

  test(
    'can be bound pod by pod as it was planned, for small problems in which everything is mixed',
    async () => {
      for (const problem of randomProblems(1, [...KINDS, 'limits'])) {
        expect([problem.name, await replayAsPlanned(controlPlane, problem)]).toEqual([problem.name, []]);
      }
    },
    REPLAY_MS_MAX,
  );

  test(
    'leaves no pod pending for long that it has a node for, when it is bound at will: most often none, and after the next plans none',
    async () => {
      let first = 0;
      for (const problem of randomProblems(2_001, KINDS)) {
        const rounds = await replayFreely(controlPlane, problem, ROUNDS_MAX);
        expect([problem.name, rounds.at(-1)?.pending]).toEqual([problem.name, {}]);
        if (rounds.length === 1) first += 1;
      }
      expect(first / PROBLEMS).toBeGreaterThanOrEqual(AT_FIRST_FRACTION_MIN);
    },
    REPLAY_MS_MAX,
  );
});
