import type { ClusterSnapshot, NodeModel, ProvisionerModel } from '../src/core/cluster-snapshot.ts';
import type { InstanceType, Offering } from '../src/core/instance-type.ts';
import type { PodDemand } from '../src/core/pod-demand.ts';
import type { PodAffinityTerm, PodSelector, SpreadConstraint } from '../src/core/pod-topology.ts';
import type { Resources } from '../src/core/resources.ts';
import { CAPACITY_TYPE, HOSTNAME, RACK, ZONE } from './any-problem.ts';

// kube-scheduler, read from its documentation, for problems of `any-problem.ts`: it shares nothing with the code under test.

/** A node as kube-scheduler sees it. */
export interface Stage {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: NodeModel['taints'];
  /** What is left for pods. */
  readonly room: Resources;
  readonly pods: readonly PodDemand[];
}

/** Returns the nodes that are there, those that take no pods among them. */
export function stagesOf({ nodes, closedNodes = [] }: ClusterSnapshot): Stage[] {
  return [...nodes, ...closedNodes].map(({ name, labels, taints, allocatable, requested, pods }) => ({
    name,
    labels,
    taints,
    room: less(allocatable, requested),
    pods: pods.map(({ demand }) => demand as PodDemand),
  }));
}

/** A node that some Provisioner could start, and what it would cost. */
export interface FreshStage extends Stage {
  readonly type: InstanceType;
  readonly offering: Offering;
}

/** Returns every node that the Provisioners could start: each type where it is sold, with each value of a label that is open. */
export function freshStages({ provisioners }: ClusterSnapshot): FreshStage[] {
  return provisioners.flatMap((provisioner) =>
    provisioner.instanceTypes.flatMap((type) =>
      type.offerings
        .filter(({ available, capacityType }) => available && allows(provisioner, CAPACITY_TYPE, capacityType))
        .flatMap((offering) =>
          [...(provisioner.requirements.get(RACK)?.values ?? [undefined])].map((rack) => ({
            name: 'fresh',
            labels: labelsOf(offering, rack, 'fresh'),
            taints: provisioner.taints,
            room: type.allocatable,
            pods: [],
            type,
            offering,
          })),
        ),
    ),
  );
}

/** Returns the labels of a new node. */
export function labelsOf(
  { zone, capacityType }: Pick<Offering, 'zone' | 'capacityType'>,
  rack: string | undefined,
  hostname: string,
): Record<string, string> {
  return {
    [HOSTNAME]: hostname,
    [ZONE]: zone,
    [CAPACITY_TYPE]: capacityType,
    ...(rack === undefined ? {} : { [RACK]: rack }),
  };
}

function allows({ requirements }: ProvisionerModel, key: string, value: string): boolean {
  return requirements.get(key)?.values.has(value) ?? true;
}

/** True when the pod may be bound there now. `openable` are nodes that are not there and whose domains a spread counts as empty. */
export function admits(
  each: PodDemand,
  here: Stage,
  stages: readonly Stage[],
  openable: readonly Stage[] = [],
): boolean {
  return (
    suits(each, here) &&
    each.spread.every((constraint) => keepsSkew(constraint, each, here, stages, openable)) &&
    isAffine(each, here, stages) &&
    stages.every((stage) =>
      stage.pods.every((other) => !repels(each, here, other, stage) && !repels(other, stage, each, here)),
    )
  );
}

/** True when the node has the room, the ports and the labels that the pod asks for, and no taint that it does not tolerate. */
export function suits(each: PodDemand, here: Stage): boolean {
  const ports = here.pods.flatMap(({ hostPorts }) => hostPorts.map(({ port }) => port));
  return (
    toleratesAll(each, here) &&
    selectsNode(each, here) &&
    Object.entries(each.requests).every(([name, amount]) => amount === 0 || amount <= (here.room[name] ?? 0)) &&
    each.hostPorts.every(({ port }) => !ports.includes(port))
  );
}

/** Returns the node with the pod on it. */
export function withPod(stage: Stage, each: PodDemand): Stage {
  return { ...stage, room: less(stage.room, each.requests), pods: [...stage.pods, each] };
}

/**
 * True when there is an order in which kube-scheduler would bind every pod of `goals`, node names by pod UID, where it is planned: who is
 * counted by others may come too early. Where pods stand depends on who is bound alone, so each set of pods is looked at once.
 */
