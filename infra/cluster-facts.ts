import aws from '@pulumi/aws';
import type { InfraConfig } from './config.ts';
import type { AuthenticationMode } from './plan/node-access.ts';
import type { Taggable } from './plan/tags.ts';

/** What AWS says of the account and of the cluster that we attach to. Nothing of it is owned here. */
export interface ClusterFacts {
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly region: string;
  readonly accountId: string;
  readonly arn: string;
  readonly endpoint: string;
  readonly certificateAuthorityBase64: string;
  readonly issuerUrl: string;
  readonly authenticationMode: AuthenticationMode;
  /** Sorted by id. */
  readonly subnets: readonly Subnet[];
  readonly securityGroup: Taggable;
}

export interface Subnet extends Taggable {
  readonly isPublic: boolean;
  readonly availableIps: number;
}

/**
 * Asks AWS, before any resource is registered: an unknown cluster or subnet ends the program here and leaves nothing behind.
 * Plain awaited calls and no outputs, because which resources there will be depends on the answers, and a preview must show them.
 */
export async function readClusterFacts(config: InfraConfig): Promise<ClusterFacts> {
  const [partition, region, identity, cluster] = await Promise.all([
    aws.getPartition({}),
    aws.getRegion({}),
    aws.getCallerIdentity({}),
    aws.eks.getCluster({ name: config.cluster.name }),
  ]);
  const [subnets, securityGroup] = await Promise.all([
    readSubnets(config, cluster.vpcConfig.subnetIds),
    aws.ec2.getSecurityGroup({ id: config.discovery.securityGroupId ?? cluster.vpcConfig.clusterSecurityGroupId }),
  ]);
  return {
    partition: partition.partition,
    dnsSuffix: partition.dnsSuffix,
    region: region.region,
    accountId: identity.accountId,
    arn: cluster.arn,
    endpoint: cluster.endpoint,
    certificateAuthorityBase64: present(cluster.certificateAuthorities[0]?.data, 'certificate authority', config),
    issuerUrl: present(cluster.identities[0]?.oidcs[0]?.issuer, 'OIDC issuer', config),
    // Clusters older than access entries report none.
    authenticationMode: (cluster.accessConfigs[0]?.authenticationMode ?? 'CONFIG_MAP') as AuthenticationMode,
    subnets,
    securityGroup: { id: securityGroup.id, tags: securityGroup.tags },
  };
}

/** The listed subnets as they are; else those of the cluster that give no public addresses, as the getting-started page takes. */
async function readSubnets(config: InfraConfig, clusterSubnetIds: readonly string[]): Promise<readonly Subnet[]> {
  const listed = config.discovery.subnetIds;
  const ids = [...(listed.length > 0 ? listed : clusterSubnetIds)].sort();
  const subnets = (await Promise.all(ids.map((id) => aws.ec2.getSubnet({ id })))).map((subnet) => ({
    id: subnet.id,
    tags: subnet.tags,
    isPublic: subnet.mapPublicIpOnLaunch,
    availableIps: subnet.availableIpAddressCount,
  }));
  const chosen = listed.length > 0 ? subnets : subnets.filter((subnet) => !subnet.isPublic);
  if (chosen.length > 0) return chosen;
  throw new Error(
    `cluster ${config.cluster.name} has no private subnet: name the subnets for its nodes in discovery.subnetIds`,
  );
}

function present(value: string | undefined, what: string, config: InfraConfig): string {
  if (value !== undefined && value !== '') return value;
  throw new Error(`cluster ${config.cluster.name} has no ${what} yet: is it still being created?`);
}
