import { PROVISIONER_NAME_LABEL } from '../api/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { CloudPort } from '../ports/cloud.ts';
import type { KubePort, WatchedKind } from '../ports/kube.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type Change, ClusterState } from '../state/cluster-state.ts';
import type { LoopContext, LoopSettings } from './context.ts';
import { Deprovisioning } from './deprovisioning.ts';
import { EvictionPace } from './eviction-pace.ts';
import { fencePorts } from './fence.ts';
import { GarbageCollector } from './garbage-collection.ts';
import { JoinPace } from './join-pace.ts';
import { runKeyedLoop, runSingletonLoop, Wakeup } from './loop.ts';
import { reconcileMachine } from './machine-loop.ts';
import { terminateNode } from './node-termination.ts';
import { Nominations } from './nominations.ts';
import { OtherInstallations } from './other-installations.ts';
import { ProvisionerCatalogue } from './provisioner-catalogue.ts';
import { reconcileProvisioner } from './provisioner-loop.ts';
import { saysJoinsFail } from './provisioner-status.ts';
import { Provisioning } from './provisioning.ts';
import { readYourWrites } from './read-your-writes.ts';
import { Reporter } from './report.ts';
import { RoomLessons } from './room-lessons.ts';
import { ShortagePace } from './shortage-pace.ts';
import { StatusPace } from './status-pace.ts';
import { reconcileTemplate } from './template-loop.ts';
import { WorkQueue } from './work-queue.ts';

/** What decisions are made from; the controller's role lets it list and watch each, and nothing beside. */
export const FOLLOWED_KINDS: readonly WatchedKind[] = [
  'Pod',
  'Node',
  'Namespace',
  'Machine',
  'Provisioner',
  'AWSNodeTemplate',
  'DaemonSet',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'StorageClass',
  'CSINode',
  'ConfigMap',
];

/** Machines worked at once. A launch waits for EC2 most of the time; EC2 refills about two launches a second. */
const MACHINES_MAX = 50;
/** Nodes drained at once. */
const NODES_MAX = 20;
/** Provisioners and templates looked at once. */
const SPECS_MAX = 4;
/** Changes of Machines and Nodes that alter a Provisioner's counts are gathered this long (ms), so that a burst is few writes. */
const COUNTS_GATHER_MS = 1_000;
/** Longest silence of the provisioning and deprovisioning loops (ms). */
const IDLE_MS_MAX = 10_000;
const COLLECTION_MS_MAX = 120_000;
/** A removal that is due waits this long for what else has just changed (ms): TTLs are counted in seconds. */
const REMOVAL_GATHER_MS = 250;

export interface ControllerPorts {
  readonly kube: KubePort;
  readonly cloud: CloudPort;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly leadership: Leadership;
  /** The namespace that the controller is installed in. */
  readonly installation: string;
  /** Read at each use; `state` holds the settings ConfigMap that they may come from. */
  readonly settings: (state: ClusterState) => LoopSettings;
}

export interface Controller {
  readonly state: ClusterState;
  /** Folds watch events into `state` until the signal aborts; needs no lease, so that a standby is warm. */
  follow(signal: AbortSignal): Promise<void>;
  /** Runs all loops, once the first complete lists are in, until the signal aborts. Call it once the lease is held. */
  run(signal: AbortSignal): Promise<void>;
}

/** Puts state and loops together over the ports given. Starts nothing. */
export function createController(ports: ControllerPorts): Controller {
  const state = new ClusterState();
  const fenced = fencePorts(ports, ports.leadership, ports.clock);
  const kube = readYourWrites(fenced.kube, state);
  const context: LoopContext = {
    state,
    kube,
    cloud: fenced.cloud,
    clock: ports.clock,
    telemetry: ports.telemetry,
    reporter: new Reporter(kube, ports.telemetry),
    shortagePace: new ShortagePace(),
    joinPace: new JoinPace(),
    roomLessons: new RoomLessons(),
    installation: ports.installation,
    settings: () => ports.settings(state),
  };
  return {
    state,
    follow: async (signal) => {
      const sink = state.apply.bind(state);
      await Promise.all(FOLLOWED_KINDS.map((kind) => ports.kube.follow(kind, sink, signal)));
    },
    run: (signal) => runLoops(context, signal),
  };
}

/** Until every kind has been listed once, what is not there yet looks as if it had gone: nothing is decided before. */
async function untilSynced({ state, clock }: LoopContext, signal: AbortSignal): Promise<void> {
  const bell = new Wakeup();
  state.onChange(() => bell.ring());
  while (!state.isSynced() && !signal.aborted) await bell.wait(IDLE_MS_MAX, clock, signal);
}

/** A restart must not open the purse again: whose nodes do not join stands on the Provisioner. */
function recallFailingJoins({ state, joinPace }: LoopContext): void {
  for (const [name, { object }] of state.provisioners) if (saysJoinsFail(object.status)) joinPace.recall(name);
}

