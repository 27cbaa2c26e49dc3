import { compareText } from '../core/compare-text.ts';
import type { PodDemand } from '../core/pod-demand.ts';
import { amountOf, formatResources, NO_RESOURCES } from '../core/resources.ts';
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
  /** Made anew each time they are gone through: with their pods they would be larger than the plan. */
  readonly newNodeClaims: Iterable<NodeResult>;
  readonly existingNodes: readonly ExistingNodeResult[];
  /** Of the first pods without a place; of all of them in full detail. */
  readonly podErrorSamples: Readonly<Record<string, string>>;
  readonly podErrorReasons: readonly ReasonResult[];
  readonly unplacedPods?: Iterable<UnplacedResult>;
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
  const isFull = detail === 'full';
  const shown = isFull ? plan.unplaced : plan.unplaced.slice(0, SAMPLES_MAX);
  const reasons = reasonsOf(plan.unplaced);
  const nameOf = namesOf(demand, isFull ? 'all' : new Set([...shown, ...reasons].map(({ podUid }) => podUid)));
  const shownName = isFull ? nameOf : undefined;
  return {
    newNodeClaimCount: plan.nodes.length,
    costPerHour: plan.costNanoUsdPerHour / NANO_PER_USD,
    podErrors: plan.unplaced.length,
    podsOnNewNodes: plan.nodes.reduce((sum, { podUids }) => sum + podUids.length, 0),
    podsOnExistingNodes: plan.placements.length,
    unscheduled: plan.unplaced.length,
    instanceTypesUsed: countBy(plan.nodes.map((node) => node.options[0]?.instanceType ?? '')),
    utilisation: utilisationOf(plan, demand, problem),
    newNodeClaims: eachOf(plan.nodes, (node) => nodeResult(node, shownName)),
    existingNodes: existingNodes(plan, shownName),
    podErrorSamples: Object.fromEntries(shown.map(({ podUid, message }) => [nameOf(podUid), message])),
    podErrorReasons: reasons.map(({ podUid, ...reason }) => ({ ...reason, pod: nameOf(podUid) })),
    ...(isFull
      ? { unplacedPods: eachOf(plan.unplaced, ({ podUid, ...why }) => ({ pod: nameOf(podUid), ...why })) }
      : {}),
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

/** A function that knows the names of the pods with these UIDs: few of a million, as a rule. */
function namesOf(demand: readonly PodDemand[], uids: ReadonlySet<string> | 'all'): (uid: string) => string {
  const known = new Map<string, PodDemand>();
  if (uids === 'all' || uids.size > 0) {
    for (const pod of demand) if (uids === 'all' || uids.has(pod.uid)) known.set(pod.uid, pod);
  }
  return (uid) => `${known.get(uid)?.namespace}/${known.get(uid)?.name}`;
}

function eachOf<T, Result>(items: readonly T[], resultOf: (item: T) => Result): Iterable<Result> {
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield resultOf(item);
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
  { nodes, placements, unplaced }: Plan,
  demand: readonly PodDemand[],
  { instanceTypes }: Problem,
): PlanResult['utilisation'] {
  const allocatableByType = new Map(instanceTypes.types.map(({ name, allocatable }) => [name, allocatable]));
  const allocatable = nodes.map(({ options }) => allocatableByType.get(options[0]?.instanceType ?? '') ?? NO_RESOURCES);
  const elsewhere = new Set([...placements, ...unplaced].map(({ podUid }) => podUid));
  const shareOf = (name: string) => {
    const offered = allocatable.reduce((sum, each) => sum + amountOf(each, name), 0);
    const asked = demand.reduce(
      (sum, { uid, requests }) => sum + (elsewhere.has(uid) ? 0 : amountOf(requests, name)),
      0,
    );
    return offered === 0 ? 0 : asked / offered;
  };
  return { cpu: shareOf('cpu'), memory: shareOf('memory') };
}

/** Pods by what is in their way: the reason of most first, then by the reason's words. With the first pod of each. */
function reasonsOf(unplaced: readonly Unplaced[]): (Omit<ReasonResult, 'pod'> & Pick<Unplaced, 'podUid'>)[] {
  const alike = [...Map.groupBy(unplaced, ({ message }) => message).values()];
  return alike
    .flatMap((group) =>
      group.slice(0, 1).map(({ code, message, podUid }) => ({ code, message, podCount: group.length, podUid })),
    )
    .sort((left, right) => right.podCount - left.podCount || compareText(left.message, right.message));
}

/** How often each text occurs, by text. */
function countBy(texts: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts.toSorted()) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Object.fromEntries(counts);
}
