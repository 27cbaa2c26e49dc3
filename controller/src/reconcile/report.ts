import type { ObjectMeta } from '../api/meta.ts';
import { AWS_GROUP, AWS_VERSION, KARPENTER_GROUP, KARPENTER_VERSION } from '../api/names.ts';
import type { KubePort, WatchedKind } from '../ports/kube.ts';
import type { LogLevel, Telemetry } from '../ports/telemetry.ts';

interface Handling {
  /** Type and reason of the event; absent: no event, because it would repeat for every node of every burst. */
  readonly event?: 'Normal' | 'Warning';
  readonly level: LogLevel;
  readonly metric?: string;
}

/**
 * Every outcome that operators may want to hear of, once. The key is the event's reason, the condition's reason and the
 * `code` of the log line; docs/errors.md explains those that ask for action.
 */
const HANDLING = {
  Nominated: { event: 'Normal', level: 'debug' },
  FailedScheduling: { event: 'Warning', level: 'warn' },
  MachineCreated: { level: 'info', metric: 'karpenter_machines_created' },
  Launched: { event: 'Normal', level: 'info', metric: 'karpenter_machines_launched' },
  LaunchFailed: { event: 'Warning', level: 'warn' },
  InstanceProfileNotFound: { event: 'Warning', level: 'warn' },
  LaunchesPaused: { event: 'Warning', level: 'info' },
  InsufficientCapacityError: { event: 'Warning', level: 'warn', metric: 'karpenter_machines_terminated' },
  Registered: { level: 'info', metric: 'karpenter_machines_registered' },
  Initialized: { level: 'info', metric: 'karpenter_machines_initialized' },
  NodeAccessMissing: { event: 'Warning', level: 'warn' },
  RegistrationTimeout: { event: 'Warning', level: 'warn', metric: 'karpenter_machines_terminated' },
  JoinsFailing: { event: 'Warning', level: 'warn' },
  NodesTooSmall: { event: 'Warning', level: 'warn' },
  NodeGone: { event: 'Warning', level: 'warn', metric: 'karpenter_machines_terminated' },
  Disrupted: { level: 'info', metric: 'karpenter_machines_disrupted' },
  DeprovisioningTerminating: { event: 'Normal', level: 'info', metric: 'karpenter_machines_terminated' },
  DeprovisioningBlocked: { event: 'Normal', level: 'debug' },
  FailedDraining: { event: 'Warning', level: 'info' },
  Evicted: { event: 'Normal', level: 'info' },
  NodeTerminated: { level: 'info', metric: 'karpenter_nodes_terminated' },
  MachineTerminated: { level: 'info' },
  InstanceGone: { event: 'Warning', level: 'warn', metric: 'karpenter_machines_terminated' },
  InstanceCollected: { level: 'warn' },
  GarbageCollectionFrozen: { level: 'error' },
  OtherInstallation: { event: 'Warning', level: 'error' },
  ProvisionerDeleted: { event: 'Normal', level: 'info', metric: 'karpenter_machines_terminated' },
  InvalidSpec: { event: 'Warning', level: 'warn' },
  TemplateNotFound: { event: 'Warning', level: 'warn' },
  TemplateUnresolved: { event: 'Warning', level: 'warn' },
  Resolved: { level: 'info' },
} as const satisfies Record<string, Handling>;

export type ReasonCode = keyof typeof HANDLING;

/** All reason codes, for the test that compares them with docs/errors.md. */
export const REASON_CODES = Object.keys(HANDLING) as readonly ReasonCode[];

/** The object an outcome happened to. */
export interface Subject {
  readonly kind: WatchedKind;
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace' | 'uid'>;
}

const API_VERSIONS: Readonly<Record<WatchedKind, string>> = {
  Pod: 'v1',
  Node: 'v1',
  Namespace: 'v1',
  ConfigMap: 'v1',
  DaemonSet: 'apps/v1',
  PodDisruptionBudget: 'policy/v1',
  PersistentVolumeClaim: 'v1',
  PersistentVolume: 'v1',
  StorageClass: 'storage.k8s.io/v1',
  CSINode: 'storage.k8s.io/v1',
  Machine: `${KARPENTER_GROUP}/${KARPENTER_VERSION}`,
  Provisioner: `${KARPENTER_GROUP}/${KARPENTER_VERSION}`,
  AWSNodeTemplate: `${AWS_GROUP}/${AWS_VERSION}`,
};

/** One thing that happened. */
export interface Outcome {
  readonly code: ReasonCode;
  readonly message: string;
  /** The objects it happened to; each gets the event. */
  readonly about?: readonly Subject[];
  /** Fields of the log line: `machine`, `node`, `provisioner`, `pod`, `provider-id`. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Labels of the metric. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Tells an outcome: event, log line and metric, as the table says. The one place that does. */
export class Reporter {
  readonly #kube: KubePort;
  readonly #telemetry: Telemetry;

  constructor(kube: KubePort, telemetry: Telemetry) {
    this.#kube = kube;
    this.#telemetry = telemetry;
  }

  report(logger: string, outcome: Outcome): void {
    const handling: Handling = HANDLING[outcome.code];
    const { code, message, fields } = outcome;
    this.#telemetry.log(handling.level, `controller.${logger}`, message, { code, ...fields });
    if (handling.metric !== undefined) this.#telemetry.count(handling.metric, outcome.labels ?? {});
    if (handling.event === undefined) return;
    for (const { kind, metadata } of outcome.about ?? []) {
      if (metadata.uid === undefined) continue;
      const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
      const object = { apiVersion: API_VERSIONS[kind], kind, name: metadata.name, uid: metadata.uid, ...namespace };
      this.#kube.emit({ object, type: handling.event, reason: code, message });
    }
  }
}
