import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import type { Problem } from '../problem/problem-file.ts';
import type { PlannedNodeRecord } from '../problem/result-file.ts';
import { type Amounts, amountsOf, lacking, largerOf, sumOf } from './amounts.ts';
import type { Market } from './market.ts';
import type { Violation } from './standing.ts';

/** Provisioners whose nodes exceed a limit if each planned one turns out as large as it may. */
export function limitViolations(planned: readonly PlannedNodeRecord[], problem: Problem, market: Market): Violation[] {
  return problem.provisioners.flatMap(({ metadata: { name }, spec }) => {
    const mine = planned.filter(({ provisioner }) => provisioner === name);
    const limits = amountsOf(spec.limits?.resources);
    if (mine.length === 0 || limits.size === 0) return [];
    const existing = (problem.nodes ?? [])
      .filter(({ metadata }) => metadata.labels?.[PROVISIONER_NAME_LABEL] === name)
      .map(({ status }) => amountsOf(status.capacity));
    const total = sumOf([...existing, ...mine.map((node) => largest(node, market))]);
    const limited = new Map([...total].filter(([resource]) => limits.has(resource)));
    return lacking(limited, limits).map((message) => ({
      path: 'newNodeClaims',
      rule: 'limit' as const,
      message: `${name}: ${message}`,
    }));
  });
}

function largest({ instanceTypeOptions = [] }: PlannedNodeRecord, market: Market): Amounts {
  return instanceTypeOptions.map((name) => amountsOf(market.types.get(name)?.capacity)).reduce(largerOf, new Map());
}
