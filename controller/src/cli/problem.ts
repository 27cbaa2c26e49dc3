import type { ClusterState } from '../state/cluster-state.ts';
import type { ProvisionerTemplate } from './cluster-objects.ts';
import type { InstanceTypeList } from './instance-type-records.ts';
import type { PendingPods } from './pending-pods.ts';

/** How what pods merely prefer is taken. */
export type PreferencePolicy = 'Respect' | 'Ignore';

/** One scheduling question, read and without a mistake that we can see. */
export interface Problem {
  /** As the file calls it; empty when it does not. */
  readonly name: string;
  /** File names without their folders. */
  readonly files: readonly string[];
  readonly provisioners: readonly ProvisionerTemplate[];
  readonly instanceTypes: InstanceTypeList;
  /** Nodes, the pods bound to them, DaemonSets, namespaces, and what is known of volumes. */
  readonly state: ClusterState;
  readonly boundPodCount: number;
  readonly pending: readonly PendingPods[];
  readonly preferencePolicy: PreferencePolicy;
}
