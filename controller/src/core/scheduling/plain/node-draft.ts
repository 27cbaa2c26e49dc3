import { isCompatible, joinRequirements } from '../../compatibility.ts';
import { firstTakenPort, type HostPort } from '../../host-port.ts';
import { isSameRequirement, type Requirement, type Requirements } from '../../requirements.ts';
import { addResources, amountOf, NO_RESOURCES, type Resources } from '../../resources.ts';
import { firstUntolerated } from '../../taints.ts';
import { isBuyable, satisfiesKey } from '../instance-type-filter.ts';
import {
  type LaunchableType,
  largestOverheadOf,
  largestRoomOf,
  reservedCapacityOf,
  suitingOptions,
} from '../launchable-types.ts';
import type { PlannedNode } from '../plan.ts';
import type { PodShape } from '../pod-shape.ts';
import type { Prospect } from '../prospect.ts';
import type { Standing } from '../standing.ts';
import type { ShapeRules } from '../topology.ts';
import { decideDomains, judgeDecided } from './domain-choice.ts';
import { DraftStanding } from './draft-standing.ts';
import type { ProvisionerDraft } from './provisioner-draft.ts';

/** What becomes of a planned node when a pod joins it; `never` when the pod will not fit it at any time. */
type Fit = Prospect | 'not-now' | 'never';

/** A planned node that is filling up. Each pod narrows its requirements and its types; nothing ever widens them. */
export class NodeDraft {
  readonly podUids: string[] = [];
  readonly #provisioner: ProvisionerDraft;
  readonly #hostname: string;
  #prospect: Prospect;
  /** Requests of its pods. */
  #requested: Resources = NO_RESOURCES;
  /** Ports of its pods. */
  readonly #hostPorts: HostPort[] = [];
  /** Shapes that did not fit. As the node only narrows, they never will. */
  readonly #refused = new Set<string>();

  /** An empty node with its share of the limits, that will start as `opening`. No other node may have this hostname. */
  constructor(provisioner: ProvisionerDraft, opening: Prospect, hostname: string) {
    this.#provisioner = provisioner;
    this.#hostname = hostname;
    this.#prospect = opening;
    provisioner.ledger.hold(opening.types);
  }

  /** True when this shape has been refused for good: there is nothing to check. */
  hasRefused(shape: PodShape): boolean {
    return this.#refused.has(shape.key);
  }

  /** Takes the first pod, for which the opening was found. */
  begin(podUid: string, shape: PodShape, rules: ShapeRules): void {
    this.#take(podUid, shape, rules);
  }

  /** Takes the pod if it fits and the rules let it, and says whether it did. */
  add(podUid: string, shape: PodShape, rules: ShapeRules): boolean {
    const fit = this.#fit(shape, rules);
    if (fit === 'never') this.#refused.add(shape.key);
    if (typeof fit === 'string') return false;
    this.#provisioner.ledger.shrink(this.#prospect.types, fit.types);
    this.#prospect = fit;
    this.#take(podUid, shape, rules);
    return true;
  }

  #take(podUid: string, shape: PodShape, rules: ShapeRules): void {
    this.#requested = addResources(this.#requested, shape.requests);
    this.#hostPorts.push(...shape.hostPorts);
    this.podUids.push(podUid);
    rules.count(this.standing());
  }

  /** The node as others see it now. */
  standing(): Standing {
    const { model, allowUndefined } = this.#provisioner;
    return new DraftStanding(this.#prospect, this.#hostname, { taints: model.taints, allowUndefined });
  }

  #fit(shape: PodShape, rules: ShapeRules): Fit {
    const { taints } = this.#provisioner.model;
    if (firstUntolerated(taints, shape.tolerations, shape.shunsTaints) !== undefined) return 'never';
    if (firstTakenPort(shape.hostPorts, this.#hostPorts) !== undefined) return 'never';
    const verdict = judgeDecided(rules, this.#prospect, this.#hostname);
    if (verdict !== 'admitted') return verdict;
    const roomy = this.#roomyTypes(shape);
    if (roomy.length === 0) return 'never';
    let fit: Fit = 'never';
    for (const wanted of shape.alternatives) {
      const narrowed = this.#narrow(wanted, roomy);
      if (narrowed === undefined) continue;
      const decided = decideDomains(rules, narrowed);
      if (decided !== undefined) return decided;
      fit = 'not-now';
    }
    return fit;
  }

  /** The types that would still hold its pods with one more of this shape. */
  #roomyTypes(shape: PodShape): readonly LaunchableType[] {
    const { types } = this.#prospect;
    const requested = addResources(this.#requested, shape.requests);
    const names = Object.keys(shape.requests).filter((name) => amountOf(shape.requests, name) > 0);
    // Cheap and nearly always what fails: no type has this much of one resource.
    if (names.some((name) => amountOf(requested, name) > largestRoomOf(types, name))) return [];
    return types.filter(
      ({ room, hostPorts }) =>
        names.every((name) => amountOf(requested, name) <= amountOf(room, name)) &&
        firstTakenPort(shape.hostPorts, hostPorts) === undefined,
    );
  }

  /** Joins the node's requirements with the pod's and returns them with the types they leave; undefined when they leave none. */
  #narrow(wanted: Requirements, types: readonly LaunchableType[]): Prospect | undefined {
    const known = this.#prospect.requirements;
    const { allowUndefined } = this.#provisioner;
    if (!isCompatible(known, wanted, allowUndefined)) return undefined;
    const requirements = joinRequirements(known, wanted, allowUndefined);
    const tightened = tighterThan(known, requirements);
    if (tightened.length === 0) return { requirements: known, types };
    const left = types.filter(
      ({ type }) => tightened.every((requirement) => satisfiesKey(type, requirement)) && isBuyable(type, requirements),
    );
    return left.length === 0 ? undefined : { requirements, types: left };
  }

  /** The finished node. */
  plan(): PlannedNode {
    const { requirements, types } = this.#prospect;
    const options = suitingOptions(this.#provisioner.options(), types, requirements);
    return {
      provisionerName: this.#provisioner.model.name,
      requirements,
      podUids: this.podUids,
      requests: addResources(this.#requested, largestOverheadOf(types)),
      options,
      instanceTypes: [...new Set(options.map((option) => option.instanceType))],
      reservedCapacity: reservedCapacityOf(types),
    };
  }
}

/** Those requirements of `joined` that say more than `known` does. */
function tighterThan(known: Requirements, joined: Requirements): Requirement[] {
  return [...joined.values()].filter((each) => {
    const own = known.get(each.key);
    return own === undefined || !isSameRequirement(own, each);
  });
}
