import type { Problem } from '../problem/problem-file.ts';
import { requestOf, sumOf } from '../validator/amounts.ts';
import { createMarket } from '../validator/market.ts';
import { maximise } from './linear-program.ts';

const NANO = 1e9;

/**
 * Dollars an hour below which no plan for all pending pods can cost, by the fluid relaxation: pods and nodes may be cut into any parts, and
 * only their amounts count. Daemons, selectors and topology are left out, so it may lie far below what is possible; it never lies above.
 * 0 when existing nodes may take the pods. Undefined when no node has some resource that they request.
 */
export function fluidLowerBound(problem: Problem): number | undefined {
  if ((problem.nodes ?? []).length > 0) return 0;
  const demand = sumOf((problem.pods ?? []).map(({ spec }) => requestOf(spec)));
  const resources = [...demand].filter(([, nano]) => nano > 0n).map(([name]) => name);
  const market = createMarket(problem);
  const rows: number[][] = [];
  const prices: number[] = [];
  for (const type of market.types.values()) {
    const offers = problem.provisioners.flatMap((provisioner) => market.launches(provisioner, type, []));
    if (offers.length === 0) continue;
    const allocatable = market.allocatable(type);
    rows.push(resources.map((name) => Number(allocatable.get(name) ?? 0n) / NANO));
    prices.push(Math.min(...offers.map(({ offering }) => offering.price)));
  }
  // The dual: what an hour of each resource is worth, if no type may be worth more than its price.
  const scales = resources.map((_, column) => Math.max(...rows.map((row) => row[column] ?? 0)));
  if (scales.some((scale) => scale === 0)) return undefined;
  const gain = resources.map((name, column) => Number(demand.get(name) ?? 0n) / NANO / (scales[column] ?? 1));
  return maximise(
    gain,
    rows.map((row) => row.map((amount, column) => amount / (scales[column] ?? 1))),
    prices,
  );
}
