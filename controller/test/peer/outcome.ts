import type { Problem } from '../../bench/problem/problem-file.ts';
import type { Result } from '../../bench/problem/result-file.ts';
import { nameOf } from '../../bench/validator/standing.ts';
import { validatePlan } from '../../bench/validator/validate-plan.ts';
import { deploymentOf } from '../../bench/workloads/pod-maker.ts';

/** How many pods of each Deployment have a place. */
export function placedByDeployment(
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

/**
 * A plan in a few words, to compare plans by: `db 3, web 2 on 4 nodes`, with the rules that it breaks, if any: `, breaks affinity`.
 * Counted are the nodes that get pods, new or not. That nothing has a place is `nobody`.
 */
export function outcomeOf(problem: Problem, result: Result): string {
  const placed = [...placedByDeployment(problem, result)].sort(([left], [right]) => (left < right ? -1 : 1));
  if (placed.length === 0) return 'nobody';
  const { newNodeClaims = [], existingNodes = [] } = result;
  const nodes = [...newNodeClaims, ...existingNodes].filter(({ podCount }) => podCount > 0).length;
  const broken = [...new Set(validatePlan(problem, result).map(({ rule }) => rule))].sort();
  const told = placed.map(([owner, count]) => `${owner} ${count}`).join(', ');
  return `${told} on ${nodes} ${nodes === 1 ? 'node' : 'nodes'}${broken.length > 0 ? `, breaks ${broken.join(', ')}` : ''}`;
}
