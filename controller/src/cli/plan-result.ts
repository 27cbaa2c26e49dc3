import { compareText } from '../core/compare-text.ts';
import type { PodDemand } from '../core/pod-demand.ts';
import { amountOf, formatResources, NO_RESOURCES, type Resources } from '../core/resources.ts';
import type { Plan, PlannedNode, Unplaced, UnplacedCode } from '../core/scheduling/plan.ts';
import { countOf } from './pending-pods.ts';
import type { Problem } from './problem.ts';

/** How much of a plan is told: one line a node, or also every instance type and every pod. */
export type Detail = 'nodes' | 'full';

const NANO_PER_USD = 1_000_000_000;
/** Pods whose reasons are shown when not all are. */
const SAMPLES_MAX = 5;

/** A plan, and all that a report says of it. */
export interface Solved {
  readonly problem: Problem;
  readonly demand: readonly PodDemand[];
  readonly plan: Plan;
}

/** A new node as the result tells it. */
export interface NodeResult {
  readonly provisioner: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly capacityType: string;
  readonly price: number;
  readonly podCount: number;
  readonly instanceTypeOptionCount: number;
  readonly requests: Readonly<Record<string, string>>;
  readonly zones: readonly string[];
  readonly instanceTypeOptions?: readonly string[];
  readonly pods?: readonly string[];
}

/** A node that exists and gets pods. */
export interface ExistingNodeResult {
  readonly name: string;
  readonly podCount: number;
  readonly pods?: readonly string[];
}

/** The plan as data: everything that depends on the input alone. */
export interface PlanResult {
  readonly newNodeClaimCount: number;
  /** USD. */
  readonly costPerHour: number;
  readonly podErrors: number;
  readonly podsOnNewNodes: number;
  readonly podsOnExistingNodes: number;
  readonly unscheduled: number;
  readonly instanceTypesUsed: Readonly<Record<string, number>>;
  /** Share of what the cheapest types offer to pods that the pods request, daemons aside; 0 without new nodes. */
  readonly utilisation: { readonly cpu: number; readonly memory: number };
  readonly newNodeClaims: readonly NodeResult[];
  readonly existingNodes: readonly ExistingNodeResult[];
  /** Of the first pods without a place; of all of them in full detail. */
  readonly podErrorSamples: Readonly<Record<string, string>>;
  readonly podErrorReasons: readonly ReasonResult[];
  readonly unplacedPods?: readonly UnplacedResult[];
  readonly problem: Readonly<Record<string, unknown>>;
}

/** Why some pods have no place. */
export interface ReasonResult {
  readonly code: UnplacedCode;
  readonly message: string;
  readonly podCount: number;
  /** The first of them. */
  readonly pod: string;
}

/** A pod without a place, and why. */
interface UnplacedResult extends Omit<Unplaced, 'podUid'> {
  readonly pod: string;
}

/** Returns what the plan amounts to. Costs count each node at its cheapest offering, of equal ones the type that sorts first. */
export function planResult({ problem, demand, plan }: Solved, detail: Detail): PlanResult {
  const podByUid = new Map(demand.map((pod) => [pod.uid, pod]));
  const nameOf = (uid: string) => {
    const pod = podByUid.get(uid);
    return `${pod?.namespace}/${pod?.name}`;
  };
  const isFull = detail === 'full';
  const shown = isFull ? plan.unplaced : plan.unplaced.slice(0, SAMPLES_MAX);
  return {
    newNodeClaimCount: plan.nodes.length,
    costPerHour: plan.costNanoUsdPerHour / NANO_PER_USD,
    podErrors: plan.unplaced.length,
    podsOnNewNodes: plan.nodes.reduce((sum, { podUids }) => sum + podUids.length, 0),
    podsOnExistingNodes: plan.placements.length,
    unscheduled: plan.unplaced.length,
    instanceTypesUsed: countBy(plan.nodes.map((node) => node.options[0]?.instanceType ?? '')),
    utilisation: utilisationOf(plan.nodes, podByUid, problem),
    newNodeClaims: plan.nodes.map((node) => nodeResult(node, isFull ? nameOf : undefined)),
    existingNodes: existingNodes(plan, isFull ? nameOf : undefined),
    podErrorSamples: Object.fromEntries(shown.map(({ podUid, message }) => [nameOf(podUid), message])),
    podErrorReasons: reasonsOf(plan.unplaced, nameOf),
    ...(isFull ? { unplacedPods: plan.unplaced.map(({ podUid, ...why }) => ({ pod: nameOf(podUid), ...why })) } : {}),
    problem: {
      name: problem.name,
      file: problem.files.join(', '),
      pods: countOf(problem.pending),
      instanceTypes: problem.instanceTypes.types.length,
      provisioners: problem.provisioners.length,
      daemonSets: problem.state.daemons.size,
      nodes: problem.state.nodes.size,
      boundPods: problem.boundPodCount,
    },
  };
}

