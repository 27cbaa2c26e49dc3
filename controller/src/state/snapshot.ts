import { HOSTNAME_LABEL, INSTANCE_TYPE_LABEL, PROVISIONER_NAME_LABEL } from '../api/names.ts';
import type { BoundPod, ClusterSnapshot, NodeModel, ProvisionerModel } from '../core/cluster-snapshot.ts';
import type { InstanceType } from '../core/instance-type.ts';
import type { PodDemand } from '../core/pod-demand.ts';
import { has, type Requirements } from '../core/requirements.ts';
import { addResources, amountOf, NO_RESOURCES, type Resources } from '../core/resources.ts';
import { isEphemeralTaint, isSameTaint, type Taint } from '../core/taints.ts';
import type { ClusterState } from './cluster-state.ts';
import { attachmentsOf, withVolumes } from './pod-volumes.ts';
import { hasLostNode, type KnownMachine, type KnownPod, type NodeRecord, type ProvisionerRecord } from './records.ts';

/**
 * How long a node that is not ours may take to start (ms). Its "not ready" taints say "not yet" that long; afterwards they say that it
 * is dead, and pods must not wait for it.
 */
const FOREIGN_START_MS = 10 * 60_000;

/** A Provisioner as the solver sees it; undefined when its object cannot be computed with (its own loop says why). */
export function provisionerModel(
  state: ClusterState,
  { decoded }: ProvisionerRecord,
  instanceTypes: readonly InstanceType[],
): ProvisionerModel | undefined {
  if (decoded === undefined) return undefined;
  // Machines on their way out count too: their instances still run, and no launch may make the sum exceed a limit.
  const usage = state
    .machinesOf(decoded.template.name)
    .reduce<Resources>((sum, { machine }) => addResources(sum, machine.countedCapacity), NO_RESOURCES);
  return { ...decoded.template, usage, instanceTypes };
}

/** What the pods that ask for a node demand now, as `solve` sees it: the namespaces they choose by name, their volumes by place. */
export function pendingDemandOf(state: ClusterState): readonly PodDemand[] {
  return state.pods.pending().map(({ demand, claims }) => withVolumes(state, state.namespaces.resolve(demand), claims));
}

/**
 * Everything `solve` may see now: the Provisioners given, the nodes and in-flight Machines, and what stands on them. `expected` says by pod
 * UID on which node or Machine an earlier plan put a pod.
 */
export function snapshotOf(
  state: ClusterState,
  provisioners: readonly ProvisionerModel[],
  expected: ReadonlyMap<string, string>,
  nowMs: number,
): ClusterSnapshot {
  const records = [...state.nodes.values()];
  const modelsOf = (chosen: readonly NodeRecord[]) => chosen.map((record) => nodeModel(state, record, nowMs));
  const open = modelsOf(records.filter((record) => takesPods(state, record)));
  const closedNodes = modelsOf(records.filter((record) => !takesPods(state, record)));
  const typesByProvisioner = new Map(provisioners.map(({ name, instanceTypes }) => [name, instanceTypes]));
  const inFlight = [...state.machines.values()]
    .filter(({ machine }) => machine.deletionAtMs === undefined && isAwaited(state, machine))
    .map(({ machine }) => inFlightModel(machine, typesByProvisioner.get(machine.provisionerName) ?? []));
  return { provisioners, nodes: [...open, ...inFlight], closedNodes, daemons: state.daemons.values(), expected };
}

/** True for a Machine until its Node is there; one whose Node has gone is awaited no more. */
export function isAwaited(state: ClusterState, machine: KnownMachine): boolean {
  const { providerId, conditions } = machine;
  if (providerId !== undefined && state.nodeByProviderId(providerId) !== undefined) return false;
  return conditions.get('MachineRegistered')?.status !== 'True' && !hasLostNode(machine);
}

/** False for a Node that is cordoned or on its way out. */
function takesPods(state: ClusterState, { node }: NodeRecord): boolean {
  if (node.unschedulable || node.deletionAtMs !== undefined) return false;
  return state.machineByProviderId(node.providerId ?? '')?.machine.deletionAtMs === undefined;
}

