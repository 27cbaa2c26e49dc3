import type { KubeObject } from '../../src/api/meta.ts';
import type { LabelSelector } from './label-selector.ts';
import type { ObjectStore } from './object-store.ts';

// The parts of Kubernetes' built-in kinds that scheduler, controllers and kubelets read. The store admits only objects of these shapes.

export interface KubeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastUpdateTime?: string;
}

export interface KubeTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

export interface KubeToleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

export interface SelectorExpression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly SelectorExpression[];
  readonly matchFields?: readonly SelectorExpression[];
}

export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
  readonly topologyKey: string;
}

export interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
    };
    readonly [other: string]: unknown;
  };
  readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
  readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
}

export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly labelSelector?: LabelSelector;
}

export type Quantities = Readonly<Record<string, string | number>>;

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly restartPolicy?: string;
  readonly ports?: readonly { readonly hostPort?: number; readonly hostIP?: string; readonly protocol?: string }[];
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: Affinity;
  readonly tolerations?: readonly KubeToleration[];
  readonly topologySpreadConstraints?: readonly SpreadConstraint[];
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly overhead?: Quantities;
  readonly priority?: number;
  readonly restartPolicy?: string;
  readonly schedulerName?: string;
  readonly schedulingGates?: readonly unknown[];
  readonly volumes?: readonly Volume[];
  readonly hostNetwork?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly [other: string]: unknown;
}

export interface Pod extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly KubeCondition[];
    readonly startTime?: string;
    readonly [other: string]: unknown;
  };
}

export interface Node extends KubeObject {
  readonly spec?: {
    readonly providerID?: string;
    readonly unschedulable?: boolean;
    readonly taints?: readonly KubeTaint[];
  };
  readonly status?: {
    readonly capacity?: Quantities;
    readonly allocatable?: Quantities;
    readonly conditions?: readonly KubeCondition[];
    readonly [other: string]: unknown;
  };
}

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: PodSpec;
}

export interface WorkloadStatus {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly KubeCondition[];
  readonly [other: string]: unknown;
}

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly revisionHistoryLimit?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxSurge?: string | number; readonly maxUnavailable?: string | number };
    };
  };
  readonly status?: WorkloadStatus;
}

export interface ReplicaSet extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly selector: LabelSelector; readonly template: PodTemplate };
  readonly status?: WorkloadStatus;
}

export interface DaemonSet extends KubeObject {
  readonly spec: { readonly selector: LabelSelector; readonly template: PodTemplate };
  readonly status?: WorkloadStatus;
}

export interface Job extends KubeObject {
  readonly spec: {
    readonly completions?: number;
    readonly parallelism?: number;
    readonly backoffLimit?: number;
    readonly suspend?: boolean;
    readonly template: PodTemplate;
  };
  readonly status?: {
    readonly succeeded?: number;
    readonly failed?: number;
    readonly startTime?: string;
    readonly conditions?: readonly KubeCondition[];
    readonly [other: string]: unknown;
  };
}

export interface PodDisruptionBudget extends KubeObject {
  readonly spec: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: string | number;
    readonly maxUnavailable?: string | number;
    readonly unhealthyPodEvictionPolicy?: string;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
  };
}

export interface PersistentVolumeClaim extends KubeObject {
  readonly spec: {
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Quantities };
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly [other: string]: unknown;
  };
}

export interface PersistentVolume extends KubeObject {
  readonly spec: {
    readonly claimRef?: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
    readonly persistentVolumeReclaimPolicy?: string;
    readonly csi?: { readonly driver: string };
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] } };
    readonly [other: string]: unknown;
  };
}

export interface StorageClass extends KubeObject {
  readonly provisioner: string;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
  readonly allowedTopologies?: readonly {
    readonly matchLabelExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
  }[];
}

export interface CSINode extends KubeObject {
  readonly spec: {
    readonly drivers?: readonly { readonly name: string; readonly allocatable?: { readonly count?: number } }[];
  };
}

/** A pod's volume, as far as a claim stands behind it. */
export interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: {
    readonly volumeClaimTemplate: { readonly metadata?: object; readonly spec: PersistentVolumeClaim['spec'] };
  };
}

interface BuiltInKinds {
  Pod: Pod;
  Node: Node;
  Deployment: Deployment;
  ReplicaSet: ReplicaSet;
  DaemonSet: DaemonSet;
  Job: Job;
  PodDisruptionBudget: PodDisruptionBudget;
  PersistentVolumeClaim: PersistentVolumeClaim;
  PersistentVolume: PersistentVolume;
  StorageClass: StorageClass;
  CSINode: CSINode;
}

/** All objects of a built-in kind, by namespace, then name. */
export function listOf<K extends keyof BuiltInKinds>(
  store: ObjectStore,
  kind: K,
  namespace?: string,
): readonly BuiltInKinds[K][] {
  return store.list(kind, namespace) as unknown as readonly BuiltInKinds[K][];
}

/** The object, or undefined when there is none. */
export function getOf<K extends keyof BuiltInKinds>(
  store: ObjectStore,
  kind: K,
  name: string,
  namespace?: string,
): BuiltInKinds[K] | undefined {
  return store.get(kind, name, namespace) as BuiltInKinds[K] | undefined;
}

/** True once a pod has run to its end and holds nothing any more. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** True when the condition stands and is True. */
export function isTrue(conditions: readonly KubeCondition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

/** True when `owner` controls the object. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return (
    object.metadata.ownerReferences?.some((ref) => ref.controller === true && ref.uid === owner.metadata.uid) ?? false
  );
}
