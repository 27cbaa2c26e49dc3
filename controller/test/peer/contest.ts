import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '../../bench/problem/problem-file.ts';
import type { Result } from '../../bench/problem/result-file.ts';
import { writeProblem } from '../../bench/problem/write-problem.ts';
import { nameOf, type Violation } from '../../bench/validator/standing.ts';
import { validatePlan } from '../../bench/validator/validate-plan.ts';
import { deploymentOf } from '../../bench/workloads/pod-maker.ts';
import { runPlan } from '../../src/cli/plan-command.ts';
import { solveByPeer } from './peer-scheduler.ts';

/** What the two made of one problem. */
export interface Contest {
  readonly problem: Problem;
  readonly ours: Result;
  readonly peer: Result;
  readonly ourViolations: readonly Violation[];
  readonly peerViolations: readonly Violation[];
}

/** How many problems share one process of the peer. */
const BATCH = 100;

/** Puts the problems to both. Problems have names of their own. */
export function contestsOf(problems: readonly Problem[]): Contest[] {
  const contests: Contest[] = [];
  for (let first = 0; first < problems.length; first += BATCH) {
    contests.push(...contestBatch(problems.slice(first, first + BATCH)));
  }
  return contests;
}

function contestBatch(problems: readonly Problem[]): Contest[] {
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-contest-'));
  try {
    const paths = problems.map((problem) => writeProblem(folder, problem));
    const peers = solveByPeer(paths);
    return problems.map((problem, index) => {
      const ours = solveByUs(paths[index] as string);
      const peer = peers[index] as Result;
      return {
        problem,
        ours,
        peer,
        ourViolations: validatePlan(problem, ours),
        peerViolations: validatePlan(problem, peer),
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the `plan` command prints for the file. */
function solveByUs(path: string): Result {
  let out = '';
  let err = '';
  const code = runPlan(['-f', path, '-o', 'json', '--detail', 'full'], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    hasColours: false,
  });
  if (code !== 0) throw new Error(`plan ended with ${code}:\n${err}`);
  return JSON.parse(out) as Result;
}

/**
 * Pods that the peer has a place for and we have not, counted by Deployment: its pods are alike, so it does not matter which of them
 * stays. Empty when we place at least as many of each.
 */
export function shortfall({ problem, ours, peer }: Contest): Record<string, number> {
  const [byUs, byPeer] = [placedByOwner(problem, ours), placedByOwner(problem, peer)];
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

function placedByOwner(
  { pods = [] }: Problem,
  { newNodeClaims = [], existingNodes = [] }: Result,
): Map<string, number> {
  const owners = new Map(pods.map((pod) => [nameOf(pod), deploymentOf(pod)]));
  const counts = new Map<string, number>();
  for (const name of [...newNodeClaims, ...existingNodes].flatMap((node) => node.pods ?? [])) {
    const owner = owners.get(name) ?? name;
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}
