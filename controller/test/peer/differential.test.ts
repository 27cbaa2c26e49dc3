import { describe, expect, test } from '@jest/globals';
import type { NodeManifest, Problem } from '../../bench/problem/problem-file.ts';
import { validatePlan } from '../../bench/validator/validate-plan.ts';
import { CONSTRAINT_KINDS, type ConstraintKind } from '../../bench/workloads/random-constraints.ts';
import { randomProblem } from '../../bench/workloads/random-problem.ts';
import { type Contest, contestsOf, placedCount, shortfall } from './contest.ts';
import { minimise } from './minimise.ts';

// Seeded problems through our `plan` and through Karpenter's own scheduler; a validator that shares no code with either judges both plans.
// What comes of the counter-examples is in corners/counter-examples.ts.

/** Both schedulers on a thousand small problems, on two cores that others use too. */
const TEST_MS_MAX = 30 * 60_000;
/** Problems of each round; `PEER_PROBLEMS` makes it a shorter or a longer one. */
const PROBLEMS = Number(process.env.PEER_PROBLEMS ?? 1000);
/** Of counter-examples the first few are made small and shown; the rest is most often the same again. */
const SHOWN_MAX = 2;
/** Runs of the peer that a smaller problem gets: its plans differ from run to run. */
const PEER_RUNS = 3;
/** Runs of the peer by which a counter-example is judged: what it does in most of them it does, and not by luck. */
const JUDGING_RUNS = 9;
const PLACED_FRACTION_MIN = 0.99;

/** Kinds with which pods do not contend: who goes first cannot take another's place away. */
const INDEPENDENT: readonly ConstraintKind[] = [
  'requests',
  'selectors',
  'or-terms',
  'taints',
  'weights',
  'daemons',
  'host-ports',
];
/** With these, something has to be left out or given up, and who goes first decides what. */
const BINDING: readonly ConstraintKind[] = ['limits', 'preferences'];
/** Of these plans of Karpenter's are not valid, so there is nothing to compare with. */
const UNCOMPARABLE: readonly ConstraintKind[] = ['custom-absence'];
const COMPARABLE = CONSTRAINT_KINDS.filter((kind) => !UNCOMPARABLE.includes(kind));

const rounds = {
  independent: { kinds: INDEPENDENT, firstSeed: 1 },
  free: { kinds: COMPARABLE.filter((kind) => !BINDING.includes(kind)), firstSeed: 1_000_001 },
  bound: { kinds: COMPARABLE, firstSeed: 2_000_001 },
};

function contestsOfRound({ kinds, firstSeed }: { kinds: readonly ConstraintKind[]; firstSeed: number }): Contest[] {
  const asked = new Set(kinds);
  return contestsOf(Array.from({ length: PROBLEMS }, (_, index) => randomProblem(firstSeed + index, asked)));
}

/** A small problem that shows the same, and what both made of it. */
function shown(contest: Contest, isWrong: (contest: Contest) => boolean): object {
  const areStill = (smaller: readonly Problem[]): boolean[] => {
    try {
      return contestsOf(smaller, PEER_RUNS).map(isWrong);
    } catch {
      // A problem that lost what it refers to is refused: it shows something else.
      return smaller.length === 1 ? [false] : smaller.flatMap((one) => areStill([one]));
    }
  };
  const problem = minimise(contest.problem, areStill);
  return contestsOf([problem], PEER_RUNS).map(({ ours, ourViolations, peer }) => ({
    problem: JSON.stringify(problem),
    ourViolations,
    ours: ours.newNodeClaims,
    peer: peer.newNodeClaims,
  }));
}

/** True when it is so in most runs of the peer, who walks maps: in 1 run of 20 it takes the smaller of two pods that exclude each other. */
function isMostly({ problem }: Contest, isWrong: (contest: Contest) => boolean): boolean {
  const again = contestsOf(Array.from({ length: JUDGING_RUNS }, () => problem));
  return again.filter(isWrong).length > JUDGING_RUNS / 2;
}

function counterExamples(contests: readonly Contest[], isWrong: (contest: Contest) => boolean): object[] {
  const wrong = contests.filter((contest) => isWrong(contest) && isMostly(contest, isWrong));
  return wrong.map((contest, index) =>
    index < SHOWN_MAX ? { name: contest.problem.name, shown: shown(contest, isWrong) } : { name: contest.problem.name },
  );
}

const isInvalid = ({ ourViolations }: Contest): boolean => ourViolations.length > 0;
const fallsShort = (contest: Contest): boolean =>
  contest.peerViolations.length === 0 && Object.keys(shortfall(contest)).length > 0;
/** Where pods contend it may be another Deployment's that stay, but no more of them. */
const placesLess = (contest: Contest): boolean =>
  fallsShort(contest) && placedCount(contest.ours) < placedCount(contest.peer) && !leansOnItsNodesAlone(contest);

/** True when the peer's plan would not do in a cluster with one node more, on which no pod runs: see decision 0019. */
function leansOnItsNodesAlone({ problem, peer }: Contest): boolean {
  const bystander: NodeManifest = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'bystander' },
    spec: { unschedulable: true },
    status: { allocatable: {} },
  };
  return validatePlan({ ...problem, nodes: [...(problem.nodes ?? []), bystander] }, peer).length > 0;
}

/** Of all pods that the peer has a place for in valid plans, the part that has one in ours; more than the peer's is worth no more. */
function placedFraction(contests: readonly Contest[]): number {
  const comparable = contests.filter(({ peerViolations }) => peerViolations.length === 0);
  const sum = (count: (contest: Contest) => number) => comparable.reduce((total, each) => total + count(each), 0);
  const matched = sum(({ ours, peer }) => Math.min(placedCount(ours), placedCount(peer)));
  return matched / sum(({ peer }) => placedCount(peer));
}

describe('beside Karpenter’s own scheduler', () => {
  test(
    'where pods do not contend, every plan of ours is valid and we place of each Deployment what it validly places',
    () => {
      const contests = contestsOfRound(rounds.independent);
      expect(counterExamples(contests, isInvalid)).toEqual([]);
      expect(counterExamples(contests, fallsShort)).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'where pods contend, but no limit binds and nobody has preferences, every plan of ours is valid and we place as many as it validly places',
    () => {
      const contests = contestsOfRound(rounds.free);
      expect(counterExamples(contests, isInvalid)).toEqual([]);
      expect(counterExamples(contests, placesLess)).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    'where limits bind and pods have preferences, every plan of ours is valid and we place nearly all that it validly places',
    () => {
      const contests = contestsOfRound(rounds.bound);
      expect(counterExamples(contests, isInvalid)).toEqual([]);
      expect(placedFraction(contests)).toBeGreaterThanOrEqual(PLACED_FRACTION_MIN);
    },
    TEST_MS_MAX,
  );
});
