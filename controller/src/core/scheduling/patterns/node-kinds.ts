import { amountOf } from '../../resources.ts';
import { positionsIn } from '../type-set.ts';
import type { FreeDemand } from './free-demand.ts';

/** A way to buy a node. */
export interface NodeKind {
  /** Of its instance type, in the Provisioner's list. */
  readonly position: number;
  /** What is left for pods, by place in the list of resources. */
  readonly room: readonly number[];
  /** Billionths of a dollar per hour, the fixed part for any node included. */
  readonly price: number;
}

/** What holds for every node, whatever its type. */
export interface NodeTerms {
  /** What it costs beside its instance, in billionths of a dollar per hour. */
  readonly nodePrice: number;
  /** Pods that it may get. */
  readonly podsMax: number;
}

/** Returns the resources that the pods request, sorted. */
export function resourcesOf({ pods }: FreeDemand): string[] {
  return [...new Set(pods.flatMap(({ amounts }) => amounts.map(({ name }) => name)))].sort();
}

/**
 * Returns the kinds of nodes worth buying: of two types of which one has no less of anything and costs no more, only that one. Sorted by
 * price, then by type.
 */
export function nodeKinds(
  { market, state }: FreeDemand,
  resources: readonly string[],
  { nodePrice, podsMax }: NodeTerms,
): NodeKind[] {
  const all = positionsIn(state.types)
    .map((position): NodeKind => {
      const room = resources.map((name) =>
        Math.min(amountOf(market.types[position]?.room ?? {}, name), name === 'pods' ? podsMax : Infinity),
      );
      return { position, room, price: state.priceOf(position) + nodePrice };
    })
    .sort((left, right) => left.price - right.price || left.position - right.position);
  const worthwhile: NodeKind[] = [];
  for (const kind of all) {
    // Those before it cost no more.
    if (!worthwhile.some(({ room }) => room.every((amount, place) => amount >= (kind.room[place] as number)))) {
      worthwhile.push(kind);
    }
  }
  return worthwhile;
}
