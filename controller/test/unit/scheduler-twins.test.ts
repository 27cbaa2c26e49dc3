import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeProblem, writeWorkload } from '../../bench/problem/write-problem.ts';
import { workloadOf } from '../../bench/workloads/catalogue.ts';
import { CONSTRAINT_KINDS, type ConstraintKind } from '../../bench/workloads/random-constraints.ts';
import { randomProblem } from '../../bench/workloads/random-problem.ts';
import { demandOf } from '../../src/cli/pending-pods.ts';
import { snapshotOfProblem } from '../../src/cli/problem-snapshot.ts';
import { readProblem } from '../../src/cli/read-problem.ts';
import { toExpressions } from '../../src/core/requirements.ts';
import { firstFit } from '../../src/core/scheduling/first-fit.ts';
import { firstFitPlainly } from '../../src/core/scheduling/plain/first-fit.ts';
import type { Plan } from '../../src/core/scheduling/plan.ts';

/**
 * First fit stands twice: plainly, with lists of types that are filtered pod by pod, and fast, with sets of types and of nodes, as it runs.
 * The plain one says what the fast one has to do: both make the same plan of the same problem, down to the last option and the last reason.
 */

const SEEDS = 400;
const SMALLER_KINDS: readonly (readonly ConstraintKind[])[] = [
  ['spread'],
  ['affinity'],
  ['selectors', 'taints', 'limits'],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-twins-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plansOf(path: string): { readonly fast: unknown; readonly plain: unknown } {
  const problem = readProblem([path]);
  if (!('state' in problem)) throw new Error(problem.join('\n'));
  const { wellKnownLabels } = problem.instanceTypes;
  const input = [snapshotOfProblem(problem), demandOf(problem.pending, problem.state)] as const;
  const options = { wellKnownLabels, fitChecksMax: 100_000_000 };
  return { fast: printable(firstFit(...input, options)), plain: printable(firstFitPlainly(...input, options)) };
}

/** A plan in which requirements are lists: sets and maps compare slowly, and their order does not matter. */
function printable(plan: Plan): unknown {
  return {
    ...plan,
    nodes: plan.nodes.map((node) => ({ ...node, requirements: toExpressions(node.requirements) })),
  };
}

test.each([...SMALLER_KINDS, CONSTRAINT_KINDS])('the twins agree on random problems with %s %s %s …', (...kinds) => {
  for (let seed = 1; seed <= SEEDS / (SMALLER_KINDS.length + 1); seed += 1) {
    const path = writeProblem(folder, randomProblem(seed, new Set(kinds)));
    const { fast, plain } = plansOf(path);
    expect({ seed, plan: fast }).toEqual({ seed, plan: plain });
  }
});

test.each(['D', 'A', 'T', 'M', 'U', 'N', 'X'])('the twins agree on 150 pods of workload %s', (letter) => {
  const choice = { letter, pods: 150, seed: 7, shapes: 30, preferencePolicy: 'Respect', zones: 'abc' } as const;
  const workload = workloadOf(choice);
  if (workload === undefined) throw new Error(`no workload ${letter}`);
  const { fast, plain } = plansOf(writeWorkload(folder, workload));
  expect(fast).toEqual(plain);
});
