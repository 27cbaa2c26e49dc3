import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../../src/api/meta.ts';
import { LAUNCHES_PAUSED_SETTING, SETTINGS_CONFIG_MAP } from '../../src/api/names.ts';
import type { Leadership } from '../../src/ports/leadership.ts';
import type { LogLevel, Telemetry } from '../../src/ports/telemetry.ts';
import { createController } from '../../src/reconcile/controller.ts';
import { type CloudModel, createCloudModel } from '../aws/cloud-model.ts';
import { createInProcessCloudPort } from '../aws/in-process-cloud-port.ts';
import { watchHands } from '../checks/foreign.ts';
import type { LaunchRecord } from '../checks/instances.ts';
import type { Monitor } from '../checks/monitor.ts';
import { type Faults, noFaults } from '../faults.ts';
import { createObjectStore } from '../kube/create-object-store.ts';
import { readDefinitions } from '../kube/custom-kinds.ts';
import { createInProcessKubePort } from '../kube/in-process-kube-port.ts';
import type { MemoryObjectStore } from '../kube/memory-object-store.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createVirtualTimers, type VirtualTimers } from '../virtual-timers.ts';
import { createWorld, type World } from '../world/world.ts';
import { type CrashPoint, type MortalPorts, mortalPorts } from './mortal-ports.ts';

const CLUSTER_NAME = 'demo';
const CONTROLLER_NAMESPACE = 'karpenter';
const START_MS = Date.UTC(2026, 10, 25, 8, 0, 0);
/** How long a crashed controller takes to come back (ms): a kubelet restarts a container at once, the lease takes its time. */
const RESTART_MS = 3_000;
/** A few types that the stories need: all seven hundred would only slow virtual days down. */
const STORY_TYPES = [
  'c5.large',
  'c5.xlarge',
  'c5.2xlarge',
  'c5.4xlarge',
  'm5.large',
  'm5.xlarge',
  'm5.4xlarge',
  'r5.large',
  'm6g.large',
  'm6g.xlarge',
  't3.medium',
];

/** A lease that nobody else wants. */
const FOR_EVER: Leadership = { deadlineMs: () => Number.MAX_SAFE_INTEGER };

const MANIFESTS = fileURLToPath(new URL('../../../manifests/crds', import.meta.url));

export interface VirtualClusterOptions {
  readonly seed?: number;
  readonly instanceTypes?: readonly string[];
  /** Hears what the controller says besides its log; a real one refuses metrics that are in no catalogue. */
  readonly telemetry?: Telemetry;
}

/** A line of the controller's log, with the virtual time. */
export interface LogLine {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly logger: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A cluster with AWS and controller in one process, on virtual time. */
export class VirtualCluster {
  readonly timers: VirtualTimers;
  /** When its time began (epoch ms). */
  readonly startedAtMs = START_MS;
  readonly faults: Faults = noFaults();
  readonly store: MemoryObjectStore;
  readonly model: CloudModel;
  readonly world: World;
  readonly log: LogLine[] = [];
  /** Effects of every incarnation, in order. */
  readonly incarnations: MortalPorts[] = [];
  readonly #seed: number;
  readonly #sink: Telemetry | undefined;
  readonly #hands: Monitor[] = [];
  #stop: AbortController | undefined;

