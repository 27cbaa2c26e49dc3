import aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import type { AuthenticationMode } from './plan/node-access.ts';
import type { Tagged } from './plan/tags.ts';

/** Where the AWS provider works. */
export interface Account {
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly region: string;
  readonly accountId: string;
}

/**
 * The cluster that nodes join. What has a plain type is known in every preview, because which resources there will be depends on it;
 * the rest is known once the cluster exists.
 */
export interface Cluster {
  /** Known when the cluster is there: who uses it waits for that. */
  readonly name: pulumi.Input<string>;
  readonly endpoint: pulumi.Input<string>;
  readonly certificateAuthorityBase64: pulumi.Input<string>;
  readonly issuerUrl: pulumi.Input<string>;
  /** Its OIDC provider, where the cluster comes with one. */
  readonly oidcProviderArn: pulumi.Input<string> | undefined;
  readonly authenticationMode: AuthenticationMode;
  /** Where nodes may be launched. */
  readonly subnets: readonly Subnet[];
  readonly securityGroup: Discoverable;
}

/** What nodes find by tags. */
export interface Discoverable extends Tagged {
  /** Tells it from the others, in the names of resources. */
  readonly label: string;
  readonly id: pulumi.Input<string>;
}

export interface Subnet extends Discoverable {
  readonly id: string;
  readonly vpcId: string;
  readonly isPublic: boolean;
  readonly availableIps: number;
}

/** Asks AWS who we are and where. */
export async function readAccount(): Promise<Account> {
  const [partition, region, identity] = await Promise.all([
    aws.getPartition({}),
    aws.getRegion({}),
    aws.getCallerIdentity({}),
  ]);
  return {
    partition: partition.partition,
    dnsSuffix: partition.dnsSuffix,
    region: region.region,
    accountId: identity.accountId,
  };
}

/** The cluster's ARN, whether it exists or not. */
export function clusterArn({ partition, region, accountId }: Account, clusterName: string): string {
  return `arn:${partition}:eks:${region}:${accountId}:cluster/${clusterName}`;
}

/**
 * The existing cluster, of which nothing is owned here. Asked before any resource is registered: an unknown cluster or subnet ends the
 * program and leaves nothing behind.
 */
export async function readCluster(config: InfraConfig, { region }: Account): Promise<Cluster & { issuerUrl: string }> {
  const { name } = config.cluster;
  const cluster = await found('cluster.name', `cluster ${name} in ${region}`, aws.eks.getCluster({ name }));
  const { subnetIds, clusterSecurityGroupId } = cluster.vpcConfig;
  const listed = config.discovery.subnetIds;
  const [subnets, securityGroup] = await Promise.all([
    listed.length > 0 ? readSubnets(listed, 'discovery.subnetIds') : readSubnets(subnetIds, 'cluster.name'),
    readSecurityGroup(config.discovery.securityGroupId ?? clusterSecurityGroupId),
  ]);
  return {
    name,
    endpoint: cluster.endpoint,
    certificateAuthorityBase64: present(cluster.certificateAuthorities[0]?.data, 'certificate authority', name),
    issuerUrl: present(cluster.identities[0]?.oidcs[0]?.issuer, 'OIDC issuer', name),
    oidcProviderArn: undefined,
    // Clusters older than access entries report none.
    authenticationMode: (cluster.accessConfigs[0]?.authenticationMode ?? 'CONFIG_MAP') as AuthenticationMode,
    subnets: listed.length > 0 ? subnets : privateOf(subnets, name),
    securityGroup,
  };
}

/** The given subnets, sorted by id. `path` is the option that named them. */
export async function readSubnets(ids: readonly string[], path: string): Promise<readonly Subnet[]> {
  const asked = [...ids].sort().map((id) => found(path, `subnet ${id}`, aws.ec2.getSubnet({ id })));
  return (await Promise.all(asked)).map((subnet) => ({
    label: subnet.id,
    id: subnet.id,
    vpcId: subnet.vpcId,
    tags: subnet.tags,
    isPublic: subnet.mapPublicIpOnLaunch,
    availableIps: subnet.availableIpAddressCount,
  }));
}

/** A security group that exists. */
export async function readSecurityGroup(id: string): Promise<Discoverable> {
  const asked = aws.ec2.getSecurityGroup({ id });
  const { tags } = await found('discovery.securityGroupId', `security group ${id}`, asked);
  return { label: id, id, tags };
}

/** Those that give no public addresses, which is what the getting-started page takes. */
export function privateOf(subnets: readonly Subnet[], clusterName: string): readonly Subnet[] {
  const privates = subnets.filter((subnet) => !subnet.isPublic);
  if (privates.length > 0) return privates;
  throw new pulumi.RunError(
    `discovery.subnetIds: cluster ${clusterName} has no private subnet: name here the subnets for its nodes`,
  );
}

/** The answer; ends the program with the option at fault when there is none. */
async function found<T>(path: string, what: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw new pulumi.RunError(`${path}: ${what} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function present(value: string | undefined, what: string, clusterName: string): string {
  if (value !== undefined && value !== '') return value;
  throw new pulumi.RunError(`cluster.name: cluster ${clusterName} has no ${what} yet: is it still being created?`);
}
