import type { NodeModel } from '../../cluster-snapshot.ts';
import { firstTakenPort } from '../../host-port.ts';
import type { VolumeAttachment } from '../../pod-volumes.ts';
import { fitsResources, type Resources, subtractResources } from '../../resources.ts';
import { firstUntolerated } from '../../taints.ts';
import { surelySatisfies } from '../node-match.ts';
import {
  attaches,
  byReadinessAndName,
  judgeStanding,
  type NodePlace,
  nodePlace,
  occupy,
  type PlaceGround,
} from '../node-place.ts';
import type { PodShape } from '../pod-shape.ts';
import type { Verdict } from '../standing.ts';
import type { ShapeRules } from '../topology.ts';
import type { WorkBudget } from '../work-budget.ts';

interface Place extends NodePlace {
  room: Resources;
}

/** What the places are made of. */
export interface ExistingNodesInput extends PlaceGround {
  readonly nodes: readonly NodeModel[];
  readonly work: WorkBudget;
}

/** The nodes there are or are on their way, filling up: initialized ones first, then by name. */
export class ExistingNodes {
  readonly #places: readonly Place[];
  readonly #placeByName: ReadonlyMap<string, Place>;
  readonly #wellKnown: ReadonlySet<string>;
  readonly #work: WorkBudget;
  /** Per shape the places that may still take it. Room only shrinks, so a place that refused a shape for good is asked no more. */
  readonly #open = new Map<string, readonly Place[]>();

  constructor(input: ExistingNodesInput) {
    this.#places = [...input.nodes].sort(byReadinessAndName).map((node) => nodePlace(node, input));
    this.#placeByName = new Map(this.#places.map((place) => [place.node.name, place]));
    this.#wellKnown = input.wellKnownLabels;
    this.#work = input.work;
  }

  /** Puts a pod on the first node that suits and returns the node's name; undefined when none does. */
  place(shape: PodShape, rules: ShapeRules, attachments: readonly VolumeAttachment[]): string | undefined {
    const places = this.#open.get(shape.key) ?? this.#places;
    const refused = new Set<Place>();
    const taker = places.find((place) => {
      if (this.#work.isSpent) return false;
      this.#work.spend();
      // Claims differ from pod to pod of one shape: what they keep out says nothing of the next pod.
      if (!attaches(place, attachments)) return false;
      const verdict = this.#judge(place, shape, rules);
      if (verdict === 'never') refused.add(place);
      return verdict === 'admitted';
    });
    if (refused.size > 0) {
      this.#open.set(
        shape.key,
        places.filter((place) => !refused.has(place)),
      );
    }
    if (taker !== undefined) take(taker, shape, rules, attachments);
    return taker?.node.name;
  }

  /** Puts the pod on the node of this name, if it suits. */
  placeOn(nodeName: string, shape: PodShape, rules: ShapeRules, attachments: readonly VolumeAttachment[]): boolean {
    const place = this.#placeByName.get(nodeName);
    if (place === undefined || this.#work.isSpent) return false;
    this.#work.spend();
    if (!attaches(place, attachments) || this.#judge(place, shape, rules) !== 'admitted') return false;
    take(place, shape, rules, attachments);
    return true;
  }

  #judge({ node, standing, room, hostPorts }: Place, shape: PodShape, rules: ShapeRules): Verdict {
    const suits =
      fitsResources(shape.requests, room) &&
      firstTakenPort(shape.hostPorts, hostPorts) === undefined &&
      firstUntolerated(node.taints, shape.tolerations, shape.shunsTaints) === undefined &&
      shape.alternatives.some((wanted) => surelySatisfies(node, wanted, this.#wellKnown));
    return suits ? judgeStanding(rules, standing) : 'never';
  }
}

function take(place: Place, shape: PodShape, rules: ShapeRules, attachments: readonly VolumeAttachment[]): void {
  place.room = subtractResources(place.room, shape.requests);
  occupy(place, { hostPorts: shape.hostPorts, attachments, rules });
}
