import { NO_WISHES, type PodWishes, type Weighted } from '../pod-topology.ts';

/** What a pod would like while its place is sought. */
export interface Wishes extends PodWishes {
  /** It keeps off PreferNoSchedule taints that it does not tolerate. */
  readonly shunsTaints: boolean;
}

/** No wish at all. */
export const CONTENT: Wishes = { ...NO_WISHES, shunsTaints: false };

/**
 * Returns the wishes with one given up, or undefined when none is left. The order is upstream's: pod affinity, pod anti-affinity and node
 * affinity, of each the heaviest first; then spread, in the pod's own order; taints that ask to be avoided last.
 */
export function giveUpOne(wishes: Wishes): Wishes | undefined {
  const { podAffinity, podAntiAffinity, nodeTerms, spread, shunsTaints } = wishes;
  if (podAffinity.length > 0) return { ...wishes, podAffinity: withoutHeaviest(podAffinity) };
  if (podAntiAffinity.length > 0) return { ...wishes, podAntiAffinity: withoutHeaviest(podAntiAffinity) };
  if (nodeTerms.length > 0) return { ...wishes, nodeTerms: withoutHeaviest(nodeTerms) };
  if (spread.length > 0) return { ...wishes, spread: spread.slice(1) };
  return shunsTaints ? { ...wishes, shunsTaints: false } : undefined;
}

/** What a wish without a weight of its own counts: spread that says ScheduleAnyway, and keeping off a taint. */
const UNWEIGHTED = 100;

/** Returns what the wishes weigh together. */
export function weightOf({ podAffinity, podAntiAffinity, nodeTerms, spread, shunsTaints }: Wishes): number {
  const weighted = [...podAffinity, ...podAntiAffinity, ...nodeTerms].reduce((sum, { weight }) => sum + weight, 0);
  return weighted + UNWEIGHTED * (spread.length + (shunsTaints ? 1 : 0));
}

/** Returns the heaviest, of equals the first; undefined of none. */
export function heaviest<T>(weighted: readonly Weighted<T>[]): Weighted<T> | undefined {
  let found = weighted[0];
  for (const each of weighted) if (found !== undefined && each.weight > found.weight) found = each;
  return found;
}

function withoutHeaviest<T>(weighted: readonly Weighted<T>[]): readonly Weighted<T>[] {
  const dropped = heaviest(weighted);
  return weighted.filter((each) => each !== dropped);
}
