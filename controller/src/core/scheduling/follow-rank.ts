import { podMatcher } from '../pod-topology.ts';
import type { PodShape } from './pod-shape.ts';

/**
 * Returns for each shape how long a chain of others its pods have to follow: 0 without required pod affinity, else one more than any
 * shape that the affinity means and that does not state the same affinity. Leaders are placed first. A pod that may start a group of its
 * own would otherwise start it in one zone while a leader goes to another, and kube-scheduler, with the leader bound, would not let it.
 * In a ring somebody has to begin; who does depends on the order of `shapes`.
 */
export function followRanks(shapes: readonly PodShape[]): ReadonlyMap<PodShape, number> {
  const alike = Map.groupBy(shapes, ({ pod, podAffinity }) => JSON.stringify([pod, podAffinity]));
  // What a shape requests does not matter here, so one speaks for all that differ in that.
  const speakers = [...alike.values()].map(([first]) => first as PodShape);
  const ranks = new Map<PodShape, number>();
  const rankOf = (shape: PodShape): number => {
    const known = ranks.get(shape);
    if (known !== undefined) return known;
    // Counts as the lowest while its own leaders are looked at, which ends rings.
    ranks.set(shape, 0);
    const rank = leadersOf(shape, speakers).reduce((highest, leader) => Math.max(highest, rankOf(leader) + 1), 0);
    ranks.set(shape, rank);
    return rank;
  };
  for (const [speaker, ...others] of alike.values()) {
    const rank = rankOf(speaker as PodShape);
    for (const shape of others) ranks.set(shape, rank);
  }
  return ranks;
}

/** Returns those of `shapes` whom pods of a shape have to follow: whom its affinity means, and who do not state the same. */
export function leadersOf({ podAffinity }: PodShape, shapes: readonly PodShape[]): PodShape[] {
  if (podAffinity.length === 0) return [];
  const matchers = podAffinity.map(({ selector }) => podMatcher(selector));
  const stated = JSON.stringify(podAffinity);
  return shapes.filter(
    (other) => matchers.every((takes) => takes(other.pod)) && JSON.stringify(other.podAffinity) !== stated,
  );
}
