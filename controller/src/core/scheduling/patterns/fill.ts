import { zeros } from '../zeros.ts';
import type { NodeKind } from './node-kinds.ts';

/** What a node of one kind could hold: how many pods of each shape. */
export interface Pattern {
  readonly kind: NodeKind;
  /** By place of the shape. */
  readonly counts: readonly number[];
}

/** The shapes that nodes are filled with. */
export interface Items {
  /** By shape, then by resource. */
  readonly requests: readonly (readonly number[])[];
  /** By shape: what one pod is worth. */
  readonly values: readonly number[];
  /** By shape: how many pods there are. */
  readonly counts: readonly number[];
  /** By resource: the least that any shape requests. */
  readonly least: readonly number[];
}

/** The best way found to fill a node: an order of the shapes, and what the pods are worth together. */
export interface Filling {
  readonly order: readonly number[];
  readonly value: number;
}

/** Weight of a resource that an order takes for the scarce one, against 1 for the others. */
const SCARCE_WEIGHT = 8;

/**
 * Returns orders in which to fill nodes greedily, shapes of much value for what they take first. The best filling is a knapsack problem in
 * several resources, so each order has another view of what is scarce: all resources alike, or mostly one.
 */
export function fillingOrders({ requests, values, counts }: Items): number[][] {
  const wanted = [...requests.keys()].filter((shape) => (counts[shape] as number) > 0 && (values[shape] as number) > 0);
  const [first] = requests;
  const totals = (first ?? []).map((_, place) =>
    wanted.reduce((sum, shape) => sum + (requests[shape]?.[place] as number) * (counts[shape] as number), 0),
  );
  const scarcities = [undefined, ...totals.keys()].map((scarce) =>
    totals.map((total, place) => (total === 0 ? 0 : (place === scarce ? SCARCE_WEIGHT : 1) / total)),
  );
  return scarcities.map((weights) => {
    const density = requests.map(
      (request, shape) =>
        (values[shape] as number) /
        request.reduce((sum, amount, place) => sum + amount * (weights[place] as number), 0),
    );
    return [...wanted].sort((left, right) => (density[right] as number) - (density[left] as number) || left - right);
  });
}

/** Fills an empty node of the kind in each of the orders, every shape as often as it fits, and returns the most valuable. */
export function fill(kind: NodeKind, items: Items, orders: readonly (readonly number[])[]): Filling {
  let best: Filling = { order: [], value: 0 };
  for (const order of orders) {
    const value = fillInOrder(kind, items, order);
    if (value > best.value) best = { order, value };
  }
  return best;
}

/** Returns how many pods of each shape the filling has. Apart, as few fillings are the best ones. */
export function countsOf(kind: NodeKind, items: Items, { order }: Filling): number[] {
  const counts = zeros(items.counts.length);
  fillInOrder(kind, items, order, counts);
  return counts;
}

/** True when some resource is left in a smaller amount than any shape requests. */
function isExhausted(room: readonly number[], least: readonly number[]): boolean {
  for (let place = 0; place < room.length; place += 1) {
    if ((room[place] as number) < (least[place] as number)) return true;
  }
  return false;
}

/** Follows one order, notes in `taken` how many pods of each shape it takes, and returns what they are worth. */
function fillInOrder(
  kind: NodeKind,
  { requests, values, counts, least }: Items,
  order: readonly number[],
  taken?: number[],
): number {
  const room = [...kind.room];
  let value = 0;
  for (const shape of order) {
    if (isExhausted(room, least)) break;
    const request = requests[shape] as readonly number[];
    let fitting = counts[shape] as number;
    for (let place = 0; place < request.length; place += 1) {
      const amount = request[place] as number;
      if (amount > 0) fitting = Math.min(fitting, Math.floor((room[place] as number) / amount));
    }
    if (fitting <= 0) continue;
    for (let place = 0; place < request.length; place += 1) {
      room[place] = (room[place] as number) - fitting * (request[place] as number);
    }
    value += fitting * (values[shape] as number);
    if (taken !== undefined) taken[shape] = fitting;
  }
  return value;
}
