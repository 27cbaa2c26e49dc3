import type { ProvisionerModel } from '../core/cluster-snapshot.ts';
import { narrowToCheapest } from '../core/scheduling/launch-choice.ts';
import type { Plan, PlannedNode, Unplaced } from '../core/scheduling/plan.ts';
import { type OperationCode, OperationError } from '../ports/operation-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { KnownPod, ProvisionerRecord } from '../state/records.ts';
import { isAwaited, pendingDemandOf, provisionerModel, snapshotOf } from '../state/snapshot.ts';
import { type Burst, burstWaitMs } from './batch-window.ts';
import type { LoopContext } from './context.ts';
import { joinsFailingMessage } from './join-pace.ts';
import { machineManifest } from './machine-manifest.ts';
import { machineName } from './machine-name.ts';
import { type Nominations, nominationMs } from './nominations.ts';
import { PAUSED_MESSAGE } from './pause.ts';
import type { ProvisionerCatalogue } from './provisioner-catalogue.ts';
import type { ReasonCode } from './report.ts';
import { soundPlan } from './sound-plan.ts';
import type { Again } from './work-queue.ts';

/** How long a plan waits for AWS to tell what it sells (ms). A Provisioner whose answer is late sits this plan out. */
const EXAMINE_MS_MAX = 5_000;
/** Machines created at once. */
const CREATIONS_MAX = 20;
/** Rest between two plans for the same pods, when only nodes or Machines have changed (ms): those changes come in swarms. */
const REPLAN_MS_MIN = 500;
/** How soon pods without a place are planned for again, although nothing changed: stock may be back (ms). */
const RETRY_UNPLACED_MS = 10_000;
/** How soon pods are planned for again whose Machines are only tried out, because everything keeps turning out to be sold out (ms). */
const RETRY_SHORT_MS = 2_000;
/** What may have been done although the answer says otherwise, or none came. */
const UNANSWERED_CODES: ReadonlySet<OperationCode> = new Set([
  'timeout',
  'unavailable',
  'unexpected',
  'already-exists',
]);
/** How often one pod is told why it is pending (ms). */
const COMPLAINT_MS = 5 * 60_000;

/** Turns pods that fit nowhere into Machines. One pass at a time, so limits are counted by one writer. */
export class Provisioning {
  readonly #context: LoopContext;
  readonly #catalogue: ProvisionerCatalogue;
  readonly #nominations: Nominations;
  #lastPlanAtMs = 0;
  #burst: { openedAtMs: number; lastChangeMs: number } | undefined;
  /** Machines that may be there although their creation failed, by name: they would count, and no watch may have shown them yet. */
  readonly #doubtful = new Set<string>();
  /** What each pending pod was told last, and when. */
  readonly #complaints = new Map<string, { readonly message: string; readonly atMs: number }>();

  constructor(context: LoopContext, catalogue: ProvisionerCatalogue, nominations: Nominations) {
    this.#context = context;
    this.#catalogue = catalogue;
    this.#nominations = nominations;
  }

  /** Notes that a pod changed: the burst goes on. */
  podChanged(): void {
    const nowMs = this.#context.clock.nowMs();
    this.#burst = { openedAtMs: this.#burst?.openedAtMs ?? nowMs, lastChangeMs: nowMs };
  }

