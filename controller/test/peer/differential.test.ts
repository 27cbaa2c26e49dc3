import { describe, expect, test } from '@jest/globals';
import type { Problem } from '../../bench/problem/problem-file.ts';
import type { ConstraintKind } from '../../bench/workloads/random-constraints.ts';
import { randomProblem } from '../../bench/workloads/random-problem.ts';
import { type Contest, contestsOf, placedCount, shortfall } from './contest.ts';
import { minimise } from './minimise.ts';

// Seeded problems through our `plan` and through Karpenter's own scheduler; a validator that shares no code with either judges both plans.

/** Both schedulers on a thousand small problems, on two cores that others use too. */
const TEST_MS_MAX = 30 * 60_000;
/** Problems of each round; `PEER_PROBLEMS` makes it a shorter or a longer one. */
const PROBLEMS = Number(process.env.PEER_PROBLEMS ?? 1000);
/** Of counter-examples the first few are made small and shown; the rest is most often the same again. */
const SHOWN_MAX = 2;

/** Kinds for which one pass is enough: who goes first cannot take another's place away. */
const INDEPENDENT: readonly ConstraintKind[] = ['selectors', 'or-terms', 'taints', 'weights', 'daemons', 'host-ports'];
/** With these, what is placed first decides what is left for others, so neither order is right in every case. */
const CONTENDED: readonly ConstraintKind[] = ['nodes', 'limits', 'spread', 'affinity', 'anti-affinity'];
const PLACED_FRACTION_MIN = 0.99;

const rounds = {
  independent: { kinds: INDEPENDENT, firstSeed: 1 },
  contended: { kinds: [...INDEPENDENT, ...CONTENDED], firstSeed: 1_000_001 },
};

function contestsOfRound({ kinds, firstSeed }: { kinds: readonly ConstraintKind[]; firstSeed: number }): Contest[] {
  const asked = new Set(kinds);
  return contestsOf(Array.from({ length: PROBLEMS }, (_, index) => randomProblem(firstSeed + index, asked)));
}

/** A small problem that shows the same, and what both made of it. */
function shown(contest: Contest, isWrong: (contest: Contest) => boolean): object {
  const isStill = (smaller: Problem): boolean => {
    try {
      return contestsOf([smaller]).some(isWrong);
    } catch {
      return false; // A problem that lost what it refers to is refused: it shows something else.
    }
  };
  const problem = minimise(contest.problem, isStill);
  return contestsOf([problem]).map(({ ours, ourViolations, peer }) => ({
    problem: JSON.stringify(problem),
    ourViolations,
    ours: ours.newNodeClaims,
    peer: peer.newNodeClaims,
  }));
}

function counterExamples(contests: readonly Contest[], isWrong: (contest: Contest) => boolean): object[] {
  const wrong = contests.filter(isWrong);
  return wrong.map((contest, index) =>
    index < SHOWN_MAX ? { name: contest.problem.name, shown: shown(contest, isWrong) } : { name: contest.problem.name },
  );
}

const isInvalid = ({ ourViolations }: Contest): boolean => ourViolations.length > 0;
const fallsShort = (contest: Contest): boolean =>
  contest.peerViolations.length === 0 && Object.keys(shortfall(contest)).length > 0;

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
    'where they contend, every plan of ours is valid and we place nearly all that it validly places',
    () => {
      const contests = contestsOfRound(rounds.contended);
      expect(counterExamples(contests, isInvalid)).toEqual([]);
      const comparable = contests.filter(({ peerViolations }) => peerViolations.length === 0);
      const sum = (count: (contest: Contest) => number) => comparable.reduce((total, each) => total + count(each), 0);
      const matched = sum(({ ours, peer }) => Math.min(placedCount(ours), placedCount(peer)));
      expect(matched / sum(({ peer }) => placedCount(peer))).toBeGreaterThanOrEqual(PLACED_FRACTION_MIN);
    },
    TEST_MS_MAX,
  );
});
