import type { DaemonDemand, NodeModel } from '../../cluster-snapshot.ts';
import { compareText } from '../../compare-text.ts';
import { firstTakenPort, type HostPort } from '../../host-port.ts';
import { canAttach, claimsOf, type VolumeAttachment } from '../../pod-volumes.ts';
import { addResources, fitsResources, type Resources, subtractResources } from '../../resources.ts';
import { firstUntolerated } from '../../taints.ts';
import { pendingDaemonLoad } from '../daemon-overhead.ts';
import { satisfiesRequirements } from '../instance-type-filter.ts';
import { leastRoomOf } from '../launchable-types.ts';
import { surelySatisfies } from '../node-match.ts';
import type { PodShape } from '../pod-shape.ts';
import { NodeStanding, type Standing, type Verdict } from '../standing.ts';
import type { ShapeRules } from '../topology.ts';
import type { WorkBudget } from '../work-budget.ts';
import type { ProvisionerDraft } from './provisioner-draft.ts';

interface Place {
  readonly node: NodeModel;
  readonly standing: Standing;
  room: Resources;
  readonly hostPorts: HostPort[];
  /** Volume claims by driver. */
  readonly claims: Map<string, Set<string>>;
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
  /** Per shape the places that may still take it. Room only shrinks, so a place that refused a shape for good is asked no more. */
  readonly #open = new Map<string, readonly Place[]>();

  constructor(input: ExistingNodesInput) {
    this.#places = [...input.nodes].sort(byReadinessAndName).map((node) => placeOf(node, input));
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

/** What the rules say of a node that is there: of each domain that it may be in. */
function judgeStanding({ byKey }: ShapeRules, standing: Standing): Verdict {
  let verdict: Verdict = 'admitted';
  for (const [key, rules] of byKey) {
    const domains = standing.domains(key);
    for (const rule of rules) {
      // What is not known now will not become known while this plan is made.
      if (domains === undefined || (domains.length === 0 && rule.needsLabel)) return 'never';
      if (domains.every((domain) => rule.admits(domain))) continue;
      if (rule.isFinal) return 'never';
      verdict = 'not-now';
    }
  }
  return verdict;
}

function attaches({ node, claims }: Place, attachments: readonly VolumeAttachment[]): boolean {
  return node.attachmentLimits === undefined || canAttach(node.attachmentLimits, claims, attachments);
}

function take(place: Place, shape: PodShape, rules: ShapeRules, attachments: readonly VolumeAttachment[]): void {
  place.room = subtractResources(place.room, shape.requests);
  place.hostPorts.push(...shape.hostPorts);
  for (const [driver, claims] of claimsOf(attachments)) {
    place.claims.set(driver, claims.union(place.claims.get(driver) ?? new Set()));
  }
  rules.count(place.standing);
}

function byReadinessAndName(left: NodeModel, right: NodeModel): number {
  if (left.initialized !== right.initialized) return left.initialized ? -1 : 1;
  return compareText(left.name, right.name);
}

function placeOf(node: NodeModel, input: ExistingNodesInput): Place {
  const daemons = pendingDaemonLoad(node, input.daemons, input.wellKnownLabels);
  return {
    node,
    standing: new NodeStanding(node, input.wellKnownLabels),
    room: roomOf(node, daemons.requests, input.provisioners),
    hostPorts: [...node.pods.flatMap(({ demand }) => demand.hostPorts), ...daemons.hostPorts],
    claims: claimsOf(node.pods.flatMap(({ demand }) => demand.attachments)),
  };
}

/**
 * What pods may still request. A node whose type is undecided offers the least that any of its types would, daemons weighed type by
 * type as when it was planned: otherwise the pods it was bought for might not fit it, and a second node would be bought.
 */
function roomOf(node: NodeModel, daemons: Resources, provisioners: readonly ProvisionerDraft[]): Resources {
  const { undecided } = node;
  if (undecided !== undefined) {
    const provisioner = provisioners.find(({ model }) => model.name === node.provisionerName);
    const types = provisioner?.types.filter(({ type }) => satisfiesRequirements(type, undecided)) ?? [];
    if (types.length > 0) return subtractResources(leastRoomOf(types), node.requested);
  }
  return subtractResources(node.allocatable, addResources(node.requested, daemons));
}
