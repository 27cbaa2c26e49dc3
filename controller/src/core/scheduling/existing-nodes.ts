import type { DaemonDemand, NodeModel } from '../cluster-snapshot.ts';
import { compareText } from '../compare-text.ts';
import { addResources, fitsResources, type Resources, subtractResources } from '../resources.ts';
import { firstUntolerated } from '../taints.ts';
import { pendingDaemonRequests } from './daemon-overhead.ts';
import { satisfiesRequirements } from './instance-type-filter.ts';
import { leastRoomOf } from './launchable-types.ts';
import { surelySatisfies } from './node-match.ts';
import type { PodShape } from './pod-shape.ts';
import type { ProvisionerDraft } from './provisioner-draft.ts';
import type { WorkBudget } from './work-budget.ts';

interface Place {
  readonly node: NodeModel;
  room: Resources;
}

/** What the places are made of. */
export interface ExistingNodesInput {
  readonly nodes: readonly NodeModel[];
  readonly daemons: readonly DaemonDemand[];
  readonly provisioners: readonly ProvisionerDraft[];
  readonly wellKnownLabels: ReadonlySet<string>;
  readonly work: WorkBudget;
}

/** The nodes there are or are on their way, filling up: initialized ones first, then by name. */
export class ExistingNodes {
  readonly #places: readonly Place[];
  readonly #placeByName: ReadonlyMap<string, Place>;
  readonly #wellKnown: ReadonlySet<string>;
  readonly #work: WorkBudget;
  /** Per shape the first place that may still take it. Room only shrinks, so a place that refused a shape refuses it for good. */
  readonly #next = new Map<string, number>();

  constructor(input: ExistingNodesInput) {
    this.#places = [...input.nodes].sort(byReadinessAndName).map((node) => ({ node, room: roomOf(node, input) }));
    this.#placeByName = new Map(this.#places.map((place) => [place.node.name, place]));
    this.#wellKnown = input.wellKnownLabels;
    this.#work = input.work;
  }

  /** Puts a pod on the first node that suits and returns the node's name; undefined when none does. */
  place(shape: PodShape): string | undefined {
    let index = this.#next.get(shape.key) ?? 0;
    for (; index < this.#places.length && !this.#work.isSpent; index += 1) {
      this.#work.spend();
      const place = this.#places[index] as Place;
      if (!this.#suits(place, shape)) continue;
      place.room = subtractResources(place.room, shape.requests);
      this.#next.set(shape.key, index);
      return place.node.name;
    }
    this.#next.set(shape.key, index);
    return undefined;
  }

  /** Puts a pod on the node of this name, if it suits. */
  placeOn(nodeName: string, shape: PodShape): boolean {
    const place = this.#placeByName.get(nodeName);
    if (place === undefined || this.#work.isSpent) return false;
    this.#work.spend();
    if (!this.#suits(place, shape)) return false;
    place.room = subtractResources(place.room, shape.requests);
    return true;
  }

  #suits({ node, room }: Place, shape: PodShape): boolean {
    return (
      fitsResources(shape.requests, room) &&
      firstUntolerated(node.taints, shape.tolerations) === undefined &&
      shape.alternatives.some((wanted) => surelySatisfies(node, wanted, this.#wellKnown))
    );
  }
}

function byReadinessAndName(left: NodeModel, right: NodeModel): number {
  if (left.initialized !== right.initialized) return left.initialized ? -1 : 1;
  return compareText(left.name, right.name);
}

/**
 * What pods may still request. A node whose type is undecided offers the least that any of its types would, daemons weighed type by
 * type as when it was planned: otherwise the pods it was bought for might not fit it, and a second node would be bought.
 */
function roomOf(node: NodeModel, { daemons, provisioners, wellKnownLabels }: ExistingNodesInput): Resources {
  const { undecided } = node;
  if (undecided !== undefined) {
    const provisioner = provisioners.find(({ model }) => model.name === node.provisionerName);
    const types = provisioner?.types.filter(({ type }) => satisfiesRequirements(type, undecided)) ?? [];
    if (types.length > 0) return subtractResources(leastRoomOf(types), node.requested);
  }
  return subtractResources(
    node.allocatable,
    addResources(node.requested, pendingDaemonRequests(node, daemons, wellKnownLabels)),
  );
}