function nodeModel(state: ClusterState, { node }: NodeRecord, nowMs: number): NodeModel {
  const machine = state.machineByProviderId(node.providerId ?? '')?.machine;
  const isStarting = machine === undefined ? nowMs - node.createdAtMs < FOREIGN_START_MS : !isInitialized(machine);
  const pods = state.pods.on(node.name).filter((pod) => !pod.isTerminal);
  const limits = state.storage.limits.get(node.name);
  const provisionerName = machine?.provisionerName ?? node.labels[PROVISIONER_NAME_LABEL];
  return {
    name: node.name,
    ...(provisionerName === undefined ? {} : { provisionerName }),
    initialized: machine === undefined ? node.isReady : isInitialized(machine),
    labels: labelsOf(node.name, machine, node.labels),
    taints: taintsOf(node.taints, machine, isStarting),
    allocatable: allocatableOf(node.allocatable, machine),
    requested: sumOfRequests(pods),
    daemonRequested: sumOfRequests(pods.filter((pod) => pod.isDaemon)),
    pods: pods.map((pod) => boundPod(state, pod, limits)),
    ...(limits === undefined ? {} : { attachmentLimits: limits }),
  };
}

/**
 * Whom its terms mean is asked now: a namespace may have got other labels since the pod came. What its volumes take is asked only on a node
 * that has limits.
 */
function boundPod(state: ClusterState, pod: KnownPod, limits: NodeModel['attachmentLimits']): BoundPod {
  const demand = state.namespaces.resolve(pod.demand);
  if (limits !== undefined && pod.claims.length > 0) {
    return { ...pod, demand: { ...demand, attachments: attachmentsOf(state, demand, pod.claims) } };
  }
  return demand === pod.demand ? pod : { ...pod, demand };
}

/** Until it is registered, the node will still get the labels of its Machine. */
function labelsOf(
  name: string,
  machine: KnownMachine | undefined,
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const promised = machine !== undefined && !isInitialized(machine) ? machine.labels : {};
  return { [HOSTNAME_LABEL]: name, ...labels, ...promised };
}

/** Taints that will stay: while it starts, ephemeral and startup taints are about to go and the Machine's are about to come. */
function taintsOf(taints: readonly Taint[], machine: KnownMachine | undefined, isStarting: boolean): Taint[] {
  if (!isStarting) return [...taints];
  const passing = machine?.startupTaints ?? [];
  const staying = taints.filter(
    (taint) => !isEphemeralTaint(taint) && !passing.some((startup) => isSameTaint(startup, taint)),
  );
  const coming = (machine?.taints ?? []).filter((taint) => !staying.some((present) => isSameTaint(present, taint)));
  return [...staying, ...coming];
}

/** What the node reports; a device plugin reports late, so until initialization the Machine's promise fills zeros. */
function allocatableOf(reported: Resources, machine: KnownMachine | undefined): Resources {
  if (machine === undefined || isInitialized(machine)) return reported;
  const promised = Object.entries(machine.allocatable).filter(([name]) => amountOf(reported, name) === 0);
  return { ...reported, ...Object.fromEntries(promised) };
}

/** A Machine without Node: it has what every instance type it may become has at least. */
function inFlightModel(machine: KnownMachine, instanceTypes: readonly InstanceType[]): NodeModel {
  const isLaunched = machine.providerId !== undefined;
  return {
    name: machine.name,
    provisionerName: machine.provisionerName,
    initialized: false,
    labels: machine.labels,
    ...(isLaunched ? {} : { undecided: machine.requirements }),
    taints: machine.taints,
    allocatable: isLaunched ? machine.allocatable : leastAllocatable(machine, instanceTypes),
    requested: NO_RESOURCES,
    daemonRequested: NO_RESOURCES,
    pods: [],
  };
}

/** Per resource the least over the types it may become, but never less than it was planned to hold. */
function leastAllocatable(machine: KnownMachine, instanceTypes: readonly InstanceType[]): Resources {
  const candidates = typesIn(machine.requirements, instanceTypes);
  const [first, ...rest] = candidates;
  if (first === undefined) return machine.requests;
  const least: Record<string, number> = { ...first.allocatable };
  for (const type of rest) {
    for (const resource of Object.keys(least)) {
      least[resource] = Math.min(least[resource] ?? 0, amountOf(type.allocatable, resource));
    }
  }
  for (const [resource, amount] of Object.entries(machine.requests)) {
    least[resource] = Math.max(least[resource] ?? 0, amount);
  }
  return least;
}

function typesIn(requirements: Requirements, instanceTypes: readonly InstanceType[]): readonly InstanceType[] {
  const asked = requirements.get(INSTANCE_TYPE_LABEL);
  return asked === undefined ? instanceTypes : instanceTypes.filter((type) => has(asked, type.name));
}

function isInitialized(machine: KnownMachine): boolean {
  return machine.conditions.get('MachineInitialized')?.status === 'True';
}

function sumOfRequests(pods: readonly KnownPod[]): Resources {
  return pods.reduce<Resources>((sum, pod) => addResources(sum, pod.demand.requests), NO_RESOURCES);
}
