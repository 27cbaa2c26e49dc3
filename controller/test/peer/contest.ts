import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '../../bench/problem/problem-file.ts';
import type { Result } from '../../bench/problem/result-file.ts';
import { writeProblem } from '../../bench/problem/write-problem.ts';
import type { Violation } from '../../bench/validator/standing.ts';
import { validatePlan } from '../../bench/validator/validate-plan.ts';
import { solveByUs } from './our-scheduler.ts';
import { placedByDeployment } from './outcome.ts';
import { solveByPeer } from './peer-scheduler.ts';

/** What the two made of one problem. */
export interface Contest {
  readonly problem: Problem;
  readonly ours: Result;
  readonly peer: Result;
  readonly ourViolations: readonly Violation[];
  readonly peerViolations: readonly Violation[];
}

/** How many answers of the peer come from one process. */
const ANSWERS_AT_ONCE = 120;

/**
 * Puts the problems to both, in their order. Karpenter walks maps, so its plans differ from run to run: of so many runs the one counts that
 * places the most pods validly.
 */
export function contestsOf(problems: readonly Problem[], peerRuns = 1): Contest[] {
  const contests: Contest[] = [];
  const atOnce = Math.ceil(ANSWERS_AT_ONCE / peerRuns);
  for (let first = 0; first < problems.length; first += atOnce) {
    contests.push(...contestsAtOnce(problems.slice(first, first + atOnce), peerRuns));
  }
  return contests;
}

function contestsAtOnce(problems: readonly Problem[], peerRuns: number): Contest[] {
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-contest-'));
  try {
    const paths = problems.map((problem, index) => writeProblem(folder, { ...problem, name: `problem-${index}` }));
    const answers = solveByPeer(paths.flatMap((path) => Array.from({ length: peerRuns }, () => path)));
    return problems.map((problem, index) => {
      const ours = solveByUs(paths[index] as string);
      const peers = answers.slice(index * peerRuns, (index + 1) * peerRuns);
      return { problem, ours, ourViolations: validatePlan(problem, ours), ...bestOf(problem, peers) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bestOf(problem: Problem, peers: readonly Result[]): Pick<Contest, 'peer' | 'peerViolations'> {
  const judged = peers.map((peer) => ({ peer, peerViolations: validatePlan(problem, peer) }));
  const worth = ({ peer, peerViolations }: (typeof judged)[number]) =>
    peerViolations.length > 0 ? -1 : placedCount(peer);
  return judged.reduce((best, each) => (worth(each) > worth(best) ? each : best));
}

/**
 * Pods that the peer has a place for and we have not, counted by Deployment: its pods are alike, so it does not matter which of them
 * stays. Empty when we place at least as many of each.
 */
export function shortfall({ problem, ours, peer }: Contest): Record<string, number> {
  const [byUs, byPeer] = [placedByDeployment(problem, ours), placedByDeployment(problem, peer)];
  return Object.fromEntries(
    [...byPeer].flatMap(([owner, count]) => {
      const missing = count - (byUs.get(owner) ?? 0);
      return missing > 0 ? [[owner, missing]] : [];
    }),
  );
}

/** Pods with a place in the result. */
export function placedCount({ podsOnNewNodes, podsOnExistingNodes }: Result): number {
  return podsOnNewNodes + podsOnExistingNodes;
}
