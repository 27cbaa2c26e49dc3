import type { AWSNodeTemplateSpec } from '../api/aws-node-template.gen.ts';
import type { KubeletConfiguration } from '../api/provisioner.gen.ts';
import type { CapacityType, InstanceType } from '../core/instance-type.ts';
import type { Taint } from '../core/taints.ts';

/**
 * Where a Provisioner's nodes come from: the spec of its AWSNodeTemplate, or its inline `spec.provider` (or nothing) in the
 * same shape, with v0.4.3's default selectors and the settings' instance profile filled in.
 */
export interface NodeTemplate {
  readonly spec: AWSNodeTemplateSpec;
  /** `template/<name>` or `inline/<provisioner>`: for messages. */
  readonly source: string;
}

/** What a template's selectors mean in AWS right now. */
export interface ResolvedTemplate {
  /** By free addresses, most first, then id. */
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  /** By id. */
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[];
  /** Newest first. */
  readonly images: readonly { readonly id: string; readonly name: string; readonly arch: 'amd64' | 'arm64' }[];
  readonly instanceProfile: string;
}

/** One order for one instance. Everything in it comes from the Machine object and its template, so it can be repeated. */
export interface LaunchOrder {
  readonly machineName: string;
  /** Also the client token of CreateFleet. */
  readonly machineUid: string;
  readonly provisionerName: string;
  readonly template: NodeTemplate;
  readonly kubelet: KubeletConfiguration;
  /** Labels and taints the node registers with. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly startupTaints: readonly Taint[];
  /** One capacity type per order; at most 60 instance types; cheapest first. */
  readonly capacityType: CapacityType;
  readonly offerings: readonly { readonly instanceType: string; readonly zone: string }[];
}

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export interface CloudInstance {
  readonly id: string;
  /** `aws:///<zone>/<id>`, as on the Node. */
  readonly providerId: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly capacityType: CapacityType;
  readonly imageId: string;
  readonly state: InstanceState;
  readonly launchedAtMs: number;
  /** From the tags we put there; undefined when somebody removed them. */
  readonly machineName?: string;
  readonly machineUid?: string;
  readonly provisionerName?: string;
}

/** As whom the nodes of a template come to the cluster, and what EKS says to that. */
export type NodeAccess =
  /** The instances have no credentials to come with: the profile does not exist, or holds no role. */
  | { readonly kind: 'no-profile' | 'no-role'; readonly instanceProfile: string }
  | {
      readonly kind: 'role';
      readonly roleArn: string;
      /** Whether the cluster asks its access entries, the ConfigMap aws-auth, or both. */
      readonly authenticationMode: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
      /** Type of the role's access entry (`EC2_LINUX`); undefined when it has none. */
      readonly accessEntryType: string | undefined;
    };

/** AWS as our loops need it. Errors are `OperationError`s; `no-capacity` means: give this Machine up, make another. */
export interface CloudPort {
  /** Subnets, security groups, images and profile; `template-unresolved` names the selector that matches nothing. */
  resolve(template: NodeTemplate): Promise<ResolvedTemplate>;
  /** Types that can be launched for a template, sorted by name; offerings without stock are marked unavailable. */
  instanceTypes(template: NodeTemplate, kubelet: KubeletConfiguration): Promise<readonly InstanceType[]>;
  /**
   * Launches one instance, or returns the one that an earlier call with this `machineUid` launched.
   * `no-capacity` marks the offerings it tried for three minutes.
   */
  launch(order: LaunchOrder): Promise<CloudInstance>;
  /** All instances that carry this very cluster's tags and are not terminated. Complete, or it throws. */
  instances(): Promise<readonly CloudInstance[]>;
  /** The instance in any state, or undefined when AWS does not know it. A failed call throws: unknown is not absent. */
  instance(id: string): Promise<CloudInstance | undefined>;
  /** Asked for the sake of nodes that do not join; an answer is at most a minute old. Half an answer throws. */
  nodeAccess(template: NodeTemplate): Promise<NodeAccess>;
  /** Asks for the end of an instance; done when it is gone already. */
  terminate(id: string): Promise<void>;
}