async function runLoops(context: LoopContext, signal: AbortSignal): Promise<void> {
  const { state, clock, telemetry } = context;
  await untilSynced(context, signal);
  recallFailingJoins(context);
  const nominations = new Nominations();
  const catalogue = new ProvisionerCatalogue(context);
  const provisioning = new Provisioning(context, catalogue, nominations);
  const deprovisioning = new Deprovisioning(context, nominations);
  const collector = new GarbageCollector(context);
  const evictionPace = new EvictionPace();
  const statusPace = new StatusPace();
  const others = new OtherInstallations(context);
  const queues = {
    machine: new WorkQueue(clock),
    node: new WorkQueue(clock),
    provisioner: new WorkQueue(clock),
    template: new WorkQueue(clock),
  };
  const specs = new Map<string, string>();
  const bells = { provisioning: new Wakeup(), deprovisioning: new Wakeup(), collection: new Wakeup() };

  state.onChange((change) => {
    if (signal.aborted) return;
    if (change.kind === 'Pod') provisioning.podChanged();
    if (change.kind === 'Machine') others.look(change.name);
    bells.provisioning.ring();
    bells.deprovisioning.ring();
    enqueue(change, state, queues, specs);
  });
  for (const name of state.provisioners.keys()) queues.provisioner.add(name);
  for (const name of state.templates.keys()) queues.template.add(name);
  for (const name of state.machines.keys()) queues.machine.add(name);
  for (const name of state.nodes.keys()) queues.node.add(name);

  const keyed = (name: string, queue: WorkQueue, concurrency: number, reconcile: (key: string) => Promise<object>) =>
    runKeyedLoop({ name, queue, concurrency, reconcile }, telemetry, signal);
  const singleton = (name: string, wakeup: Wakeup, gatherMs: number, idleMsMax: number, pass: () => Promise<object>) =>
    runSingletonLoop({ name, wakeup, gatherMs, idleMsMax, pass }, clock, telemetry, signal);
  await Promise.all([
    keyed('machine', queues.machine, MACHINES_MAX, (name) => reconcileMachine(context, nominations, name)),
    keyed('termination', queues.node, NODES_MAX, (name) => terminateNode(context, evictionPace, name)),
    keyed('provisioner', queues.provisioner, SPECS_MAX, (name) =>
      reconcileProvisioner(context, catalogue, statusPace, name),
    ),
    keyed('awsnodetemplate', queues.template, SPECS_MAX, (name) => reconcileTemplate(context, name)),
    singleton('provisioning', bells.provisioning, 0, IDLE_MS_MAX, () => provisioning.pass()),
    singleton('deprovisioning', bells.deprovisioning, REMOVAL_GATHER_MS, IDLE_MS_MAX, () => deprovisioning.pass()),
    singleton('garbagecollection', bells.collection, 0, COLLECTION_MS_MAX, () => collector.pass()),
  ]);
}

type Queues = Readonly<Record<'machine' | 'node' | 'provisioner' | 'template', WorkQueue>>;

/** Puts into the queues what a change may concern. A change without a name is a whole list: look at everything of its kind. */
function enqueue(change: Change, state: ClusterState, queues: Queues, specs: Map<string, string>): void {
  const { kind, name } = change;
  switch (kind) {
    case 'Pod':
      for (const nodeName of change.nodeNames ?? []) enqueueNode(nodeName, state, queues);
      return;
    case 'Node':
      for (const each of name === '' ? state.nodes.keys() : [name]) enqueueNode(each, state, queues);
      // A Node that is gone no longer tells whose it was.
      if (!state.nodes.has(name)) for (const machine of state.machines.keys()) queues.machine.add(machine);
      return;
    case 'Machine':
      for (const each of name === '' ? state.machines.keys() : [name]) {
        queues.machine.add(each);
        const owner = state.machines.get(each)?.machine.provisionerName;
        if (owner !== undefined) queues.provisioner.addAfter(owner, COUNTS_GATHER_MS);
      }
      if (!state.machines.has(name)) addAllProvisioners(state, queues);
      return;
    case 'Provisioner':
      for (const each of name === '' ? state.provisioners.keys() : [name]) {
        queues.provisioner.add(each);
        if (!hasNewSpec(each, state, specs)) continue;
        for (const { machine } of state.machinesOf(each)) queues.machine.add(machine.name);
      }
      return;
    case 'AWSNodeTemplate':
      for (const each of name === '' ? state.templates.keys() : [name]) queues.template.add(each);
      for (const each of state.provisioners.keys()) queues.provisioner.add(each);
      return;
    case 'ConfigMap':
      for (const each of state.provisioners.keys()) queues.provisioner.add(each);
      for (const each of state.templates.keys()) queues.template.add(each);
      // Launches may have been paused, or go on.
      for (const [each, { machine }] of state.machines) if (machine.providerId === undefined) queues.machine.add(each);
      return;
    default:
      return;
  }
}

/**
 * True when the Provisioner is another one than at the last call, wants something else, or is to go: what its Machines are judged by. Its
 * status counts them and is written each second of a burst: thousands of Machines would be looked at each time.
 */
function hasNewSpec(name: string, state: ClusterState, specs: Map<string, string>): boolean {
  const { uid, generation, deletionTimestamp } = state.provisioners.get(name)?.object.metadata ?? {};
  const spec = JSON.stringify([uid, generation, deletionTimestamp]);
  if (specs.get(name) === spec) return false;
  specs.set(name, spec);
  return true;
}

function enqueueNode(name: string, state: ClusterState, queues: Queues): void {
  queues.node.add(name);
  const record = state.nodes.get(name);
  const machine = state.machineByProviderId(record?.node.providerId ?? '')?.machine;
  if (machine === undefined) return;
  queues.machine.add(machine.name);
  if (record?.node.labels[PROVISIONER_NAME_LABEL] !== undefined) {
    queues.provisioner.addAfter(machine.provisionerName, COUNTS_GATHER_MS);
  }
}

function addAllProvisioners(state: ClusterState, queues: Queues): void {
  for (const name of state.provisioners.keys()) queues.provisioner.addAfter(name, COUNTS_GATHER_MS);
}
