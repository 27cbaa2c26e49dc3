import type { DaemonDemand, ProvisionerModel } from '../cluster-snapshot.ts';
import { compatible } from '../compatibility.ts';
import { intersectAll, type Requirements } from '../requirements.ts';
import { fitsResources } from '../resources.ts';
import { firstUntolerated } from '../taints.ts';
import { isBuyable, satisfiesRequirements } from './instance-type-filter.ts';
import { type LaunchableType, launchableTypes, launchOptions } from './launchable-types.ts';
import { LimitLedger } from './limit-ledger.ts';
import {
  beyondLimits,
  byNearness,
  noneInStock,
  noTypeHolds,
  noTypeMeets,
  type Shortfall,
  untolerated,
} from './misses.ts';
import type { LaunchOption, Miss } from './plan.ts';
import type { PodShape } from './pod-shape.ts';

/** How a new node could start with a pod: one of the pod's alternatives and the types that would do. Never without types. */
export interface Opening {
  readonly requirements: Requirements;
  readonly types: readonly LaunchableType[];
}

/** Either some openings, in the order of the pod's alternatives, or how the nearest attempt falls short. */
type Openings = { readonly openings: readonly Opening[] } | { readonly shortfall: Shortfall };

/** A Provisioner while a plan is made. */
export class ProvisionerDraft {
  readonly model: ProvisionerModel;
  readonly allowUndefined: ReadonlySet<string>;
  readonly ledger: LimitLedger;
  /** What its own requirements leave, in stock or not, by name. */
  readonly types: readonly LaunchableType[];
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
  }

  /** All it could buy, cheapest first. */
  options(): readonly LaunchOption[] {
    this.#options ??= launchOptions(this.types);
    return this.#options;
  }

  /** Returns how a new node for a pod of this shape would start, within the limits, or how far that is from possible. */
  open(shape: PodShape): Opening | Miss {
    const refused = this.#beyondLimits.get(shape.key);
    if (refused?.returns === this.ledger.returns) return refused.miss;
    const found = this.#openingsFor(shape);
    if ('shortfall' in found) return this.#miss(found.shortfall);
    for (const { requirements, types } of found.openings) {
      const affordable = this.ledger.affordable(types);
      if (affordable.length > 0) return { requirements, types: affordable };
    }
    const suiting = found.openings.flatMap(({ types }) => types);
    const miss = this.#miss(beyondLimits(suiting, this.ledger));
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
    const taint = firstUntolerated(this.model.taints, shape.tolerations);
    if (taint !== undefined) return { shortfall: untolerated(taint) };
    const attempts = shape.alternatives.map((wanted) => this.#weigh(wanted, shape));
    const openings = attempts.filter((attempt) => 'types' in attempt);
    if (openings.length > 0) return { openings };
    const shortfalls = attempts.filter((attempt) => 'code' in attempt).sort(byNearness);
    return { shortfall: shortfalls[0] as Shortfall };
  }

  #weigh(wanted: Requirements, shape: PodShape): Opening | Shortfall {
    const conflict = compatible(this.model.requirements, wanted, this.allowUndefined);
    if (conflict !== undefined) {
      const { message, remedy } = conflict;
      return { code: 'requirements-incompatible', message, ...(remedy === undefined ? {} : { remedy }) };
    }
    const requirements = intersectAll(this.model.requirements, wanted);
    const meeting = this.types.filter(({ type }) => satisfiesRequirements(type, requirements));
    if (meeting.length === 0) return noTypeMeets(requirements, this.types);
    const roomy = meeting.filter(({ room }) => fitsResources(shape.requests, room));
    if (roomy.length === 0) return noTypeHolds(shape.requests, meeting);
    const types = roomy.filter(({ type }) => isBuyable(type, requirements));
    return types.length === 0 ? noneInStock(roomy) : { requirements, types };
  }

  #miss(shortfall: Shortfall): Miss {
    return { provisionerName: this.model.name, ...shortfall };
  }
}
