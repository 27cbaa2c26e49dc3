import type { ClusterSnapshot } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import { packed } from './first-fit.ts';
import { groundOf, hasPriorities, urgentFirst } from './ground.ts';
import type { Plan, SolveOptions } from './plan.ts';

/**
 * Places every pod on an existing node, on a planned node, or in `unplaced` with a reason.
 * Pure: equal arguments give equal plans, whatever the order of their lists. Several plans are made, first fit as upstream packs and others
 * by price, and the best is taken: the one that leaves the fewest pods without a place, of the highest priorities first; of equals the
 * cheapest; of equals first fit.
 */
export function solve(snapshot: ClusterSnapshot, demand: readonly PodDemand[], options: SolveOptions): Plan {
  const ground = groundOf(snapshot, demand, options);
  const packing = packed(ground, (each) => each.runFirstFit());
  const first = packing.plan();
  const isDecided = first.nodes.length === 0 && first.unplaced.length === 0;
  if (isDecided) return first;
  const orders = !packing.hasFreePods
    ? []
    : packing.hasBoundPods
      ? (['free-first', 'free-last'] as const)
      : (['free-first'] as const);
  const byPrice = orders.map((order) => packed(ground, (each) => each.runByPrice(order)).plan());
  // Large pods come first otherwise, which is no comfort to a small one that matters more when there is not room for all.
  const urgent = first.unplaced.length > 0 && hasPriorities(ground) ? [urgentFirst(ground)] : [];
  const others = [...byPrice, ...urgent.map((each) => packed(each, (packing) => packing.runFirstFit()).plan())];
  return others.reduce((best, plan) => (isBetter(plan, best, demand) ? plan : best), first);
}

function isBetter(plan: Plan, best: Plan, demand: readonly PodDemand[]): boolean {
  const unplaced = compareUnplaced(plan, best, demand);
  return unplaced === 0 ? plan.costNanoUsdPerHour < best.costNanoUsdPerHour : unplaced < 0;
}

/** Negative when the left plan leaves fewer pods of the highest priority in which the two differ. */
function compareUnplaced(left: Plan, right: Plan, demand: readonly PodDemand[]): number {
  if (left.unplaced.length + right.unplaced.length === 0) return 0;
  const priorityOf = new Map(demand.map(({ uid, priority }) => [uid, priority]));
  const surplus = new Map<number, number>();
  for (const [{ unplaced }, sign] of [
    [left, 1],
    [right, -1],
  ] as const) {
    for (const { podUid } of unplaced) {
      const priority = priorityOf.get(podUid) ?? 0;
      surplus.set(priority, (surplus.get(priority) ?? 0) + sign);
    }
  }
  const differing = [...surplus].filter(([, count]) => count !== 0).sort(([a], [b]) => b - a);
  return differing[0]?.[1] ?? 0;
}
