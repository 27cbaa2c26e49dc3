import type { LabelState } from '../label-state.ts';
import type { PodShape } from '../pod-shape.ts';
import type { ProvisionerMarket } from '../provisioner-market.ts';
import { countsOf, type Filling, fill, fillingOrders, type Items, type Pattern } from './fill.ts';
import type { FreeDemand } from './free-demand.ts';
import { MasterProgram } from './master-program.ts';
import { type NodeKind, type NodeTerms, nodeKinds, resourcesOf } from './node-kinds.ts';
import { resourcePrices } from './resource-prices.ts';

/** Equal nodes to buy, each with the same pods. */
export interface Bulk {
  readonly market: ProvisionerMarket;
  readonly state: LabelState;
  /** The instance type that it was reckoned with, by its position. */
  readonly position: number;
  readonly times: number;
  readonly pods: readonly { readonly shape: PodShape; readonly count: number }[];
}

/** Shapes for which one linear program is solved: its work grows with their cube. More are dealt with in parts. */
const PART_SHAPES_MAX = 100;

/** Pods per shape from which on the program pays: with fewer, no pattern is bought more than once. */
const PROGRAM_PODS_PER_SHAPE_MIN = 4;

/** Columns brought into the program, per shape. A hundred shapes on AWS's types need about a hundred; the bound ends what does not converge. */
const COLUMNS_PER_SHAPE_MAX = 4;

/** A column must be worth this much more than it costs. */
const GAIN_MIN = 1e-6;

/** Kinds of node are filled whose room, could it be filled wholly, would be worth this much of their price. */
const KIND_VALUE_MIN = 0.75;

/** Of a part that is not the last, pods are left to the next one that would fill a node only to less than this of its price. */
const CARRIED_VALUE_MAX = 0.98;

/**
 * Returns what to buy for free pods so that it costs little: first the patterns of a linear program, as often as it buys them whole; for
 * what is left, one pattern after the other that gives most for its price. Every pod is in it, as each fits some kind of node.
 */
export function purchaseList(demand: FreeDemand, terms: NodeTerms): Bulk[] {
  const resources = resourcesOf(demand);
  const kinds = nodeKinds(demand, resources, terms);
  const all = demand.pods.map(
    ({ shape, amounts, count }): Item => ({
      shape,
      count,
      request: resources.map((name) => amounts.find((each) => each.name === name)?.amount ?? 0),
    }),
  );
  const prices = resourcePrices(kinds, totalsOf(all, resources));
  const isWorthwhile = ({ room, price }: NodeKind) => worthOf(room, prices) >= KIND_VALUE_MIN * price;
  const market = { all: kinds, worthwhile: kinds.filter(isWorthwhile), prices };
  const bulks: Bulk[] = [];
  let carried: readonly Item[] = [];
  const parts = partsOf(all);
  for (const [place, part] of parts.entries()) {
    const items = [...carried, ...part];
    const { purchases, left } = purchasesFor(market, items, place === parts.length - 1 ? 0 : CARRIED_VALUE_MAX);
    for (const { pattern, times } of purchases) bulks.push(bulkOf(demand, items, pattern, times));
    carried = items.map((item, shape) => ({ ...item, count: left[shape] as number })).filter(({ count }) => count > 0);
  }
  return bulks;
}

/** Free pods of one shape. */
interface Item {
  readonly shape: PodShape;
  readonly count: number;
  /** By place of the resource. */
  readonly request: readonly number[];
}

/** The kinds of node there are, those worth filling, and what a unit of each resource is worth. */
interface Market {
  readonly all: readonly NodeKind[];
  readonly worthwhile: readonly NodeKind[];
  readonly prices: readonly number[];
}

function totalsOf(items: readonly Item[], resources: readonly string[]): number[] {
  return resources.map((_, place) =>
    items.reduce((sum, { request, count }) => sum + (request[place] as number) * count, 0),
  );
}

function worthOf(amounts: readonly number[], prices: readonly number[]): number {
  return amounts.reduce((sum, amount, place) => sum + amount * (prices[place] as number), 0);
}

