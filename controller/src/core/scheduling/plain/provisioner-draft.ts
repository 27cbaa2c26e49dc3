import type { DaemonDemand, ProvisionerModel } from '../../cluster-snapshot.ts';
import { isCompatible, joinRequirements } from '../../compatibility.ts';
import type { Requirements } from '../../requirements.ts';
import { firstUntolerated } from '../../taints.ts';
import { explainRefusal } from '../explain-refusal.ts';
import { isBuyable, satisfiesRequirements } from '../instance-type-filter.ts';
import { type LaunchableType, launchableTypes, launchOptions } from '../launchable-types.ts';
import { beyondLimits, byNearness, type Shortfall, untolerated } from '../misses.ts';
import { type NewNodes, weighOpening } from '../opening.ts';
import type { LaunchOption, Miss } from '../plan.ts';
import type { PodShape } from '../pod-shape.ts';
import { type Prospect, prospectiveDomains } from '../prospect.ts';
import type { DomainSource, ShapeRules } from '../topology.ts';
import { admitsHostname } from '../topology.ts';
import { decideDomains } from './domain-choice.ts';
import { LimitLedger } from './limit-ledger.ts';

/** Either how new nodes could start with a pod, in the order of its alternatives, or how the nearest attempt falls short. */
type Openings = { readonly openings: readonly Prospect[] } | { readonly shortfall: Shortfall };

/** A Provisioner while a plan is made. */
export class ProvisionerDraft implements DomainSource {
  readonly model: ProvisionerModel;
  readonly allowUndefined: ReadonlySet<string>;
  readonly ledger: LimitLedger;
  /** What its own requirements leave, in stock or not, by name. */
  readonly types: readonly LaunchableType[];
  readonly #newNodes: NewNodes;
  #options: readonly LaunchOption[] | undefined;
  /** What new nodes for a shape could be, limits aside: the same for all of its pods. */
  readonly #openings = new Map<string, Openings>();
  /** Shapes that the limits refused, with the ledger's count of returns at that time. */
  readonly #beyondLimits = new Map<string, { readonly returns: number; readonly miss: Miss }>();

  constructor(model: ProvisionerModel, daemons: readonly DaemonDemand[], allowUndefined: ReadonlySet<string>) {
    this.model = model;
    this.allowUndefined = allowUndefined;
    this.ledger = new LimitLedger(model);
    this.types = launchableTypes(model, daemons, allowUndefined);
    this.#newNodes = { requirements: model.requirements, types: this.types, allowUndefined };
  }

  /** All it could buy, cheapest first. */
  options(): readonly LaunchOption[] {
    this.#options ??= launchOptions(this.types);
    return this.#options;
  }

  /** Returns what a new node for a pod of this shape would start as, within the limits and the rules, or how far that is from possible. */
  open(shape: PodShape, rules: ShapeRules, hostname: string): Prospect | Miss {
    const refused = this.#beyondLimits.get(shape.key);
    if (refused?.returns === this.ledger.returns) return refused.miss;
    const found = this.#openingsFor(shape);
    if ('shortfall' in found) return this.#miss(found.shortfall);
    const affordable = found.openings
      .map(({ requirements, types }) => ({ requirements, types: this.ledger.affordable(types) }))
      .filter(({ types }) => types.length > 0);
    if (affordable.length === 0 && rules.byKey.size === 0) return this.#refuseForLimits(shape, found.openings);
    const mayStart = admitsHostname(rules, hostname);
    for (const opening of mayStart ? affordable : []) {
      const decided = decideDomains(rules, opening);
      if (decided !== undefined) return decided;
    }
    // Limits are in the way only where the rules would let a node start, and only of the types that may start there.
    const admitted = (mayStart ? found.openings : []).map((opening) => decideDomains(rules, opening));
    const startable = admitted.filter((prospect) => prospect !== undefined);
    return this.#miss(
      startable.length > 0
        ? beyondLimits(typesOf(startable), this.ledger)
        : explainRefusal(rules, found.openings, hostname),
    );
  }

  /** The values that the label of a new node for this shape could have, whatever the pod requests. */
  openableDomains(alternatives: readonly Requirements[], shape: PodShape, key: string): readonly string[] {
    if (firstUntolerated(this.model.taints, shape.tolerations) !== undefined) return [];
    return alternatives
      .filter((wanted) => isCompatible(this.model.requirements, wanted, this.allowUndefined))
      .flatMap((wanted) => {
        const requirements = joinRequirements(this.model.requirements, wanted, this.allowUndefined);
        const types = this.types.filter(
          ({ type }) => satisfiesRequirements(type, requirements) && isBuyable(type, requirements),
        );
        return types.length === 0 ? [] : (prospectiveDomains(key, { requirements, types }) ?? []);
      });
  }

  /** The same until the ledger gets something back, so it is kept. */
  #refuseForLimits(shape: PodShape, openings: readonly Prospect[]): Miss {
    const miss = this.#miss(beyondLimits(typesOf(openings), this.ledger));
    this.#beyondLimits.set(shape.key, { returns: this.ledger.returns, miss });
    return miss;
  }

  #openingsFor(shape: PodShape): Openings {
    const known = this.#openings.get(shape.key);
    if (known) return known;
    const found = this.#findOpenings(shape);
    this.#openings.set(shape.key, found);
    return found;
  }

  #findOpenings(shape: PodShape): Openings {
    const taint = firstUntolerated(this.model.taints, shape.tolerations, shape.shunsTaints);
    if (taint !== undefined) return { shortfall: untolerated(taint) };
    const attempts = shape.alternatives.map((wanted) => weighOpening(this.#newNodes, wanted, shape));
    const openings = attempts.filter((attempt) => 'types' in attempt);
    if (openings.length > 0) return { openings };
    const shortfalls = attempts.filter((attempt) => 'code' in attempt).sort(byNearness);
    return { shortfall: shortfalls[0] as Shortfall };
  }

  #miss(shortfall: Shortfall): Miss {
    return { provisionerName: this.model.name, ...shortfall };
  }
}

function typesOf(prospects: readonly Prospect[]): LaunchableType[] {
  return prospects.flatMap(({ types }) => types);
}
