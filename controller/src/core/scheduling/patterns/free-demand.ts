import type { LabelState } from '../label-state.ts';
import type { PodShape } from '../pod-shape.ts';
import type { ProvisionerMarket } from '../provisioner-market.ts';
import type { Amount } from '../seeker.ts';

/** Pods of one shape that no rule between pods binds: where they go matters only for room and price. */
export interface FreePods {
  readonly shape: PodShape;
  readonly amounts: readonly Amount[];
  readonly count: number;
}

/** Free pods of one Provisioner that may share nodes of one state. */
export interface FreeDemand {
  readonly market: ProvisionerMarket;
  readonly state: LabelState;
  readonly pods: readonly FreePods[];
}

/**
 * Sorts free pods by where they go: to the heaviest Provisioner that has an opening for them, limits aside, and there to the state that
 * they ask for. Pods that ask for nothing join the largest group, or make one of their own. Pods without an opening are left out.
 */
export function freeDemands(free: readonly FreePods[], markets: readonly ProvisionerMarket[]): FreeDemand[] {
  const demands: FreeDemand[] = [];
  for (const market of markets) {
    const byState = new Map<LabelState, FreePods[]>();
    for (const pods of free) {
      const { shape, amounts } = pods;
      const isTaken = markets
        .slice(0, markets.indexOf(market))
        .some((heavier) => heavier.openings(shape, amounts).length > 0);
      const [opening] = isTaken ? [] : market.openings(shape, amounts);
      if (opening === undefined) continue;
      const alike = byState.get(opening.state);
      if (alike === undefined) byState.set(opening.state, [pods]);
      else alike.push(pods);
    }
    for (const [state, pods] of byState) demands.push({ market, state, pods });
  }
  return demands;
}
