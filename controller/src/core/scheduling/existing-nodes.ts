import type { NodeModel } from '../cluster-snapshot.ts';
import { firstTakenPort } from '../host-port.ts';
import type { VolumeAttachment } from '../pod-volumes.ts';
import { firstUntolerated } from '../taints.ts';
import { surelySatisfies } from './node-match.ts';
import {
  attaches,
  byReadinessAndName,
  judgeStanding,
  type NodePlace,
  nodePlace,
  occupy,
  type PlaceGround,
} from './node-place.ts';
import type { ResourceAxes, Seeker } from './seeker.ts';
import type { Verdict } from './standing.ts';
import type { WorkBudget } from './work-budget.ts';

interface Place extends NodePlace {
  /** What pods may still request, by axis. */
  readonly room: number[];
}

/** What the places are made of. */
export interface ExistingNodesInput extends PlaceGround {
  readonly nodes: readonly NodeModel[];
  /** Knows every resource that a pod requests. */
  readonly axes: ResourceAxes;
  readonly work: WorkBudget;
}

/** The nodes there are or are on their way, filling up: initialized ones first, then by name. */
export class ExistingNodes {
  readonly #places: readonly Place[];
  readonly #placeByName: ReadonlyMap<string, Place>;
  readonly #wellKnown: ReadonlySet<string>;
  readonly #work: WorkBudget;

  constructor(input: ExistingNodesInput) {
    this.#places = [...input.nodes].sort(byReadinessAndName).map((node) => {
      const place = nodePlace(node, input);
      return { ...place, room: input.axes.list(place.room) };
    });
    this.#placeByName = new Map(this.#places.map((place) => [place.node.name, place]));
    this.#wellKnown = input.wellKnownLabels;
    this.#work = input.work;
  }

  /** Puts a pod on the first node that suits, as `joint` asks, and returns the node's name; undefined when none does. */
  place(seeker: Seeker, attachments: readonly VolumeAttachment[], joint = seeker): string | undefined {
    const place = this.#find(joint, attachments);
    if (place !== undefined) take(place, seeker, attachments);
    return place?.node.name;
  }

  /** True when some node suits. */
  suits(seeker: Seeker, attachments: readonly VolumeAttachment[]): boolean {
    return this.#find(seeker, attachments) !== undefined;
  }

  #find(seeker: Seeker, attachments: readonly VolumeAttachment[]): Place | undefined {
    const refusals = seeker.refusedByNodes;
    // Room only shrinks, so a place that refused a shape for good is asked no more.
    if (refusals.count === this.#places.length) return undefined;
    for (const [index, place] of this.#places.entries()) {
      if (refusals.has(index)) continue;
      if (this.#work.isSpent) return undefined;
      this.#work.spend();
      // Claims differ from pod to pod of one shape: what they keep out says nothing of the next pod.
      if (!attaches(place, attachments)) continue;
      const verdict = this.#judge(place, seeker);
      if (verdict === 'never') refusals.add(index);
      if (verdict === 'admitted') return place;
    }
    return undefined;
  }

  /** Puts the pod on the node of this name, if it suits. */
  placeOn(nodeName: string, seeker: Seeker, attachments: readonly VolumeAttachment[]): boolean {
    const place = this.#placeByName.get(nodeName);
    if (place === undefined || this.#work.isSpent) return false;
    this.#work.spend();
    if (!attaches(place, attachments) || this.#judge(place, seeker) !== 'admitted') return false;
    take(place, seeker, attachments);
    return true;
  }

  #judge({ node, standing, room, hostPorts }: Place, { shape, amounts, rules }: Seeker): Verdict {
    for (const { axis, amount } of amounts) if (amount > (room[axis] as number)) return 'never';
    const suits =
      firstTakenPort(shape.hostPorts, hostPorts) === undefined &&
      firstUntolerated(node.taints, shape.tolerations, shape.shunsTaints) === undefined &&
      shape.alternatives.some((wanted) => surelySatisfies(node, wanted, this.#wellKnown));
    return suits ? judgeStanding(rules, standing) : 'never';
  }
}

function take(place: Place, { shape, amounts, rules }: Seeker, attachments: readonly VolumeAttachment[]): void {
  for (const { axis, amount } of amounts) place.room[axis] = (place.room[axis] as number) - amount;
  occupy(place, { hostPorts: shape.hostPorts, attachments, rules });
}
