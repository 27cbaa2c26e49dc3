import { type Fill, fullestNode } from './fullest-node.ts';
import { LinearProgram } from './linear-program.ts';
import { type Pattern, PatternMix } from './pattern-mix.ts';

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
const NEARNESS = { aim: 1e-4, enough: 5e-3 };
/** Rounds after which near enough will do, and after which the search ends: each takes longer than the one before. */
const ROUNDS = { patient: 40, max: 120 };
/** Steps of one search for the fullest node: the first rounds need good patterns, only the last ones the best. */
const STEPS = { first: 1000, factor: 10, last: 100_000 };
/** Pods are priced between what they are worth by the best bound and by the mix: nearer to the bound, or prices swing to and fro. */
const PULL = { first: 0.9, factor: 0.5, least: 0.05 };
/** A pattern worth less than this beyond its price is not worth an exchange. */
const EXCESS_MIN = 2e-5;

/**
 * The bound of Gilmore and Gomory: pods are whole, only the number of nodes may be any fraction. It is sought from both sides: a mix of patterns
 * that gets cheaper with each pattern found, and what pods may be worth so that no node holds more than its price. What they are worth, less
 * the part by which some node may still hold too much, bounds every plan at any time (Farley): so a search that is cut short costs sharpness,
 * not truth. It starts from the worth of each resource if pods could be cut. Undefined when some pod fits nowhere.
 */
export function patternBound({ shapes, types }: PackingQuestion): PatternBound | undefined {
  const market = undominated(types);
  const first = shapes.flatMap((shape, index) => cheapestAlone(shape, index, shapes.length, market) ?? []);
  if (first.length < shapes.length) return undefined;
  const counts = shapes.map(({ count }) => count);
  const mix = new PatternMix(counts, first);
  let centre = fluidWorth(shapes, market);
  let bound = dot(centre, counts);
  let [pull, stepsMax]: [number, number] = [PULL.first, STEPS.first];
  for (let round = 0; round < ROUNDS.max; round++) {
    const enough = round < ROUNDS.patient ? NEARNESS.aim : NEARNESS.enough;
    if (bound >= mix.price * (1 - enough)) break;
    const worth = Array.from(mix.worth(), (each) => Math.max(0, each));
    const values = worth.map((each, shape) => pull * (centre[shape] as number) + (1 - pull) * each);
    const fills = market.map((type) => ({ type, fill: fillOf(type, shapes, values, stepsMax) }));
    const excess = Math.max(1, ...fills.map(({ type, fill }) => fill.valueMax / type.price));
    if (dot(values, counts) / excess > bound) {
      bound = dot(values, counts) / excess;
      centre = values.map((each) => each / excess);
    }
    const better = fills
      .filter(({ type, fill }) => dot(fill.counts, worth) > type.price * (1 + EXCESS_MIN))
      .map(({ type, fill }): Pattern => ({ counts: fill.counts, price: type.price }));
    mix.add(better);
    if (better.length > 0) continue;
    if (pull > 0) {
      pull = pull > PULL.least ? pull * PULL.factor : 0;
    } else if (stepsMax < STEPS.last) {
      stepsMax *= STEPS.factor;
    } else {
      break;
    }
  }
  return { bound, optimumMax: Math.max(bound, mix.price) };
}

/** True when the bound is the program's optimum to within half a percent, not merely below it. */
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

/** The nodes that hold this shape only and cost least for each pod; undefined when it fits on none. */
function cheapestAlone(shape: Shape, index: number, shapeCount: number, types: readonly Type[]): Pattern | undefined {
  let best: Pattern | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const { room, price } of types) {
    const fits = shape.weights.map((weight, resource) =>
      weight === 0 ? shape.count : Math.floor((room[resource] as number) / weight),
    );
    const count = Math.min(shape.count, ...fits);
    if (count === 0 || price / count >= least) continue;
    least = price / count;
    best = { counts: Array.from({ length: shapeCount }, (_, each) => (each === index ? count : 0)), price };
  }
  return best;
}

/** What a pod of each shape is worth when it is worth what its resources are, and no type holds resources for more than its price. */
function fluidWorth(shapes: readonly Shape[], types: readonly Type[]): readonly number[] {
  const [{ weights } = { weights: [] }] = shapes;
  // Scaled, so that bytes and cores are numbers of one size.
  const scales = weights.map((_, resource) => Math.max(1, ...types.map(({ room }) => room[resource] as number)));
  const scaled = (amounts: readonly number[]) =>
    amounts.map((amount, resource) => amount / (scales[resource] as number));
  const demand = weights.map((_, resource) =>
    shapes.reduce((sum, shape) => sum + shape.count * (shape.weights[resource] as number), 0),
  );
  const program = new LinearProgram(
    scaled(demand),
    types.map(({ room }) => scaled(room)),
    types.map(({ price }) => price),
  );
  const worth = program.solution();
  return shapes.map((shape) => dot(scaled(shape.weights), worth));
}

function fillOf({ room }: Type, shapes: readonly Shape[], values: readonly number[], stepsMax: number): Fill {
  const weights = room.map((_, resource) => shapes.map((shape) => shape.weights[resource] as number));
  const counts = shapes.map(({ count }) => count);
  return fullestNode({ values, weights, room, counts, worthMin: 0 }, stepsMax);
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, each, index) => sum + each * (right[index] as number), 0);
}
