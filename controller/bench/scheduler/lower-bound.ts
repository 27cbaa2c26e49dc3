import type { PodManifest, Problem } from '../problem/problem-file.ts';
import { requestOf, sumOf } from '../validator/amounts.ts';
import { createMarket } from '../validator/market.ts';
import { maximise } from './linear-program.ts';
import { isOptimum, type PackingQuestion, patternBound } from './pattern-bound.ts';

const NANO = 1e9;
/** Of more shapes the pattern bound takes too long: of a hundred it takes eight seconds of CPU. */
const SHAPES_MAX = 150;

/**
 * Dollars an hour below which no plan for all pending pods can cost, and by which relaxation. `fluid`: pods and nodes may be cut into any
 * parts. `patterns`: nodes may, pods may not (Gilmore and Gomory). `patterns, not to the end`: the same, cut short, so it lies a little lower.
 */
export interface LowerBound {
  readonly perHour: number;
  readonly kind: 'fluid' | 'patterns' | 'patterns, not to the end';
}

/**
 * The best bound that can be had. Daemons, selectors and topology are left out, so it may lie far below what is possible; it never lies above.
 * 0 when existing nodes may take the pods. Undefined when some pod fits on no node. Patterns are weighed for at most 150 shapes of pods that
 * have nothing to do with each other: where they have, the bound would say as little and take longer.
 */
export function lowerBound(problem: Problem): LowerBound | undefined {
  if ((problem.nodes ?? []).length > 0) return { perHour: 0, kind: 'fluid' };
  const offers = offersOf(problem);
  const fluid = fluidBound(problem, offers);
  if (fluid === undefined) return undefined;
  const shapes = shapesOf(problem.pods ?? []);
  const isTooMuch = shapes.length > SHAPES_MAX || (problem.pods ?? []).some(minds);
  const patterns = isTooMuch ? undefined : patternBound(packingOf(shapes, offers));
  if (patterns === undefined) return { perHour: fluid, kind: 'fluid' };
  const perHour = Math.max(fluid, patterns.bound);
  return { perHour, kind: isOptimum(patterns) ? 'patterns' : 'patterns, not to the end' };
}

/** Cost over the bound, less 1; undefined without a bound that says anything. */
export function gapOf(costPerHour: number, bound: LowerBound | undefined): number | undefined {
  return bound === undefined || bound.perHour === 0 ? undefined : costPerHour / bound.perHour - 1;
}

/** The fluid bound alone: what each resource is worth, if no type may be worth more than its price. */
export function fluidLowerBound(problem: Problem): number | undefined {
  return (problem.nodes ?? []).length > 0 ? 0 : fluidBound(problem, offersOf(problem));
}

type Amounts = ReturnType<typeof requestOf>;

/** What a type has to give, at its cheapest offering that some Provisioner may buy. */
interface Offer {
  readonly allocatable: Amounts;
  readonly price: number;
}

function offersOf(problem: Problem): readonly Offer[] {
  const market = createMarket(problem);
  const launchesBy = problem.provisioners.map((provisioner) => market.launches(provisioner, []));
  return [...market.types.values()].flatMap((type) => {
    const launches = launchesBy.flatMap((launchesOf) => launchesOf(type));
    if (launches.length === 0) return [];
    return [
      { allocatable: market.allocatable(type), price: Math.min(...launches.map(({ offering }) => offering.price)) },
    ];
  });
}

function fluidBound({ pods = [] }: Problem, offers: readonly Offer[]): number | undefined {
  const demand = sumOf(pods.map(({ spec }) => requestOf(spec)));
  const resources = [...demand].filter(([, nano]) => nano > 0n).map(([name]) => name);
  const rows = offers.map(({ allocatable }) => resources.map((name) => Number(allocatable.get(name) ?? 0n) / NANO));
  const scales = resources.map((_, column) => Math.max(0, ...rows.map((row) => row[column] ?? 0)));
  if (scales.some((scale) => scale === 0)) return undefined;
  return maximise(
    resources.map((name, column) => Number(demand.get(name) ?? 0n) / NANO / (scales[column] ?? 1)),
    rows.map((row) => row.map((amount, column) => amount / (scales[column] ?? 1))),
    offers.map(({ price }) => price),
  );
}

interface ShapeCount {
  readonly request: Amounts;
  readonly count: number;
}

function shapesOf(pods: readonly PodManifest[]): readonly ShapeCount[] {
  const byText = Map.groupBy(
    pods.map(({ spec }) => requestOf(spec)),
    (request) => [...request].sort().join(' '),
  );
  return [...byText.values()].flatMap(([request, ...rest]) =>
    request === undefined ? [] : [{ request, count: 1 + rest.length }],
  );
}

/** True for a pod that says where others are to be. */
function minds({ spec: { affinity, topologySpreadConstraints = [] } }: PodManifest): boolean {
  return (
    topologySpreadConstraints.length > 0 ||
    affinity?.podAffinity !== undefined ||
    affinity?.podAntiAffinity !== undefined
  );
}

/** Amounts in the largest unit of which all requests are multiples: whole numbers, and exact. */
function packingOf(shapes: readonly ShapeCount[], offers: readonly Offer[]): PackingQuestion {
  const names = [...new Set(shapes.flatMap(({ request }) => [...request.keys()]))].sort();
  const units = names.map((name) =>
    shapes.map(({ request }) => request.get(name) ?? 0n).reduce(greatestCommonDivisor, 0n),
  );
  const inUnits = (amounts: Amounts): number[] =>
    names.map((name, index) => Number((amounts.get(name) ?? 0n) / (units[index] || 1n)));
  return {
    shapes: shapes.map(({ request, count }) => ({ weights: inUnits(request), count })),
    types: offers.map(({ allocatable, price }) => ({ room: inUnits(allocatable), price })),
  };
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : greatestCommonDivisor(right, left % right);
}
