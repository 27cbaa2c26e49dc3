import type { DaemonDemand, NodeModel } from '../cluster-snapshot.ts';
import { compareText } from '../compare-text.ts';
import { firstTakenPort, type HostPort } from '../host-port.ts';
import { canAttach, claimsOf, type VolumeAttachment } from '../pod-volumes.ts';
import { addResources, type Resources, subtractResources } from '../resources.ts';
import { firstUntolerated } from '../taints.ts';
import { pendingDaemonLoad } from './daemon-overhead.ts';
import { satisfiesRequirements } from './instance-type-filter.ts';
import { leastRoomOf } from './launchable-types.ts';
import { surelySatisfies } from './node-match.ts';
import type { ProvisionerMarket } from './provisioner-market.ts';
import type { ResourceAxes, Seeker } from './seeker.ts';
import { NodeStanding, type Standing, type Verdict } from './standing.ts';
import type { ShapeRules } from './topology.ts';
import type { WorkBudget } from './work-budget.ts';

interface Place {
  readonly node: NodeModel;
  readonly standing: Standing;
  /** What pods may still request, by axis. */
  readonly room: number[];
  readonly hostPorts: HostPort[];
  /** Volume claims by driver. */
  readonly claims: Map<string, Set<string>>;
}

/** What the places are made of. */
export interface ExistingNodesInput {
  readonly nodes: readonly NodeModel[];
  readonly daemons: readonly DaemonDemand[];
  readonly markets: readonly ProvisionerMarket[];
  readonly wellKnownLabels: ReadonlySet<string>;
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
    this.#places = [...input.nodes].sort(byReadinessAndName).map((node) => placeOf(node, input));
    this.#placeByName = new Map(this.#places.map((place) => [place.node.name, place]));
    this.#wellKnown = input.wellKnownLabels;
    this.#work = input.work;
  }

  /** Puts a pod on the first node that suits and returns the node's name; undefined when none does. */
  place(seeker: Seeker, attachments: readonly VolumeAttachment[]): string | undefined {
    const place = this.#find(seeker, attachments);
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

function take(place: Place, { shape, amounts, rules }: Seeker, attachments: readonly VolumeAttachment[]): void {
  for (const { axis, amount } of amounts) place.room[axis] = (place.room[axis] as number) - amount;
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
    room: input.axes.list(roomOf(node, daemons.requests, input.markets)),
    hostPorts: [...node.pods.flatMap(({ demand }) => demand.hostPorts), ...daemons.hostPorts],
    claims: claimsOf(node.pods.flatMap(({ demand }) => demand.attachments)),
  };
}

/**
 * What pods may still request. A node whose type is undecided offers the least that any of its types would, daemons weighed type by
 * type as when it was planned: otherwise the pods it was bought for might not fit it, and a second node would be bought.
 */
function roomOf(node: NodeModel, daemons: Resources, markets: readonly ProvisionerMarket[]): Resources {
  const { undecided } = node;
  if (undecided !== undefined) {
    const market = markets.find(({ model }) => model.name === node.provisionerName);
    const types = market?.types.filter(({ type }) => satisfiesRequirements(type, undecided)) ?? [];
    if (types.length > 0) return subtractResources(leastRoomOf(types), node.requested);
  }
  return subtractResources(node.allocatable, addResources(node.requested, daemons));
}
