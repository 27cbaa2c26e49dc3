import type { ClusterSnapshot } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import { packed } from './first-fit.ts';
import {
  bySizeAlone,
  cautious,
  type Ground,
  groundOf,
  hasFollowers,
  hasPriorities,
  hasSpreads,
  inCompany,
  theseFirst,
  urgentFirst,
} from './ground.ts';
import type { Packing } from './packing.ts';
import { nodePriceOf, type Plan, type SolveOptions, type Unplaced, type UnplacedCode } from './plan.ts';

/** Plans in which those whom the best one so far left without a place come first; each is made only when the one before it helped. */
const SECOND_CHANCES_MAX = 3;

/**
 * Places every pod on an existing node, on a planned node, or in `unplaced` with a reason.
 * Pure: equal arguments give equal plans, whatever the order of their lists. Several plans are made, first fit as upstream packs, others by
 * price, and others in another order where rules between pods leave some without a place. The best is taken: the one that leaves the
 * fewest pods without a place, of the highest priorities first; of equals the one that costs least, with what a node is taken to cost beside
 * its instance; of equals first fit.
 */
export function solve(snapshot: ClusterSnapshot, demand: readonly PodDemand[], options: SolveOptions): Plan {
  const ground = groundOf(snapshot, demand, options);
  const packing = packed(ground, (each) => each.runFirstFit());
  const first = reordered(ground, packing.plan(), (best, plan) =>
    compareUnplaced(plan, best, demand) < 0 ? plan : best,
  );
  if (first.nodes.length === 0) return first;
  const plans = cheaperWays(packing, demand.length, first.nodes.length).map((run) => packed(ground, run).plan());
  const nodePrice = nodePriceOf(options);
  return plans.reduce((best, plan) => (isBetter(plan, best, demand, nodePrice) ? plan : best), first);
}

/** Pods times nodes up to which bound pods are placed thriftily: each pod may ask all nodes, which takes a second of one core. */
const THRIFT_CHECKS_MAX = 100_000_000;
/** Pods up to which bound ones are placed frugally: each asks all nodes with all its rules, and there may be as many nodes; some 0.3 s. */
const FRUGAL_PODS_MAX = 1_000;

/** Returns the ways to pack that may come cheaper than first fit. */
function cheaperWays(
  { hasFreePods, hasBoundPods }: Packing,
  pods: number,
  nodes: number,
): readonly ((packing: Packing) => void)[] {
  const manners = [
    ...(pods * nodes <= THRIFT_CHECKS_MAX ? (['thrifty'] as const) : []),
    ...(pods <= FRUGAL_PODS_MAX ? (['frugal'] as const) : []),
  ];
  if (!hasFreePods) return manners.map((manner) => (packing) => packing.runCheaply(manner));
  const freeFirst = (packing: Packing) => packing.runByPrice('free-first', 'first-fit');
  if (!hasBoundPods) return [freeFirst];
  return [freeFirst, ...manners.map((manner) => (packing: Packing) => packing.runByPrice('free-last', manner))];
}

/**
 * Returns the best plan by first fit in other orders of the pods, where the first plan leaves some that another order could help. One that
 * is only cheaper is not `better`: a pod that nothing can help would then change the plan for others.
 */
function reordered(ground: Ground, first: Plan, better: (best: Plan, plan: Plan) => Plan): Plan {
  if (first.unplaced.length === 0) return first;
  const planOf = (each: Ground) => packed(each, (packing) => packing.runFirstFit()).plan();
  // Large pods come first otherwise, which is no comfort to a small one that matters more when there is not room for all.
  let best = hasPriorities(ground) ? better(first, planOf(urgentFirst(ground))) : first;
  const tried = new Set<string>();
  for (let chance = 0; chance < SECOND_CHANCES_MAX; chance += 1) {
    const stuck = stuckPods(best, ground);
    const id = [...stuck].sort().join();
    if (stuck.size === 0 || tried.has(id)) break;
    tried.add(id);
    if (chance === 0 && hasFollowers(ground)) best = better(best, planOf(bySizeAlone(ground)));
    best = better(best, planOf(theseFirst(ground, stuck)));
    const absent = absentPods(stuck, best, ground);
    if (absent.size > 0 && absent.size < stuck.size) best = better(best, planOf(theseFirst(ground, absent)));
    if (hasFollowers(ground)) best = better(best, planOf(inCompany(ground, stuck)));
    if (hasSpreads(ground)) best = better(best, planOf(cautious(ground)));
  }
  return best;
}

/** Pods without a place that might have one if they came earlier: kept out by where others are, or by how full the nodes are that are there. */
function stuckPods({ unplaced }: Plan, { snapshot }: Ground): ReadonlySet<string> {
  const isStuck = ({ code, misses }: Unplaced) =>
    (snapshot.nodes.length > 0 && !OWN_REASONS.has(code)) || misses.some((miss) => RULE_REASONS.has(miss.code));
  return new Set(unplaced.filter(isStuck).map(({ podUid }) => podUid));
}

/** Those of `stuck` of whose shape no pod has a place: one large pod may keep out many that are smaller, and its like stay behind with them. */
function absentPods(stuck: ReadonlySet<string>, { unplaced }: Plan, { queue }: Ground): ReadonlySet<string> {
  const left = new Set(unplaced.map(({ podUid }) => podUid));
  const present = new Set(queue.filter(({ pod }) => !left.has(pod.uid)).map(({ shape }) => shape));
  const absent = queue.filter(({ pod, shape }) => stuck.has(pod.uid) && !present.has(shape));
  return new Set(absent.map(({ pod }) => pod.uid));
}

const OWN_REASONS: ReadonlySet<UnplacedCode> = new Set(['unsupported-constraint', 'invalid-pod', 'work-limit-reached']);

const RULE_REASONS: ReadonlySet<UnplacedCode> = new Set([
  'topology-spread-unsatisfiable',
  'pod-affinity-unsatisfiable',
  'pod-anti-affinity-unsatisfiable',
]);

function isBetter(plan: Plan, best: Plan, demand: readonly PodDemand[], nodePrice: number): boolean {
  const unplaced = compareUnplaced(plan, best, demand);
  if (unplaced !== 0) return unplaced < 0;
  const cost = ({ costNanoUsdPerHour, nodes }: Plan) => costNanoUsdPerHour + nodes.length * nodePrice;
  // Nothing is paid more for fewer nodes: first fit would be cheaper then.
  return cost(plan) < cost(best) && plan.costNanoUsdPerHour <= best.costNanoUsdPerHour;
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
