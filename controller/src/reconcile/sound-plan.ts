import { WELL_KNOWN_LABELS } from '../api/label-rules.ts';
import type { ClusterSnapshot } from '../core/cluster-snapshot.ts';
import type { PodDemand } from '../core/pod-demand.ts';
import type { Plan } from '../core/scheduling/plan.ts';
import { solve } from '../core/scheduling/solve.ts';
import type { LoopContext } from './context.ts';
import { type TypesByProvisioner, withoutTooSmallTypes } from './too-small-nodes.ts';

/** Work limit of one solve, in (pod, node) checks: about half a minute of one core, far beyond any burst that fits a cluster. */
const FIT_CHECKS_MAX = 200_000_000;

/** A plan whose nodes will hold their pods, as far as nodes that stand teach it. */
export interface SoundPlan {
  readonly plan: Plan;
  /** Pods for which what has proven too small was all there is, with what to tell them, by UID; the plan does not name them. */
  readonly tooLarge: ReadonlyMap<string, string>;
  /** Some pods were put off until the nodes of this plan are ordered. */
  readonly isPartial: boolean;
}

/**
 * Plans, and plans again without the types that have proven too small. Pods for which a node has no other type are parted from those they
 * would have shared it with, whom they must not hold up, and planned for by themselves, without those types: another Provisioner may
 * have some. They wait while others have nodes bought, so that limits and spreads count those.
 */
export function soundPlan(context: LoopContext, snapshot: ClusterSnapshot, demand: readonly PodDemand[]): SoundPlan {
  const { nodeCostNanoUsdPerHour, nodeShareMax } = context.settings();
  const plan = solve(snapshot, demand, {
    wellKnownLabels: WELL_KNOWN_LABELS,
    fitChecksMax: FIT_CHECKS_MAX,
    nodeCostNanoUsdPerHour,
    nodeShareMax,
  });
  const { nodes, tooLarge, tooSmall } = withoutTooSmallTypes(context, snapshot, plan.nodes);
  if (tooLarge.size === 0) return { plan: { ...plan, nodes }, tooLarge, isPartial: false };

  const others = soundPlan(
    context,
    snapshot,
    demand.filter(({ uid }) => !tooLarge.has(uid)),
  );
  if (others.plan.nodes.length > 0) return { ...others, isPartial: true };
  const apart = soundPlan(
    context,
    withoutTypes(snapshot, tooSmall),
    demand.filter(({ uid }) => tooLarge.has(uid)),
  );
  const isPlaceless = new Set(apart.plan.unplaced.map(({ podUid }) => podUid));
  const told = [...tooLarge].filter(([uid]) => isPlaceless.has(uid) || apart.tooLarge.has(uid));
  return {
    plan: {
      placements: [...others.plan.placements, ...apart.plan.placements],
      nodes: apart.plan.nodes,
      unplaced: others.plan.unplaced,
      costNanoUsdPerHour: apart.plan.costNanoUsdPerHour,
    },
    tooLarge: new Map([...others.tooLarge, ...told]),
    isPartial: others.isPartial || apart.isPartial,
  };
}

function withoutTypes(snapshot: ClusterSnapshot, excluded: TypesByProvisioner): ClusterSnapshot {
  const provisioners = snapshot.provisioners.map((model) => {
    const names = excluded.get(model.name);
    if (names === undefined) return model;
    return { ...model, instanceTypes: model.instanceTypes.filter(({ name }) => !names.has(name)) };
  });
  return { ...snapshot, provisioners };
}
