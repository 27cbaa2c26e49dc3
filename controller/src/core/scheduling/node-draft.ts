import { compatible } from '../compatibility.ts';
import { intersect, isSameRequirement, type Requirement, type Requirements } from '../requirements.ts';
import { addResources, amountOf, NO_RESOURCES, type Resources } from '../resources.ts';
import { firstUntolerated } from '../taints.ts';
import { isBuyable, satisfiesKey } from './instance-type-filter.ts';
import {
  type LaunchableType,
  largestOverheadOf,
  largestRoomOf,
  reservedCapacityOf,
  suitingOptions,
} from './launchable-types.ts';
import type { PlannedNode } from './plan.ts';
import type { PodShape } from './pod-shape.ts';
import type { Opening, ProvisionerDraft } from './provisioner-draft.ts';

/** What a planned node becomes when a pod joins it. */
interface Fit {
  readonly requirements: Requirements;
  readonly types: readonly LaunchableType[];
  readonly requested: Resources;
}

/** A planned node that is filling up. Each pod narrows its requirements and its types; nothing ever widens them. */
export class NodeDraft {
  readonly podUids: string[] = [];
  readonly #provisioner: ProvisionerDraft;
  #requirements: Requirements;
  #types: readonly LaunchableType[];
  /** Requests of its pods. */
  #requested: Resources = NO_RESOURCES;
  /** Shapes that did not fit. As the node only narrows, they never will. */
  readonly #refused = new Set<string>();

  /** Starts with the first pod, for which the opening was found, and holds its share of the limits. */
  constructor(provisioner: ProvisionerDraft, opening: Opening, podUid: string, shape: PodShape) {
    this.#provisioner = provisioner;
    this.#requirements = opening.requirements;
    this.#types = opening.types;
    this.#requested = shape.requests;
    this.podUids.push(podUid);
    provisioner.ledger.hold(opening.types);
  }

  /** True when this shape has been refused before: there is nothing to check. */
  hasRefused(shape: PodShape): boolean {
    return this.#refused.has(shape.key);
  }

  /** Takes the pod if it fits, and says whether it did. */
  add(podUid: string, shape: PodShape): boolean {
    const fit = this.#fit(shape);
    if (fit === undefined) {
      this.#refused.add(shape.key);
      return false;
    }
    this.#provisioner.ledger.shrink(this.#types, fit.types);
    this.#requirements = fit.requirements;
    this.#types = fit.types;
    this.#requested = fit.requested;
    this.podUids.push(podUid);
    return true;
  }

  #fit(shape: PodShape): Fit | undefined {
    if (firstUntolerated(this.#provisioner.model.taints, shape.tolerations) !== undefined) return undefined;
    const requested = addResources(this.#requested, shape.requests);
    const names = Object.keys(shape.requests);
    // Cheap and nearly always what fails: no type has this much of one resource.
    if (names.some((name) => amountOf(requested, name) > largestRoomOf(this.#types, name))) return undefined;
    const roomy = this.#types.filter(({ room }) =>
      names.every((name) => amountOf(requested, name) <= amountOf(room, name)),
    );
    if (roomy.length === 0) return undefined;
    for (const wanted of shape.alternatives) {
      const narrowed = this.#narrow(wanted, roomy);
      if (narrowed !== undefined) return { ...narrowed, requested };
    }
    return undefined;
  }

  /** Joins the node's requirements with the pod's and returns them with the types they leave; undefined when they leave none. */
  #narrow(wanted: Requirements, types: readonly LaunchableType[]): Omit<Fit, 'requested'> | undefined {
    if (compatible(this.#requirements, wanted, this.#provisioner.allowUndefined) !== undefined) return undefined;
    const tightened = tighterThan(this.#requirements, wanted);
    if (tightened.length === 0) return { requirements: this.#requirements, types };
    const requirements = new Map(this.#requirements);
    for (const requirement of tightened) requirements.set(requirement.key, requirement);
    const left = types.filter(
      ({ type }) => tightened.every((requirement) => satisfiesKey(type, requirement)) && isBuyable(type, requirements),
    );
    return left.length === 0 ? undefined : { requirements, types: left };
  }

  /** The finished node. */
  plan(): PlannedNode {
    const options = suitingOptions(this.#provisioner.options(), this.#types, this.#requirements);
    return {
      provisionerName: this.#provisioner.model.name,
      requirements: this.#requirements,
      podUids: this.podUids,
      requests: addResources(this.#requested, largestOverheadOf(this.#types)),
      options,
      instanceTypes: [...new Set(options.map((option) => option.instanceType))],
      reservedCapacity: reservedCapacityOf(this.#types),
    };
  }
}

/** Those requirements of the intersection that say more than `known` does. */
function tighterThan(known: Requirements, wanted: Requirements): Requirement[] {
  const tighter: Requirement[] = [];
  for (const [key, stated] of wanted) {
    const own = known.get(key);
    const joined = own === undefined ? stated : intersect(own, stated);
    if (own === undefined || !isSameRequirement(own, joined)) tighter.push(joined);
  }
  return tighter;
}