  constructor(options: VirtualClusterOptions = {}) {
    this.#seed = options.seed ?? 1;
    this.#sink = options.telemetry;
    this.timers = createVirtualTimers(START_MS);
    const { timers, faults } = this;
    this.store = createObjectStore({ timers, crds: readDefinitions(MANIFESTS), seed: this.#seed });
    const instanceTypes = options.instanceTypes ?? STORY_TYPES;
    this.model = createCloudModel({ timers, faults, seed: this.#seed, clusterName: CLUSTER_NAME, instanceTypes });
    this.world = createWorld({ timers, store: this.store, instances: this.model, faults, seed: this.#seed });
  }

  /**
   * Starts a controller; with a crash point it dies there, and its successor, which does not, comes three seconds later.
   * One that runs already goes on: two at once differ by their leadership, or by the namespace that they are installed in.
   */
  startController(
    crash?: CrashPoint,
    leadership: Leadership = FOR_EVER,
    installation: string = CONTROLLER_NAMESPACE,
  ): void {
    const stop = new AbortController();
    this.#stop = stop;
    const { timers, store, model, faults } = this;
    const random = createSeededRandom(this.#seed).fork(`incarnation ${this.incarnations.length}`);
    const clusterUid = store.get('Namespace', 'kube-system')?.metadata.uid ?? '';
    const kube = createInProcessKubePort({ store, timers, faults, random, namespace: CONTROLLER_NAMESPACE });
    const hands = watchHands(kube, store);
    this.#hands.push(hands);
    const ports = mortalPorts(
      {
        kube: hands.port,
        cloud: createInProcessCloudPort({ model, timers, clusterUid }),
      },
      crash,
      () => {
        stop.abort();
        timers.after(RESTART_MS, () => this.startController());
      },
    );
    this.incarnations.push(ports);
    const controller = createController({
      kube: ports.kube,
      cloud: ports.cloud,
      clock: timers,
      telemetry: this.#telemetry(),
      leadership,
      installation,
      settings: () => ({
        clusterName: CLUSTER_NAME,
        defaultInstanceProfile: 'KarpenterNodeInstanceProfile-demo',
        batchIdleMs: 1_000,
        batchMaxMs: 10_000,
        nodeCostNanoUsdPerHour: 10_000_000,
        nodeShareMax: 1,
        launchesPaused: this.#settingsData()[LAUNCHES_PAUSED_SETTING] === 'true',
      }),
    });
    void controller.follow(stop.signal);
    void controller.run(stop.signal);
  }

  /** What any incarnation did to nodes that are not ours, in words. */
  misdeeds(): readonly string[] {
    return this.#hands.flatMap((hands) => hands.violations());
  }

  /** Pods by what the API says of them. */
  pods(phase: 'Pending' | 'Running'): readonly KubeObject[] {
    return this.store.list('Pod').filter((pod) => (pod.status as { phase?: string } | undefined)?.phase === phase);
  }

  /** Every launch ever, with its end, as the checks want it. */
  launches(): readonly LaunchRecord[] {
    return this.model.ledger().map((launch) => {
      const instance = this.model.state.instances[launch.instanceId];
      const hasEnded = instance === undefined || instance.state === 'terminated' || instance.state === 'shutting-down';
      return { ...launch, ...(hasEnded ? { endedAtMs: this.timers.nowMs() } : {}) };
    });
  }

  /** Ends the controller without a word. */
  kill(): void {
    this.#stop?.abort();
    this.incarnations.at(-1)?.die();
  }

  /** Lets time pass until `condition` holds; false when it does not within `withinMs`. */
  until(condition: () => boolean, withinMs: number): Promise<boolean> {
    return this.timers.run({ until: condition, deadlineMs: this.timers.nowMs() + withinMs });
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.timers.run({ untilMs: this.timers.nowMs() + ms });
  }

  /** As the API has it: the watch only tells when to look. */
  #settingsData(): Readonly<Record<string, string>> {
    return (this.store.get('ConfigMap', SETTINGS_CONFIG_MAP, CONTROLLER_NAMESPACE)?.['data'] ?? {}) as Record<
      string,
      string
    >;
  }

  #telemetry(): Telemetry {
    return {
      log: (level, logger, message, fields = {}) => {
        this.log.push({ atMs: this.timers.nowMs() - START_MS, level, logger, message, fields });
      },
      count: (metric, labels, by) => this.#sink?.count(metric, labels, by),
      gauge: (metric, labels, value) => this.#sink?.gauge(metric, labels, value),
      observe: (metric, labels, value) => this.#sink?.observe(metric, labels, value),
      forget: (metric, labels) => this.#sink?.forget(metric, labels),
    };
  }
}
