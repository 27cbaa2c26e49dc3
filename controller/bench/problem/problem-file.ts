import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

// A problem file: one scheduling question as JSON, which our `plan` and Karpenter's own scheduler both read. Kubernetes' objects stand in it
// as the API has them; these are the fields that our workloads write and that placing pods reads.

export interface Problem {
  readonly format: 1;
  readonly name: string;
  readonly seed?: number;
  /** Relative to the problem file. Its types and the inline ones are joined. */
  readonly instanceTypesFile?: string;
  readonly instanceTypes?: readonly TypeRecord[];
  readonly provisioners: readonly ProvisionerManifest[];
  readonly pods?: readonly PodManifest[];
  /** Short form of many alike; appended after `pods`, named `<template name>-<index>`. */
  readonly podSets?: readonly PodSet[];
  readonly daemonSets?: readonly DaemonSetManifest[];
  readonly nodes?: readonly NodeManifest[];
  /** Of a namespace that is not here only its name is known. */
  readonly namespaces?: readonly NamespaceManifest[];
  readonly options?: { readonly preferencePolicy?: 'Respect' | 'Ignore' };
}

export interface PodSet {
  readonly count: number;
  readonly template: PodManifest;
}

/** An instance type. What pods may use is `capacity` less `overhead`; a resource that is not named is 0. */
export interface TypeRecord {
  readonly name: string;
  readonly arch: string;
  readonly os: readonly string[];
  /** Beside type, arch, os, zone and capacity type, which follow from the other fields. */
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Readonly<Record<string, string>>;
  readonly overhead: Readonly<Record<string, string>>;
  readonly offerings: readonly OfferingRecord[];
}

export interface OfferingRecord {
  readonly zone: string;
  readonly capacityType: string;
  /** USD per hour. */
  readonly price: number;
  /** Absent means true. */
  readonly available?: boolean;
}

export interface ExpressionManifest {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface TaintManifest {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface TolerationManifest {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface ProvisionerManifest {
  readonly apiVersion: 'karpenter.sh/v1alpha5';
  readonly kind: 'Provisioner';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly taints?: readonly TaintManifest[];
    readonly startupTaints?: readonly TaintManifest[];
    readonly requirements?: readonly ExpressionManifest[];
    readonly limits?: { readonly resources?: Readonly<Record<string, string>> };
    readonly weight?: number;
  };
}

export interface LabelSelectorManifest {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly ExpressionManifest[];
}

export interface AffinityTermManifest {
  readonly labelSelector?: LabelSelectorManifest;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelectorManifest;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
  readonly topologyKey: string;
}

export interface SpreadManifest {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
  readonly labelSelector?: LabelSelectorManifest;
  readonly minDomains?: number;
  readonly matchLabelKeys?: readonly string[];
  readonly nodeAffinityPolicy?: 'Honor' | 'Ignore';
  readonly nodeTaintsPolicy?: 'Honor' | 'Ignore';
}

export interface NodeTermManifest {
  readonly matchExpressions?: readonly ExpressionManifest[];
  /** Of the node's name, under the key `metadata.name`. */
  readonly matchFields?: readonly ExpressionManifest[];
}

interface PodAffinityManifest {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly AffinityTermManifest[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number;
    readonly podAffinityTerm: AffinityTermManifest;
  }[];
}

export interface AffinityManifest {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms: readonly NodeTermManifest[];
    };
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
      readonly weight: number;
      readonly preference: NodeTermManifest;
    }[];
  };
  readonly podAffinity?: PodAffinityManifest;
  readonly podAntiAffinity?: PodAffinityManifest;
}

export interface ResourcesManifest {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

export interface ContainerManifest {
  readonly name: string;
  readonly image: string;
  readonly resources?: ResourcesManifest;
  /** `Always` on an init container makes it a sidecar. */
  readonly restartPolicy?: string;
  readonly ports?: readonly PortManifest[];
}

export interface PortManifest {
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly hostIP?: string;
  readonly protocol?: string;
}

export interface PodSpecManifest {
  readonly containers: readonly ContainerManifest[];
  readonly initContainers?: readonly ContainerManifest[];
  readonly overhead?: Readonly<Record<string, string>>;
  /** Of the pod as a whole, where it states them. */
  readonly resources?: ResourcesManifest;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: AffinityManifest;
  readonly tolerations?: readonly TolerationManifest[];
  readonly topologySpreadConstraints?: readonly SpreadManifest[];
  readonly nodeName?: string;
}

export interface PodManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec: PodSpecManifest;
  readonly status?: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  };
}

export interface DaemonSetManifest {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'DaemonSet';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly selector: LabelSelectorManifest;
    readonly template: {
      readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: PodSpecManifest;
    };
  };
}

export interface NamespaceManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Namespace';
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

export interface NodeManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Node';
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly providerID?: string;
    readonly taints?: readonly TaintManifest[];
    readonly unschedulable?: boolean;
  };
  readonly status: {
    readonly capacity?: Readonly<Record<string, string>>;
    readonly allocatable: Readonly<Record<string, string>>;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The problem of the file with its types inline and its pod sets unfolded. Throws when a file is missing or no JSON. */
export function readProblem(path: string): Problem & Required<Pick<Problem, 'instanceTypes' | 'pods'>> {
  const { instanceTypesFile, podSets = [], ...problem } = JSON.parse(readFileSync(path, 'utf8')) as Problem;
  const types =
    instanceTypesFile === undefined
      ? []
      : (JSON.parse(readFileSync(join(dirname(path), instanceTypesFile), 'utf8')) as { instanceTypes: TypeRecord[] })
          .instanceTypes;
  return {
    ...problem,
    instanceTypes: [...(problem.instanceTypes ?? []), ...types],
    pods: [...(problem.pods ?? []), ...podSets.flatMap(unfold)],
  };
}

function unfold({ count, template }: PodSet, setIndex: number): PodManifest[] {
  const { name = `set${setIndex}`, uid: _shared, ...metadata } = template.metadata;
  return Array.from({ length: count }, (_, index) => ({
    ...template,
    metadata: { ...metadata, name: `${name}-${index}` },
  }));
}
