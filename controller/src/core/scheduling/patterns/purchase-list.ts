import type { LabelState } from '../label-state.ts';
import type { PodShape } from '../pod-shape.ts';
import type { ProvisionerMarket } from '../provisioner-market.ts';
import { countsOf, type Filling, fill, fillingOrders, type Items, type Pattern } from './fill.ts';
import type { FreeDemand } from './free-demand.ts';
import { MasterProgram } from './master-program.ts';
import { type NodeKind, type NodeTerms, nodeKinds, resourcesOf } from './node-kinds.ts';

/** Equal nodes to buy, each with the same pods. */
export interface Bulk {
  readonly market: ProvisionerMarket;
  readonly state: LabelState;
  /** The instance type that it was reckoned with, by its position. */
  readonly position: number;
  readonly times: number;
  readonly pods: readonly { readonly shape: PodShape; readonly count: number }[];
}

/** Shapes up to which the linear program is solved: its work grows with their cube. Beyond, shapes are worth what they take. */
const PROGRAM_SHAPES_MAX = 150;

/** Columns brought into the program, per shape: by then what is still to be gained is far below a percent. */
const COLUMNS_PER_SHAPE_MAX = 12;

/** A column must be worth this much more than it costs. */
const GAIN_MIN = 1e-6;

/**
 * Returns what to buy for free pods so that it costs little: the patterns of a linear program as often as it buys them whole, then, for
 * what is left, one pattern after the other that gives most for its price. Every pod is in it, as each fits some kind of node.
 */
export function purchaseList(demand: FreeDemand, terms: NodeTerms): Bulk[] {
  const resources = resourcesOf(demand);
  const kinds = nodeKinds(demand, resources, terms);
  const requests = demand.pods.map(({ amounts }) =>
    resources.map((name) => amounts.find((each) => each.name === name)?.amount ?? 0),
  );
  const counts = demand.pods.map(({ count }) => count);
  const { patterns, values } = wholePatterns(kinds, { requests, counts, values: counts.map(() => 1) });
  const bought = [...patterns];
  const left = [...counts];
  for (const { pattern, times } of patterns) takeOff(left, pattern, times);
  while (left.some((count) => count > 0)) {
    const pattern = bestFilling(kinds, { requests, counts: left, values });
    if (pattern === undefined) break;
    const times = timesIn(left, pattern);
    bought.push({ pattern, times });
    takeOff(left, pattern, times);
  }
  return bought.map(({ pattern, times }) => bulkOf(demand, pattern, times));
}

function bulkOf({ market, state, pods }: FreeDemand, { kind, counts }: Pattern, times: number): Bulk {
  return {
    market,
    state,
    position: kind.position,
    times,
    pods: pods.flatMap(({ shape }, place) => {
      const count = counts[place] ?? 0;
      return count > 0 ? [{ shape, count }] : [];
    }),
  };
}

interface Purchase {
  readonly pattern: Pattern;
  readonly times: number;
}

/** Solves the linear program and returns the patterns that it buys whole, with what a pod of each shape is worth there. */
function wholePatterns(
  kinds: readonly NodeKind[],
  items: Items,
): { readonly patterns: readonly Purchase[]; readonly values: readonly number[] } {
  const singles = items.counts.map((_, shape) => single(kinds, items, shape));
  const price = ({ kind, counts }: Pattern) => ({ price: kind.price, counts });
  const columns = new Map(singles.map((pattern) => [price(pattern), pattern]));
  const program = new MasterProgram([...columns.keys()], items.counts);
  const columnsMax = singles.length > PROGRAM_SHAPES_MAX ? 0 : singles.length * COLUMNS_PER_SHAPE_MAX;
  for (let tried = 0; tried < columnsMax; tried += 1) {
    const { values } = program;
    const negative = values.findIndex((value) => value < -GAIN_MIN);
    if (negative >= 0) {
      program.relax(negative);
      continue;
    }
    const pattern = bestFilling(kinds, { ...items, values });
    if (pattern === undefined || worth(pattern, values) <= pattern.kind.price * (1 + GAIN_MIN)) break;
    const column = price(pattern);
    columns.set(column, pattern);
    if (!program.enter(column)) break;
  }
  const left = [...items.counts];
  const patterns = program.solution.flatMap(({ column, amount }) => {
    const pattern = columns.get(column as ReturnType<typeof price>);
    if (pattern === undefined) return [];
    const times = Math.min(Math.floor(amount + GAIN_MIN), timesIn(left, pattern));
    if (times <= 0) return [];
    takeOff(left, pattern, times);
    return [{ pattern, times }];
  });
  return { patterns, values: program.values.map((value) => Math.max(value, 0)) };
}

/** The pattern of one shape alone that costs least per pod. */
function single(kinds: readonly NodeKind[], { requests, counts }: Items, shape: number): Pattern {
  const alone = {
    requests,
    counts: counts.map((_, other) => (other === shape ? Number.MAX_SAFE_INTEGER : 0)),
    values: counts.map(() => 1),
  };
  const found = bestFilling(kinds, alone);
  if (found === undefined) throw new RangeError('a shape without a kind of node that holds it');
  return found;
}

/** The filling of some kind whose pods are worth most for its price; undefined when no kind holds any. */
function bestFilling(kinds: readonly NodeKind[], items: Items): Pattern | undefined {
  let best: { readonly kind: NodeKind; readonly filling: Filling } | undefined;
  let most = 0;
  const orders = fillingOrders(items);
  for (const kind of kinds) {
    const filling = fill(kind, items, orders);
    if (filling.value / kind.price <= most) continue;
    most = filling.value / kind.price;
    best = { kind, filling };
  }
  return best && { kind: best.kind, counts: countsOf(best.kind, items, best.filling) };
}

function worth({ counts }: Pattern, values: readonly number[]): number {
  return counts.reduce((sum, count, shape) => sum + count * (values[shape] as number), 0);
}

/** How often the pattern is wholly in what is left. */
function timesIn(left: readonly number[], { counts }: Pattern): number {
  return counts.reduce(
    (least, count, shape) => (count === 0 ? least : Math.min(least, Math.floor((left[shape] as number) / count))),
    Infinity,
  );
}

function takeOff(left: number[], { counts }: Pattern, times: number): void {
  for (const [shape, count] of counts.entries()) left[shape] = (left[shape] as number) - count * times;
}
