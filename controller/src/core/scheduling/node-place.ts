import type { DaemonDemand, NodeModel } from '../cluster-snapshot.ts';
import { compareText } from '../compare-text.ts';
import type { HostPort } from '../host-port.ts';
import { canAttach, claimsOf, type VolumeAttachment } from '../pod-volumes.ts';
import { addResources, type Resources, subtractResources } from '../resources.ts';
import { pendingDaemonLoad } from './daemon-overhead.ts';
import { satisfiesRequirements } from './instance-type-filter.ts';
import { type LaunchableType, leastRoomOf } from './launchable-types.ts';
import { NodeStanding, type Standing, type Verdict } from './standing.ts';
import type { ShapeRules } from './topology.ts';

/** A node that is there, or on its way, while it fills up. */
export interface NodePlace {
  readonly node: NodeModel;
  readonly standing: Standing;
  readonly hostPorts: HostPort[];
  /** Claims on the node, by driver. */
  readonly claims: Map<string, ReadonlySet<string>>;
}

/** What the places of one problem have in common. */
export interface PlaceGround {
  readonly daemons: readonly DaemonDemand[];
  /** By Provisioner. */
  readonly types: ReadonlyMap<string, readonly LaunchableType[]>;
  readonly wellKnownLabels: ReadonlySet<string>;
}

/** Returns the node as a place, with what pods may still request there. */
export function nodePlace(
  node: NodeModel,
  { daemons, types, wellKnownLabels }: PlaceGround,
): NodePlace & { readonly room: Resources } {
  const load = pendingDaemonLoad(node, daemons, wellKnownLabels);
  return {
    node,
    standing: new NodeStanding(node, wellKnownLabels),
    room: roomOf(node, load.requests, types.get(node.provisionerName ?? '') ?? []),
    hostPorts: [...node.pods.flatMap(({ demand }) => demand.hostPorts), ...load.hostPorts],
    claims: claimsOf(node.pods.flatMap(({ demand }) => demand.attachments)),
  };
}

/**
 * What pods may still request. A node whose type is undecided offers the least that any of its types would, daemons weighed type by
 * type as when it was planned: otherwise the pods it was bought for might not fit it, and a second node would be bought.
 */
function roomOf(node: NodeModel, daemons: Resources, types: readonly LaunchableType[]): Resources {
  const { undecided } = node;
  if (undecided !== undefined) {
    const left = types.filter(({ type }) => satisfiesRequirements(type, undecided));
    if (left.length > 0) return subtractResources(leastRoomOf(left), node.requested);
  }
  return subtractResources(node.allocatable, addResources(node.requested, daemons));
}

/** Orders places as they are filled: initialized nodes first, then by name. */
export function byReadinessAndName(left: NodeModel, right: NodeModel): number {
  if (left.initialized !== right.initialized) return left.initialized ? -1 : 1;
  return compareText(left.name, right.name);
}

/** What the rules say of a node that is there: of each domain that it may be in. */
export function judgeStanding({ byKey }: ShapeRules, standing: Standing): Verdict {
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

/** True when the node can attach the volumes beside those it has. */
export function attaches({ node, claims }: NodePlace, attachments: readonly VolumeAttachment[]): boolean {
  return node.attachmentLimits === undefined || canAttach(node.attachmentLimits, claims, attachments);
}

/** Gives ports and attachments of the node to a pod, and counts it; its room is kept elsewhere. */
export function occupy(
  place: NodePlace,
  {
    hostPorts,
    attachments,
    rules,
  }: {
    readonly hostPorts: readonly HostPort[];
    readonly attachments: readonly VolumeAttachment[];
    readonly rules: ShapeRules;
  },
): void {
  place.hostPorts.push(...hostPorts);
  for (const [driver, claims] of claimsOf(attachments)) {
    place.claims.set(driver, claims.union(place.claims.get(driver) ?? new Set()));
  }
  rules.count(place.standing);
}