export function canBindAll(
  goals: ReadonlyMap<string, string>,
  demand: readonly PodDemand[],
  stages: readonly Stage[],
  openable: readonly Stage[] = [],
): boolean {
  const seen = new Set<string>();
  const canBind = (left: readonly PodDemand[], now: readonly Stage[]): boolean => {
    const state = left.map(({ uid }) => uid).join();
    if (left.length === 0 || seen.has(state)) return left.length === 0;
    seen.add(state);
    return left.some((each) => {
      const goal = now.find(({ name }) => name === goals.get(each.uid)) as Stage;
      if (!admits(each, goal, now, openable)) return false;
      const next = now.map((stage) => (stage === goal ? withPod(stage, each) : stage));
      return canBind(
        left.filter((other) => other !== each),
        next,
      );
    });
  };
  return canBind(
    demand.filter(({ uid }) => goals.has(uid)),
    stages,
  );
}

function less(amounts: Resources, taken: Resources): Resources {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount - (taken[name] ?? 0)]));
}

function takes({ namespaces, labels }: PodSelector, other: PodDemand): boolean {
  if (labels === 'nothing' || (namespaces !== 'all' && !namespaces.includes(other.namespace))) return false;
  return labels.every(({ operator, values }) => values.includes(other.labels.app ?? '') === (operator === 'In'));
}

function toleratesAll(each: PodDemand, { taints }: Stage): boolean {
  return taints.every(({ effect }) => effect === 'PreferNoSchedule') || each.tolerations.length > 0;
}

function selectsNode({ nodeSelector, requiredNodeTerms }: PodDemand, { labels }: Stage): boolean {
  const holds = (key: string, operator: string, values: readonly string[]) =>
    (labels[key] !== undefined && values.includes(labels[key])) === (operator === 'In');
  return (
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    (requiredNodeTerms.length === 0 ||
      requiredNodeTerms.some((term) => term.every(({ key, operator, values }) => holds(key, operator, values))))
  );
}

function keepsSkew(
  constraint: SpreadConstraint,
  each: PodDemand,
  here: Stage,
  stages: readonly Stage[],
  openable: readonly Stage[],
): boolean {
  const { topologyKey, maxSkew, minDomains, selector, honorsNodeAffinity, honorsNodeTaints } = constraint;
  const domain = here.labels[topologyKey];
  if (domain === undefined) return false;
  const counts = new Map<string, number>();
  for (const stage of openable) {
    const value = stage.labels[topologyKey];
    if (value !== undefined && selectsNode(each, stage) && toleratesAll(each, stage)) counts.set(value, 0);
  }
  for (const stage of stages) {
    const isCounted =
      each.spread.every((other) => stage.labels[other.topologyKey] !== undefined) &&
      (!honorsNodeAffinity || selectsNode(each, stage)) &&
      (!honorsNodeTaints || toleratesAll(each, stage));
    if (!isCounted) continue;
    const value = stage.labels[topologyKey] as string;
    counts.set(value, (counts.get(value) ?? 0) + stage.pods.filter((other) => takes(selector, other)).length);
  }
  const minimum = counts.size < minDomains ? 0 : Math.min(...counts.values());
  return (counts.get(domain) ?? 0) + (takes(selector, each) ? 1 : 0) - minimum <= maxSkew;
}

function isAffine(each: PodDemand, here: Stage, stages: readonly Stage[]): boolean {
  const { podAffinity: terms } = each;
  if (terms.length === 0) return true;
  if (terms.some(({ topologyKey }) => here.labels[topologyKey] === undefined)) return false;
  const meantBy = (other: PodDemand) => terms.every(({ selector }) => takes(selector, other));
  const holds = ({ topologyKey }: PodAffinityTerm) =>
    stages.some((stage) => share(topologyKey, stage, here) && stage.pods.some(meantBy));
  if (terms.every(holds)) return true;
  const isSomewhere = stages.some(
    (stage) => stage.pods.some(meantBy) && terms.some(({ topologyKey }) => stage.labels[topologyKey] !== undefined),
  );
  return !isSomewhere && meantBy(each);
}

function repels(owner: PodDemand, ownerStage: Stage, other: PodDemand, otherStage: Stage): boolean {
  return owner.podAntiAffinity.some(
    ({ topologyKey, selector }) => share(topologyKey, ownerStage, otherStage) && takes(selector, other),
  );
}

function share(key: string, left: Stage, right: Stage): boolean {
  return left.labels[key] !== undefined && left.labels[key] === right.labels[key];
}