/** Deals the shapes to parts that are small enough, each with all sorts, from those that need little memory for their cpu to those that need much. */
function partsOf(items: readonly Item[]): Item[][] {
  const parts = Math.ceil(items.length / PART_SHAPES_MAX);
  if (parts <= 1) return [[...items]];
  const ratio = ({ request: [cpu = 0, memory = 0] }: Item) => memory / Math.max(cpu, 1);
  const sorted = items.toSorted((left, right) => ratio(left) - ratio(right));
  return Array.from({ length: parts }, (_, part) => sorted.filter((__, place) => place % parts === part));
}

/** Returns what to buy, until nothing is left or a pattern is worth less than `valueMin` of its price; and what is left then. */
function purchasesFor(
  { all, worthwhile, prices }: Market,
  shapes: readonly Item[],
  valueMin: number,
): { readonly purchases: readonly Purchase[]; readonly left: readonly number[] } {
  const requests = shapes.map(({ request }) => request);
  const counts = shapes.map(({ count }) => count);
  const least = prices.map((_, place) => Math.min(...requests.map((request) => request[place] as number)));
  const podsPerShape = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const rough = { requests, counts, least, values: requests.map((request) => worthOf(request, prices)) };
  const isExact = podsPerShape >= PROGRAM_PODS_PER_SHAPE_MIN;
  const { purchases: whole, values } = isExact
    ? wholePatterns(all, worthwhile, rough)
    : { purchases: [], values: rough.values };
  const purchases = [...whole];
  const left = [...counts];
  for (const { pattern, times } of whole) takeOff(left, pattern, times);
  while (left.some((count) => count > 0)) {
    const items = { ...rough, counts: left, values };
    const pattern = bestFilling(worthwhile, items) ?? bestFilling(all, items);
    if (pattern === undefined || worthOf(pattern.counts, values) < valueMin * pattern.kind.price) break;
    const times = timesIn(left, pattern);
    purchases.push({ pattern, times });
    takeOff(left, pattern, times);
  }
  return { purchases, left };
}

function bulkOf({ market, state }: FreeDemand, items: readonly Item[], { kind, counts }: Pattern, times: number): Bulk {
  return {
    market,
    state,
    position: kind.position,
    times,
    pods: items.flatMap(({ shape }, place) => {
      const count = counts[place] ?? 0;
      return count > 0 ? [{ shape, count }] : [];
    }),
  };
}

interface Purchase {
  readonly pattern: Pattern;
  readonly times: number;
}

/** Solves the linear program over patterns: what it buys whole, and what a pod of each shape is worth there. */
function wholePatterns(
  all: readonly NodeKind[],
  worthwhile: readonly NodeKind[],
  items: Items,
): { readonly purchases: readonly Purchase[]; readonly values: readonly number[] } {
  const singles = items.counts.map((_, shape) => single(all, items, shape));
  const price = ({ kind, counts }: Pattern) => ({ price: kind.price, counts });
  const columns = new Map(singles.map((pattern) => [price(pattern), pattern]));
  const program = new MasterProgram([...columns.keys()], items.counts);
  const columnsMax = singles.length * COLUMNS_PER_SHAPE_MAX;
  for (let tried = 0; tried < columnsMax; tried += 1) {
    const { values } = program;
    const negative = values.findIndex((value) => value < -GAIN_MIN);
    if (negative >= 0) {
      program.relax(negative);
      continue;
    }
    const pattern = bestFilling(worthwhile, { ...items, values });
    if (pattern === undefined || worthOf(pattern.counts, values) <= pattern.kind.price * (1 + GAIN_MIN)) break;
    const column = price(pattern);
    columns.set(column, pattern);
    if (!program.enter(column)) break;
  }
  const left = [...items.counts];
  const purchases = program.solution.flatMap(({ column, amount }) => {
    const pattern = columns.get(column as ReturnType<typeof price>);
    if (pattern === undefined) return [];
    const times = Math.min(Math.floor(amount + GAIN_MIN), timesIn(left, pattern));
    if (times <= 0) return [];
    takeOff(left, pattern, times);
    return [{ pattern, times }];
  });
  return { purchases, values: program.values.map((value) => Math.max(value, 0)) };
}

/** The pattern of one shape alone that costs least per pod. */
function single(kinds: readonly NodeKind[], { requests, counts, least }: Items, shape: number): Pattern {
  const alone = {
    requests,
    least,
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
