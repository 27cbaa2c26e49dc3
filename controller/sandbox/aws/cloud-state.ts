import type { CapacityType } from '../../src/core/instance-type.ts';
import type { InstanceState } from '../../src/ports/cloud.ts';
import type { Repository } from './ecr/repositories.ts';
import type { AccessEntry } from './eks/access-entries.ts';
import type { PodIdentity } from './eks/pod-identities.ts';
import type { EventRule } from './eventbridge/rules.ts';
import type { IamState } from './iam/iam-state.ts';
import type { NodeBoot } from './node-boot.ts';
import type { Queue } from './sqs/queues.ts';

/** All that the stand-in remembers, as plain JSON. Scenarios may change it: take an access entry away, retag a subnet. */
export interface CloudState {
  readonly accountId: string;
  readonly region: string;
  readonly vpcId: string;
  cluster: Cluster;
  subnets: Subnet[];
  securityGroups: SecurityGroup[];
  iam: IamState;
  /** Who is let into the cluster, by the principal's ARN. */
  accessEntries: Record<string, AccessEntry>;
  /** By id. */
  podIdentities: Record<string, PodIdentity>;
  images: Image[];
  /** SSM parameters by name. */
  parameters: Record<string, string>;
  /** By name. */
  launchTemplates: Record<string, LaunchTemplate>;
  /** By id, oldest first; terminated ones stay visible for a while. */
  instances: Record<string, Instance>;
  /** By id. */
  networkInterfaces: Record<string, NetworkInterface>;
  /** By name. */
  queues: Record<string, Queue>;
  /** EventBridge's rules by name, all on the default bus. */
  eventRules: Record<string, EventRule>;
  /** ECR's repositories by name. */
  repositories: Record<string, Repository>;
  /** Answers to CreateFleet by client token. */
  fleets: Record<string, { readonly requestDigest: string; readonly answer: FleetAnswer }>;
  /** Every instance ever launched, oldest first. */
  launches: Launch[];
  /** How many ids have been given out. */
  idCount: number;
}

export interface Cluster {
  readonly name: string;
  /** `1.31`. */
  readonly version: string;
  readonly endpoint: string;
  /** Base64 of the PEM. */
  readonly certificateAuthority: string;
  readonly serviceIpv4Cidr: string;
  /** Whom EKS asks who may enter: its access entries, aws-auth, or both. */
  readonly authenticationMode: AuthenticationMode;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  readonly roleArn: string;
  readonly issuerUrl: string;
  tags: Record<string, string>;
}

/** As EKS spells it. */
export type AuthenticationMode = 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly cidr: string;
  mapPublicIpOnLaunch: boolean;
  tags: Record<string, string>;
  /** Ids of the instance or the network interface by private address. */
  leases: Record<string, string>;
  /** Where the search for a free address goes on, as an offset in the range. */
  nextOffset: number;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  tags: Record<string, string>;
}

export interface NetworkInterface {
  readonly id: string;
  readonly subnetId: string;
  readonly zone: string;
  readonly privateIp: string;
  readonly description: string;
  readonly securityGroupIds: readonly string[];
  /** Absent: it hangs on nothing, and is `available`. */
  attachment?: { readonly instanceId: string; readonly deviceIndex: number; readonly deleteOnTermination: boolean };
  tags: Record<string, string>;
}

export type ImageFamily = 'AL2' | 'AL2023' | 'Bottlerocket';

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly family: ImageFamily;
  readonly arch: 'amd64' | 'arm64';
  readonly ownerId: string;
  readonly ownerAlias: string;
  readonly createdAt: string;
  tags: Record<string, string>;
}

export interface LaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly defaultVersion: number;
  /** Version n at n - 1. */
  readonly versions: LaunchTemplateData[];
  tags: Record<string, string>;
}

export interface LaunchTemplateData {
  readonly imageId?: string;
  /** By name. */
  readonly instanceProfile?: string;
  /** Top level, or those of network interface 0. */
  readonly securityGroupIds: readonly string[];
  /** Base64, as sent. */
  readonly userData?: string;
  /** In place of user data, for callers in this process. */
  readonly nodeBoot?: NodeBoot;
  readonly volumes: readonly { readonly deviceName: string; readonly sizeGiB?: number }[];
  readonly tagSpecifications: readonly TagSpecification[];
}

export interface TagSpecification {
  readonly resourceType: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Instance {
  readonly id: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly subnetId: string;
  readonly capacityType: CapacityType;
  readonly imageId: string;
  readonly launchTemplate: { readonly id: string; readonly name: string; readonly version: number };
  readonly launchedAtMs: number;
  readonly privateIp: string;
  readonly privateDnsName: string;
  readonly clientToken: string;
  /** What its launch template said at launch: later versions change nothing. */
  readonly data: LaunchTemplateData;
  state: InstanceState;
  terminatedAtMs?: number;
  tags: Record<string, string>;
}

/** One line of the ledger: what was bought, when, for whom, as said at launch. */
export interface Launch {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly capacityType: CapacityType;
  readonly priceNanoUsdPerHour: number;
  readonly clientToken: string;
  readonly launchedAtMs: number;
  /** Tags at launch, whatever became of them. */
  readonly tags: Readonly<Record<string, string>>;
  readonly machineName?: string;
  readonly machineUid?: string;
  readonly provisionerName?: string;
  /** When the instance left `pending` or `running` for good. */
  endedAtMs?: number;
}

export interface FleetAnswer {
  readonly fleetId: string;
  readonly errors: readonly FleetError[];
  readonly instances: readonly FleetInstance[];
}

export interface FleetOverride {
  readonly instanceType: string;
  readonly subnetId: string;
  readonly zone: string;
  readonly imageId?: string;
  readonly priority?: number;
}

export interface FleetError {
  readonly code: string;
  readonly message: string;
  readonly capacityType: CapacityType;
  readonly launchTemplate: { readonly id: string; readonly name: string; readonly version: number };
  readonly override: FleetOverride;
}

export interface FleetInstance {
  readonly instanceIds: readonly string[];
  readonly capacityType: CapacityType;
  readonly launchTemplate: { readonly id: string; readonly name: string; readonly version: number };
  readonly override: FleetOverride;
}
