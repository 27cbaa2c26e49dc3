import type { Leeway } from './domain-choice.ts';
import { decideDomains } from './domain-choice.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { LabelState } from './label-state.ts';
import { LimitLedger } from './limit-ledger.ts';
import { beyondLimits, type Shortfall } from './misses.ts';
import type { Miss } from './plan.ts';
import type { PodShape } from './pod-shape.ts';
import type { ProvisionerMarket } from './provisioner-market.ts';
import type { Seeker } from './seeker.ts';
import { admitsHostname } from './topology.ts';
import { intersection } from './type-set.ts';

/** A Provisioner while a plan is made: what its limits leave. */
export class ProvisionerDraft {
  readonly market: ProvisionerMarket;
  readonly ledger: LimitLedger;
  /** Shapes that the limits refused, with the ledger's count of returns at that time. */
  readonly #beyondLimits = new Map<PodShape, { readonly returns: number; readonly miss: Miss }>();

  constructor(market: ProvisionerMarket) {
    this.market = market;
    this.ledger = new LimitLedger(market.model, market.index);
  }

  /** Returns what a new node for a pod would start as, within the limits and the rules, or how far that is from possible. */
  open({ shape, amounts, rules }: Seeker, hostname: string): Leeway | Miss {
    const refused = this.#beyondLimits.get(shape);
    if (refused?.returns === this.ledger.returns) return refused.miss;
    const openings = this.market.openings(shape, amounts);
    if (openings.length === 0) return this.#miss(this.market.shortfall(shape));
    const affordable = openings.flatMap(({ state, left }) => {
      const within = this.ledger.affordable(left);
      return within === undefined ? [] : [{ state, left: within }];
    });
    if (affordable.length === 0 && rules.byKey.size === 0) return this.#refuseForLimits(shape, openings);
    const mayStart = admitsHostname(rules, hostname);
    for (const opening of mayStart ? affordable : []) {
      const decided = decideDomains(rules, opening);
      if (decided !== undefined) return decided;
    }
    // Limits are in the way only where the rules would let a node start, and only of the types that may start there.
    const admitted = (mayStart ? openings : []).map((opening) => decideDomains(rules, opening));
    const startable = admitted.filter((leeway) => leeway !== undefined);
    return this.#miss(
      startable.length > 0
        ? this.#limitShortfall(startable)
        : explainRefusal(rules, openings.map(this.#prospectOf), hostname),
    );
  }

  /**
   * Returns what a new node for the pod would start as, if it is to be in the state and as good as one of the type at the position: where
   * limits count, larger types are left out, which would hold more of them than is meant.
   */
  openAs({ shape, amounts }: Seeker, state: LabelState, position: number): Leeway | undefined {
    const [opening] = this.market.openings(shape, amounts);
    if (opening?.state !== state) return undefined;
    const left = this.ledger.affordable(this.ledger.noLargerThan(position, state.types));
    const held = left && intersection(left, opening.left);
    return held && { state, left: held };
  }

  /** The same until the ledger gets something back, so it is kept. */
  #refuseForLimits(shape: PodShape, openings: readonly Leeway[]): Miss {
    const miss = this.#miss(this.#limitShortfall(openings));
    this.#beyondLimits.set(shape, { returns: this.ledger.returns, miss });
    return miss;
  }

  #limitShortfall(openings: readonly Leeway[]): Shortfall {
    return beyondLimits(
      openings.flatMap(({ left }) => this.market.index.list(left)),
      this.ledger,
    );
  }

  readonly #prospectOf = ({ state, left }: Leeway) => ({
    requirements: state.requirements,
    types: this.market.index.list(left),
  });

  #miss(shortfall: Shortfall): Miss {
    return { provisionerName: this.market.model.name, ...shortfall };
  }
}
