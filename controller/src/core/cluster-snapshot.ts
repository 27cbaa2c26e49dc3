import type { InstanceType } from './instance-type.ts';
import type { PodDemand } from './pod-demand.ts';
import type { Requirements } from './requirements.ts';
import type { Resources } from './resources.ts';
import type { Taint } from './taints.ts';

/**
 * What a Provisioner does about what pods merely prefer: asks for it until nothing is left that could give it (upstream's way), passes it
 * over, or weighs it: each preference of weight 100 that a pod on its node does without counts as if the node cost so much more.
 */
export type PreferenceRule =
  | { readonly policy: 'respect' }
  | { readonly policy: 'ignore' }
  | { readonly policy: 'priced'; readonly nanoUsdPerHour: number };

/** A Provisioner that may launch: valid, resolved, defaulted, not deleting. */
export interface ProvisionerModel {
  readonly name: string;
  /** 0 when unset; higher goes first, equal weights by name. */
  readonly weight: number;
  /** Labels its nodes are born with (`spec.labels` and the provisioner-name label). */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Present at boot only; scheduling ignores them. */
  readonly startupTaints: readonly Taint[];
  /** `spec.requirements` after defaulting, intersected with `labels`. */
  readonly requirements: Requirements;
  readonly preferences: PreferenceRule;
  /** Absent: unlimited. */
  readonly limits?: Resources;
  /** Capacity of all its Machines: running, in flight (what they reserve) and on their way out. */
  readonly usage: Resources;
  readonly instanceTypes: readonly InstanceType[];
}

/** A pod on a node, as far as others have to heed it. */
export interface BoundPod {
  readonly demand: Pick<PodDemand, 'namespace' | 'labels' | 'hostPorts' | 'podAntiAffinity' | 'attachments'>;
  /** Present once it is on its way out. */
  readonly deletionAtMs?: number;
}

/** A place that exists already, or is bought and on its way. */
export interface NodeModel {
  /** Name of the Node, or of the Machine while there is no Node. */
  readonly name: string;
  readonly provisionerName?: string;
  /** Initialized nodes are filled first. A node that is not ours counts as initialized when Ready. */
  readonly initialized: boolean;
  /** Labels it has, or (in flight) those its Machine has decided. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * In flight only: what is sure of labels that the launch will decide (`zone In [a b]`). A pod fits only if every outcome suits it:
   * the pods a Machine was made for always do.
   */
  readonly undecided?: Requirements;
  /** Taints that count for scheduling: ephemeral and, until initialized, startup taints are left out. */
  readonly taints: readonly Taint[];
  readonly allocatable: Resources;
  /** Sum of the requests of the pods bound to it, daemons included. */
  readonly requested: Resources;
  /** Sum of the requests of the bound pods that DaemonSets own. */
  readonly daemonRequested: Resources;
  /** The bound pods that have not ended, daemons included. */
  readonly pods: readonly BoundPod[];
  /** How many volumes each CSI driver can attach to it; a driver that is absent takes any number. */
  readonly attachmentLimits?: Readonly<Record<string, number>>;
}

/** One DaemonSet as a pod that every matching node will run. */
export type DaemonDemand = PodDemand;

/** All that `solve` sees of the cluster. Order of the arrays carries no meaning. */
export interface ClusterSnapshot {
  readonly provisioners: readonly ProvisionerModel[];
  /** Nodes that take pods: not cordoned, not on their way out. */
  readonly nodes: readonly NodeModel[];
  /** Nodes that take no pods, cordoned or on their way out: what stands there still counts for spread and affinity. */
  readonly closedNodes?: readonly NodeModel[];
  readonly daemons: readonly DaemonDemand[];
  /**
   * Nodes on which an earlier plan put pods that are still pending, by pod UID. Each such pod is tried there before any pod is tried
   * anywhere else, so that planning again repeats the plan: first fit alone would shuffle the pods, and buy nodes for those left over.
   */
  readonly expected?: ReadonlyMap<string, string>;
}
