import { type Fill, fullestNode } from './fullest-node.ts';
import { LinearProgram } from './linear-program.ts';

/** What is to be bought, and what for. Amounts are whole numbers, by resource in one order. */
export interface PackingQuestion {
  readonly shapes: readonly { readonly weights: readonly number[]; readonly count: number }[];
  readonly types: readonly { readonly room: readonly number[]; readonly price: number }[];
}

/** No plan costs less than `bound`. The program's own optimum lies between the two. */
export interface PatternBound {
  readonly bound: number;
  readonly optimumMax: number;
}

/** Parts of the optimum: the search ends when the bound is so near, and a bound that is nearly so near counts as the optimum. */
const NEARNESS = { aim: 1e-4, enough: 1e-3 };
const ROUNDS_MAX = 150;
/** Rows that one round adds at most; more would slow each round down and save few. */
const ROWS_MAX = 40;
/** Steps of one search for the fullest node: the first rounds need good patterns, only the last ones the best. */
const STEPS = { first: 10_000, factor: 10, last: 100_000 };
/** A pattern worth less than this beyond its price is not worth a row. */
const EXCESS_MIN = 2e-5;

/**
 * The bound of Gilmore and Gomory: pods are whole, only the number of nodes may be any fraction. Its dual seeks what each pod is worth when no
 * node may hold more worth than its price; a row is added for each fullest node that does. What the pods are worth, less the part by
 * which some node may still hold too much, bounds every plan at any time (Farley): so a search that is cut short costs sharpness, not truth.
 * `knownBound` is one that is known already; the search ends when one is near enough. Undefined when some pod fits nowhere.
 */
export function patternBound({ shapes, types }: PackingQuestion, knownBound: number): PatternBound | undefined {
  const market = undominated(types);
  const first = shapes.map((shape, index) => cheapestAlone(shape, index, shapes.length, market));
  if (first.includes(undefined)) return undefined;
  const counts = shapes.map(({ count }) => count);
  const rows = first.filter((each) => each !== undefined);
  const program = new LinearProgram(
    counts,
    rows.map(({ row }) => row),
    rows.map(({ bound }) => bound),
  );
  let bound = knownBound;
  let stepsMax = STEPS.first;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const values = program.solution();
    const fills = market.map((type) => ({ type, fill: fillOf(type, shapes, values, stepsMax) }));
    const excess = Math.max(1, ...fills.map(({ type, fill }) => fill.valueMax / type.price));
    bound = Math.max(bound, program.value / excess);
    const better = fills.filter(({ type, fill }) => fill.value > type.price);
    if (bound >= program.value * (1 - NEARNESS.aim)) break;
    if (better.length === 0) {
      if (stepsMax >= STEPS.last) break;
      stepsMax *= STEPS.factor;
      continue;
    }
    better.sort((left, right) => right.fill.value / right.type.price - left.fill.value / left.type.price);
    program.add(better.slice(0, ROWS_MAX).map(({ type, fill }) => ({ row: fill.counts, bound: type.price })));
  }
  return { bound, optimumMax: program.value };
}

/** True when the bound is the program's optimum to within a thousandth, not merely below it. */
export function isOptimum({ bound, optimumMax }: PatternBound): boolean {
  return bound >= optimumMax * (1 - NEARNESS.enough);
}

type Shape = PackingQuestion['shapes'][number];
type Type = PackingQuestion['types'][number];

/** The types that no other one beats or equals in everything. */
function undominated(types: readonly Type[]): readonly Type[] {
  const byPrice = types.toSorted((left, right) => left.price - right.price);
  const kept: Type[] = [];
  for (const type of byPrice) {
    const isBeaten = kept.some(({ room }) => room.every((amount, index) => amount >= (type.room[index] as number)));
    if (!isBeaten) kept.push(type);
  }
  return kept;
}

/** The row of the nodes that hold one shape only and cost least for each pod. */
function cheapestAlone(shape: Shape, index: number, shapeCount: number, types: readonly Type[]) {
  let best: { readonly row: readonly number[]; readonly bound: number } | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const { room, price } of types) {
    const fits = shape.weights.map((weight, resource) =>
      weight === 0 ? shape.count : Math.floor((room[resource] as number) / weight),
    );
    const count = Math.min(shape.count, ...fits);
    if (count === 0 || price / count >= least) continue;
    least = price / count;
    best = { row: Array.from({ length: shapeCount }, (_, each) => (each === index ? count : 0)), bound: price };
  }
  return best;
}

function fillOf({ room, price }: Type, shapes: readonly Shape[], values: readonly number[], stepsMax: number): Fill {
  const weights = room.map((_, resource) => shapes.map((shape) => shape.weights[resource] as number));
  return fullestNode(
    { values, weights, room, counts: shapes.map(({ count }) => count), worthMin: price * (1 + EXCESS_MIN) },
    stepsMax,
  );
}
