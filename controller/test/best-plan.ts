import type { PodDemand } from '../src/core/pod-demand.ts';
import { HOSTNAME, type SchedulingProblem } from './any-problem.ts';
import { canBindAll, type FreshStage, freshStages, type Stage, stagesOf, suits, withPod } from './kube-scheduler.ts';

// The best plan of a tiny problem, found by trying all.

/** Nodes that could be started and of which the pods at hand would notice no difference but the price and the room. */
interface Kind {
  readonly labels: Stage['labels'];
  readonly taints: Stage['taints'];
  /** Cheapest first. */
  readonly ways: readonly FreshStage[];
}

/** A node of the plan: one that is there, or a new one of some kind. */
interface Host {
  readonly stage: Stage;
  readonly kind?: Kind;
  readonly priceNanoUsdPerHour: number;
}

/**
 * Returns the least cost at which every pod gets a place that kube-scheduler binds it to in some order; undefined when no plan places
 * them all. Spread counts the domains that could be opened, as the plans under test do. Only costs below `belowNanoUsd` are sought.
 * No limits, daemons, wishes, weights or nodes in flight. Exponential in the pods.
 */
export function leastCost(
  { world, demand }: SchedulingProblem,
  belowNanoUsd = Number.POSITIVE_INFINITY,
): number | undefined {
  const fresh = freshStages(world);
  const kinds = kindsOf(fresh, keysThatMatter({ world, demand }));
  const open = new Set(world.nodes.map(({ name }) => name));
  const hosts = stagesOf(world).map((stage): Host => ({ stage, priceNanoUsdPerHour: 0 }));
  let best = belowNanoUsd;
  const search = (index: number, now: readonly Host[], chosen: readonly Choice[]): void => {
    const cost = now.reduce((sum, { priceNanoUsdPerHour }) => sum + priceNanoUsdPerHour, 0);
    if (cost >= best) return;
    const each = demand[index];
    if (each === undefined) {
      const goals = new Map(chosen.map(({ host }, at) => [demand[at]?.uid ?? '', now[host]?.stage.name ?? '']));
      const stages = now.map(({ stage }) => stage);
      if (canBindAll(goals, demand, emptied(stages, world), fresh)) best = cost;
      return;
    }
    // Of pods that are alike none goes before where the last one went: the same plan with names exchanged was tried.
    const last = chosen.at(-1);
    const isAlike = last !== undefined && isSamePod(demand[index - 1] as PodDemand, each);
    for (let host = isAlike ? last.host : 0; host < now.length; host += 1) {
      const { stage, kind } = now[host] as Host;
      const taken = kind === undefined && !open.has(stage.name) ? undefined : hostWith(now[host] as Host, each);
      if (taken !== undefined) search(index + 1, now.with(host, taken), [...chosen, { host, kind: -1 }]);
    }
    for (let kind = isAlike ? Math.max(last.kind, 0) : 0; kind < kinds.length; kind += 1) {
      const taken = hostWith(emptyHost(kinds[kind] as Kind, `new-${now.length}`), each);
      if (taken !== undefined) search(index + 1, [...now, taken], [...chosen, { host: now.length, kind }]);
    }
  };
  search(0, hosts, []);
  return best === belowNanoUsd ? undefined : best;
}

/** Which host a pod got, and of which kind it is where the pod was its first; else -1. */
interface Choice {
  readonly host: number;
  readonly kind: number;
}

function isSamePod(left: PodDemand, right: PodDemand): boolean {
  return JSON.stringify({ ...left, uid: '', name: '' }) === JSON.stringify({ ...right, uid: '', name: '' });
}

function emptyHost(kind: Kind, name: string): Host {
  const { labels, taints } = kind;
  const stage: Stage = { name, labels: { ...labels, [HOSTNAME]: name }, taints, room: {}, pods: [] };
  return { stage, kind, priceNanoUsdPerHour: 0 };
}

/** The host with the pod on it, a new one as the cheapest type that holds its pods; undefined when it does not suit. */
function hostWith(host: Host, each: PodDemand): Host | undefined {
  const { stage, kind, priceNanoUsdPerHour } = host;
  if (kind === undefined) {
    return suits(each, stage) ? { stage: withPod(stage, each), priceNanoUsdPerHour } : undefined;
  }
  for (const { room, offering } of kind.ways) {
    const filled = stage.pods.reduce(withPod, { ...stage, room, pods: [] });
    const holdsOthers = Object.values(filled.room).every((amount) => amount >= 0);
    if (!holdsOthers || !suits(each, filled)) continue;
    return { stage: withPod(filled, each), kind, priceNanoUsdPerHour: offering.priceNanoUsdPerHour };
  }
  return undefined;
}

/** The nodes before any pod of the demand was bound. */
function emptied(stages: readonly Stage[], world: SchedulingProblem['world']): Stage[] {
  const there = new Map(stagesOf(world).map((stage) => [stage.name, stage]));
  return stages.map((stage) => {
    const room = { cpu: Number.MAX_VALUE, memory: Number.MAX_VALUE, pods: Number.MAX_VALUE };
    return there.get(stage.name) ?? { ...stage, room, pods: [] };
  });
}

/** Labels that some pod asks for or is counted by. */
function keysThatMatter({ world, demand }: SchedulingProblem): string[] {
  const bound = [...world.nodes, ...(world.closedNodes ?? [])].flatMap(({ pods }) => pods);
  const pods = [...demand, ...bound.map((each) => each.demand as PodDemand)];
  const keys = pods.flatMap(({ nodeSelector, requiredNodeTerms, spread, podAffinity, podAntiAffinity }) => [
    ...Object.keys(nodeSelector),
    ...requiredNodeTerms.flat().map(({ key }) => key),
    ...[...spread, ...podAffinity, ...podAntiAffinity].map(({ topologyKey }) => topologyKey),
  ]);
  return [...new Set(keys)];
}

function kindsOf(fresh: readonly FreshStage[], keys: readonly string[]): Kind[] {
  const seen = (stage: FreshStage) => Object.fromEntries(keys.map((key) => [key, stage.labels[key]]));
  const groups = Map.groupBy(fresh, (stage) => JSON.stringify([seen(stage), stage.taints]));
  return [...groups.values()].map((ways) => {
    const [first] = ways as [FreshStage];
    const labels = Object.fromEntries(Object.entries(first.labels).filter(([key]) => keys.includes(key)));
    const byPrice = (left: FreshStage, right: FreshStage) =>
      left.offering.priceNanoUsdPerHour - right.offering.priceNanoUsdPerHour;
    return { labels, taints: first.taints, ways: ways.toSorted(byPrice) };
  });
}