  async pass(): Promise<Again> {
    const { state, clock, settings } = this.#context;
    this.#forgetComplaints();
    this.#complainOfBrokenPods();
    this.#context.shortagePace.prune(
      (uid) => state.pods.has(uid),
      (name) => state.machines.has(name),
    );
    this.#context.joinPace.prune((name) => state.provisioners.has(name));
    if (state.pods.pending().length === 0) {
      this.#burst = undefined;
      return {};
    }
    const burst: Burst = {
      ...(this.#burst ?? { openedAtMs: clock.nowMs(), lastChangeMs: 0 }),
      hasUnjudgedPods: state.pods.hasUnjudged(),
    };
    const sinceLastMs = clock.nowMs() - this.#lastPlanAtMs;
    const restMs = this.#burst === undefined ? Math.max(0, REPLAN_MS_MIN - sinceLastMs) : 0;
    const waitMs = Math.max(restMs, burstWaitMs(burst, settings(), clock.nowMs()));
    if (waitMs > 0) return { afterMs: waitMs };
    this.#burst = undefined;
    this.#lastPlanAtMs = clock.nowMs();

    await this.#settleDoubts();
    const provisioners = await this.#launchable();
    // From here to the creations nothing awaits: the snapshot is a view of live indexes.
    const demand = pendingDemandOf(state);
    const snapshot = snapshotOf(state, provisioners, this.#nominations.expected(state), clock.nowMs());
    const startedAtMs = clock.nowMs();
    const { plan, tooLarge, isPartial } = soundPlan(this.#context, snapshot, demand);
    const seconds = (clock.nowMs() - startedAtMs) / 1000;
    this.#context.telemetry.observe('karpenter_provisioner_scheduling_duration_seconds', {}, seconds);
    this.#nominatePlaced(plan);
    for (const unplaced of plan.unplaced) this.#complain(unplaced.podUid, 'FailedScheduling', complaintOf(unplaced));
    for (const [uid, message] of tooLarge) this.#complain(uid, 'NodesTooSmall', message);
    if (settings().launchesPaused) {
      for (const uid of plan.nodes.flatMap(({ podUids }) => podUids))
        this.#complain(uid, 'LaunchesPaused', PAUSED_MESSAGE);
      return { afterMs: RETRY_UNPLACED_MS };
    }
    const typesOf = new Map(provisioners.map(({ name, instanceTypes }) => [name, instanceTypes]));
    const nodes = plan.nodes.map((node) => narrowToCheapest(node, typesOf.get(node.provisionerName) ?? []));
    const sound = this.#context.joinPace.admitted(nodes, (name) => isAwaitingNode(state, name));
    this.#tellOfFailingJoins(nodes, new Set(sound));
    const admitted = this.#context.shortagePace.admitted(sound, clock.nowMs());
    await this.#createMachines(admitted);
    if (isPartial) return { afterMs: REPLAN_MS_MIN };
    if (admitted.length < sound.length) return { afterMs: RETRY_SHORT_MS };
    const isComplete = plan.unplaced.length + tooLarge.size === 0 && sound.length === nodes.length;
    return isComplete ? {} : { afterMs: RETRY_UNPLACED_MS };
  }

  /** Asks the API for what is doubtful. Rejects where it cannot be asked: without the answer a plan might buy twice. */
  async #settleDoubts(): Promise<void> {
    const { kube, state } = this.#context;
    for (const name of this.#doubtful) {
      const live = state.machines.has(name) ? undefined : await kube.get({ kind: 'Machine', name });
      if (live !== undefined && !state.machines.has(name)) state.addCreatedMachine(live);
      this.#doubtful.delete(name);
    }
  }

  /** Provisioners that may launch now, as the solver sees them. One that is broken, late or being deleted is left out, alone. */
  async #launchable(): Promise<readonly ProvisionerModel[]> {
    const { state, clock } = this.#context;
    const late = new AbortController();
    const deadline = clock.sleep(EXAMINE_MS_MAX, late.signal).then(() => undefined);
    const models = [...state.provisioners.values()].map(async (record) => {
      const { metadata } = record.object;
      if (metadata.deletionTimestamp !== undefined) return undefined;
      const examined = await Promise.race([this.#catalogue.examine(record.object), deadline]);
      const verdict = examined ?? this.#catalogue.lastReady(metadata.name);
      return verdict?.kind === 'ready' ? { record, verdict } : undefined;
    });
    const ready = (await Promise.all(models)).filter((each) => each !== undefined);
    late.abort();
    return ready
      .filter(({ record }) => this.#isStill(record))
      .map(({ record, verdict }) => provisionerModel(state, record, verdict.instanceTypes))
      .filter((model) => model !== undefined);
  }

  /** While AWS answered, the object may have changed or gone: then the next pass takes it up. */
  #isStill(examined: ProvisionerRecord): boolean {
    const { name, uid, generation } = examined.object.metadata;
    const now = this.#context.state.provisioners.get(name)?.object.metadata;
    return now?.uid === uid && now?.generation === generation && now?.deletionTimestamp === undefined;
  }

  #nominatePlaced(plan: Plan): void {
    const untilMs = this.#context.clock.nowMs() + nominationMs(this.#context.settings().batchMaxMs);
    const podUidsByNode = Map.groupBy(plan.placements, (placement) => placement.nodeName);
    for (const [nodeName, placements] of podUidsByNode) {
      const podUids = placements.map((placement) => placement.podUid);
      this.#nominations.nominate(nodeName, podUids, untilMs);
      for (const uid of podUids) this.#complaints.delete(uid);
    }
  }

  async #createMachines(nodes: readonly PlannedNode[]): Promise<void> {
    const names = new Set<string>();
    const orders = nodes.map((node) => {
      const isTaken = (name: string) => names.has(name) || this.#context.state.machines.has(name);
      const name = machineName(node.provisionerName, node.podUids[0] ?? '', isTaken);
      names.add(name);
      return { name, node };
    });
    for (let start = 0; start < orders.length; start += CREATIONS_MAX) {
      const batch = orders.slice(start, start + CREATIONS_MAX);
      // All are awaited before a failure is passed on: no creation may still be under way when the next pass plans.
      const results = await Promise.allSettled(batch.map(({ name, node }) => this.#createMachine(name, node)));
      const failure = results.find((result) => result.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    }
  }

  async #createMachine(name: string, node: PlannedNode): Promise<void> {
    const { state, kube, clock, settings, reporter, installation } = this.#context;
    const provisioner = state.provisioners.get(node.provisionerName)?.object;
    if (provisioner === undefined || provisioner.metadata.deletionTimestamp !== undefined) return;
    this.#context.shortagePace.ordered(name, node, clock.nowMs());
    try {
      const machine = await kube.create('Machine', machineManifest(name, node, provisioner, installation));
      this.#nominations.nominate(name, node.podUids, clock.nowMs() + nominationMs(settings().batchMaxMs));
      const cheapest = node.options[0];
      reporter.report('provisioning', {
        code: 'MachineCreated',
        message: `created ${name} for ${node.podUids.length} pods`,
        about: [{ kind: 'Machine', metadata: machine.metadata }],
        fields: {
          machine: name,
          provisioner: node.provisionerName,
          pods: node.podUids.length,
          requests: node.requests,
          'instance-types': node.instanceTypes.slice(0, 5),
          'instance-type-count': node.instanceTypes.length,
          'price-usd-per-hour': (cheapest?.priceNanoUsdPerHour ?? 0) / 1e9,
        },
        labels: { reason: 'provisioning', provisioner: node.provisionerName },
      });
      this.#tellNominated(node, name);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      if (UNANSWERED_CODES.has(error.code)) this.#doubtful.add(name);
      // An earlier try went through after all, or the pod's former Machine has not gone yet: the next pass sees which.
      if (error.code !== 'already-exists') throw error;
    }
  }

  #tellOfFailingJoins(nodes: readonly PlannedNode[], sound: ReadonlySet<PlannedNode>): void {
    for (const node of nodes) {
      if (sound.has(node)) continue;
      const message = joinsFailingMessage(node.provisionerName);
      for (const uid of node.podUids) this.#complain(uid, 'JoinsFailing', message);
    }
  }

  #tellNominated(node: PlannedNode, machine: string): void {
    for (const uid of node.podUids) {
      const pod = this.#context.state.pods.get(uid);
      if (pod === undefined) continue;
      this.#complaints.delete(uid);
      this.#context.reporter.report('provisioning', {
        code: 'Nominated',
        message: `Pod should schedule on: machine/${machine}`,
        about: [podSubject(pod)],
        fields: { pod: `${pod.demand.namespace}/${pod.demand.name}`, machine },
      });
    }
  }

  /** Tells a pod why it is pending: once, and again when the answer changes or five minutes have passed. */
  #complain(podUid: string, code: ReasonCode, message: string): void {
    const pod = this.#context.state.pods.get(podUid);
    if (pod !== undefined) this.#complainTo(pod.demand, code, message);
  }

  #complainTo(
    identity: { readonly uid: string; readonly namespace: string; readonly name: string },
    code: ReasonCode,
    message: string,
  ): void {
    const podUid = identity.uid;
    const nowMs = this.#context.clock.nowMs();
    const last = this.#complaints.get(podUid);
    if (last !== undefined && last.message === message && nowMs - last.atMs < COMPLAINT_MS) return;
    this.#complaints.set(podUid, { message, atMs: nowMs });
    const { uid, namespace, name } = identity;
    this.#context.reporter.report('provisioning', {
      code,
      message,
      about: [{ kind: 'Pod', metadata: { uid, namespace, name } }],
      fields: { pod: `${namespace}/${name}` },
    });
  }

  #complainOfBrokenPods(): void {
    for (const broken of this.#context.state.pods.broken()) {
      this.#complainTo(broken, 'FailedScheduling', `cannot be read: ${broken.path}: ${broken.message}`);
    }
  }

  #forgetComplaints(): void {
    for (const uid of this.#complaints.keys()) {
      if (!this.#context.state.pods.has(uid)) this.#complaints.delete(uid);
    }
  }
}

/** True while a Machine of the Provisioner may still get its first Node. */
function isAwaitingNode(state: ClusterState, provisionerName: string): boolean {
  return state
    .machinesOf(provisionerName)
    .some(({ machine }) => isAwaited(state, machine) && machine.deletionAtMs === undefined);
}

function podSubject(pod: KnownPod) {
  const { uid, namespace, name } = pod.demand;
  return { kind: 'Pod' as const, metadata: { uid, namespace, name } };
}

/** Why no Provisioner can help, nearest miss first (the message tells it already), with what would. */
function complaintOf(unplaced: Unplaced): string {
  const misses = unplaced.misses.slice(1).map(({ provisionerName, message, remedy }) => {
    return `provisioner "${provisionerName}": ${message}${remedy === undefined ? '' : ` (would help: ${remedy})`}`;
  });
  return [unplaced.message, ...misses].join('; ');
}
