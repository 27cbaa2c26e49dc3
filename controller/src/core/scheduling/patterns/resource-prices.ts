import { zeros } from '../zeros.ts';
import { MasterProgram } from './master-program.ts';
import type { NodeKind } from './node-kinds.ts';

/** Rounds of the simplex method, per kind of node: it takes a few in all. */
const ROUNDS_PER_KIND_MAX = 4;

const GAIN_MIN = 1e-9;

/**
 * Returns what a unit of each resource is worth if nodes could be bought in fractions and pods cut up at will: the dual prices of the
 * least cost at which the kinds cover the totals. Sound where many pods of many shapes share a node, and needs no look at a single shape.
 */
export function resourcePrices(kinds: readonly NodeKind[], totals: readonly number[]): number[] {
  const columns = kinds.map(({ price, room }) => ({ price, counts: room }));
  const starts = totals.map((_, place) => {
    const best = columns.reduce((found, each) => (rate(each, place) > rate(found, place) ? each : found));
    const alone = zeros(totals.length);
    alone[place] = Math.max(best.counts[place] as number, 1);
    return { price: best.price, counts: alone };
  });
  const program = new MasterProgram(starts, totals);
  for (let round = 0; round < kinds.length * ROUNDS_PER_KIND_MAX; round += 1) {
    const { values } = program;
    const negative = values.findIndex((value) => value < 0);
    if (negative >= 0) {
      program.relax(negative);
      continue;
    }
    const worth = (column: (typeof columns)[number]) =>
      column.counts.reduce((sum, amount, place) => sum + amount * (values[place] as number), 0) / column.price;
    const best = columns.reduce((found, each) => (worth(each) > worth(found) ? each : found));
    if (worth(best) <= 1 + GAIN_MIN || !program.enter(best)) break;
  }
  return program.values.map((value) => Math.max(value, 0));
}

function rate(
  { price, counts }: { readonly price: number; readonly counts: readonly number[] },
  place: number,
): number {
  return (counts[place] as number) / price;
}