function nodeResult(node: PlannedNode, nameOf: ((uid: string) => string) | undefined): NodeResult {
  const [cheapest] = node.options;
  if (cheapest === undefined) throw new Error('a planned node has no option');
  return {
    provisioner: node.provisionerName,
    instanceType: cheapest.instanceType,
    zone: cheapest.zone,
    capacityType: cheapest.capacityType,
    price: cheapest.priceNanoUsdPerHour / NANO_PER_USD,
    podCount: node.podUids.length,
    instanceTypeOptionCount: node.instanceTypes.length,
    requests: formatResources(node.requests),
    zones: [...new Set(node.options.map(({ zone }) => zone))].sort(),
    ...(nameOf === undefined ? {} : { instanceTypeOptions: node.instanceTypes, pods: node.podUids.map(nameOf) }),
  };
}

function existingNodes({ placements }: Plan, nameOf: ((uid: string) => string) | undefined): ExistingNodeResult[] {
  const uidsByNode = Map.groupBy(placements, ({ nodeName }) => nodeName);
  return [...uidsByNode]
    .sort(([left], [right]) => compareText(left, right))
    .map(([name, placed]) => ({
      name,
      podCount: placed.length,
      ...(nameOf === undefined ? {} : { pods: placed.map(({ podUid }) => nameOf(podUid)) }),
    }));
}

function utilisationOf(
  nodes: readonly PlannedNode[],
  podByUid: ReadonlyMap<string, PodDemand>,
  { instanceTypes }: Problem,
): PlanResult['utilisation'] {
  const allocatableByType = new Map(instanceTypes.types.map(({ name, allocatable }) => [name, allocatable]));
  const requests = nodes.flatMap(({ podUids }) => podUids.map((uid) => podByUid.get(uid)?.requests ?? NO_RESOURCES));
  const allocatable = nodes.map(({ options }) => allocatableByType.get(options[0]?.instanceType ?? '') ?? NO_RESOURCES);
  const shareOf = (name: string) => {
    const offered = sumOf(allocatable, name);
    return offered === 0 ? 0 : sumOf(requests, name) / offered;
  };
  return { cpu: shareOf('cpu'), memory: shareOf('memory') };
}

function sumOf(amounts: readonly Resources[], name: string): number {
  return amounts.reduce((sum, each) => sum + amountOf(each, name), 0);
}

/** Pods by what is in their way: the reason of most first, then by the reason's words. */
function reasonsOf(unplaced: readonly Unplaced[], nameOf: (uid: string) => string): ReasonResult[] {
  const alike = [...Map.groupBy(unplaced, ({ message }) => message).values()];
  return alike
    .flatMap((group) =>
      group
        .slice(0, 1)
        .map(({ code, message, podUid }) => ({ code, message, podCount: group.length, pod: nameOf(podUid) })),
    )
    .sort((left, right) => right.podCount - left.podCount || compareText(left.message, right.message));
}

/** How often each text occurs, by text. */
function countBy(texts: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts.toSorted()) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Object.fromEntries(counts);
}
