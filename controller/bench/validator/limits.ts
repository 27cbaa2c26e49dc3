import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import type { Problem } from '../problem/problem-file.ts';
import type { PlannedNodeRecord } from '../problem/result-file.ts';
import { type Amounts, amountsOf, lacking, sumOf } from './amounts.ts';
import type { Market } from './market.ts';
import type { Violation } from './standing.ts';

/** Provisioners whose nodes exceed a limit if each planned one turns out as large as it may. */
export function limitViolations(claims: readonly PlannedNodeRecord[], problem: Problem, market: Market): Violation[] {
  return problem.provisioners.flatMap(({ metadata: { name }, spec }) => {
    const mine = claims.filter(({ provisioner }) => provisioner === name);
    const limits = amountsOf(spec.limits?.resources);
    if (mine.length === 0 || limits.size === 0) return [];
    const existing = (problem.nodes ?? [])
      .filter(({ metadata }) => metadata.labels?.[PROVISIONER_NAME_LABEL] === name)
      .map(({ status }) => amountsOf(status.capacity));
    const planned = mine.map((node) => largest(node, [...limits.keys()], market));
    const limited = new Map([...sumOf([...existing, ...planned])].filter(([resource]) => limits.has(resource)));
    return lacking(limited, limits).map((message) => ({
      path: 'newNodeClaims',
      rule: 'limit' as const,
      message: `${name}: ${message}`,
    }));
  });
}

/** Of these resources the most that the node may turn out to have. */
function largest(
  { instanceTypeOptions = [] }: PlannedNodeRecord,
  resources: readonly string[],
  market: Market,
): Amounts {
  const most = new Map(resources.map((resource) => [resource, 0n]));
  for (const name of instanceTypeOptions) {
    const type = market.types.get(name);
    const capacity = type === undefined ? undefined : market.capacity(type);
    for (const resource of resources) {
      const amount = capacity?.get(resource) ?? 0n;
      if (amount > (most.get(resource) ?? 0n)) most.set(resource, amount);
    }
  }
  return most;
}
