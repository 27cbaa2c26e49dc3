import aws from '@pulumi/aws';
import eks from '@pulumi/eks';
import * as pulumi from '@pulumi/pulumi';
import { clusterTag } from '../controller/src/api/names.ts';
import {
  type Account,
  type Cluster,
  type Discoverable,
  privateOf,
  readSecurityGroup,
  readSubnets,
  type Subnet,
} from './cluster-facts.ts';
import type { InfraConfig } from './config.ts';
import { nodeRoleWithPolicies } from './node-role.ts';
import { clusterScopedName } from './plan/names.ts';

/** Two, on which two replicas of the controller can keep apart, and a third while the group is updated. */
const CONTROLLER_NODES = { minSize: 2, desiredSize: 2, maxSize: 3 };
/** Room for the controller beside the cluster's own add-ons: 2 vCPU, 4 GiB. */
const CONTROLLER_INSTANCE_TYPES = ['t3.medium'];
const CONTROLLER_AMI_TYPE = 'AL2023_x86_64_STANDARD';

/** What exists before the cluster does. */
export interface ClusterSite {
  readonly vpcId: string;
  /** Where the controller's nodes run. */
  readonly controllerSubnets: readonly Subnet[];
  /** Where nodes may be launched. */
  readonly subnets: readonly Subnet[];
  /** Absent: the one that EKS makes. */
  readonly securityGroup: Discoverable | undefined;
}

/** Asks AWS for the subnets, before any resource is registered. Ends the program when they do not lie in one VPC. */
export async function readClusterSite({ cluster, discovery }: InfraConfig): Promise<ClusterSite> {
  const [own, listed, securityGroup] = await Promise.all([
    readSubnets(cluster.subnetIds, 'cluster.subnetIds'),
    readSubnets(discovery.subnetIds, 'discovery.subnetIds'),
    discovery.securityGroupId === undefined ? undefined : readSecurityGroup(discovery.securityGroupId),
  ]);
  const vpcIds = [...new Set(own.map((subnet) => subnet.vpcId))];
  const [vpcId] = vpcIds;
  if (vpcId === undefined || vpcIds.length > 1) {
    throw new pulumi.RunError(`cluster.subnetIds: must lie in one VPC, not in ${vpcIds.join(' and ')}`);
  }
  const privates = privateOf(own, cluster.name);
  return { vpcId, controllerSubnets: privates, subnets: listed.length > 0 ? listed : privates, securityGroup };
}

interface NewClusterArgs {
  readonly config: InfraConfig;
  readonly account: Account;
  readonly site: ClusterSite;
}

/**
 * An EKS cluster that asks access entries alone, and a managed node group for the controller, which must not run on nodes that it
 * could decide to remove. Their taint keeps workloads off: those get nodes from the controller.
 */
export class NewCluster extends pulumi.ComponentResource {
  readonly cluster: Cluster;

  constructor(name: string, { config, account, site }: NewClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super('karpenter-gitops:infra:NewCluster', name, {}, options);
    const inComponent = { parent: this };
    const tags = { ...config.tags };
    const usesIrsa = config.controllerRole.identity === 'irsa';

    const made = new eks.Cluster(
      name,
      {
        name: config.cluster.name,
        ...(config.cluster.version === undefined ? {} : { version: config.cluster.version }),
        vpcId: site.vpcId,
        subnetIds: [...config.cluster.subnetIds],
        authenticationMode: 'API',
        createOidcProvider: usesIrsa,
        skipDefaultNodeGroup: true,
        // One security group, EKS's own: two with the cluster's tag confuse load balancer controllers.
        skipDefaultSecurityGroups: true,
        tags,
      },
      inComponent,
    );
    const clusterName = made.eksCluster.name;
    const { role, attachments } = nodeRoleWithPolicies(
      `${name}-controller`,
      { ...account, name: clusterScopedName('KarpenterControllerNodeRole', config.cluster.name), tags: config.tags },
      inComponent,
    );
    new aws.eks.NodeGroup(
      `${name}-controller`,
      {
        clusterName,
        nodeRoleArn: role.arn,
        subnetIds: site.controllerSubnets.map(({ id }) => id),
        amiType: CONTROLLER_AMI_TYPE,
        instanceTypes: CONTROLLER_INSTANCE_TYPES,
        scalingConfig: CONTROLLER_NODES,
        taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NO_SCHEDULE' }],
        tags,
      },
      { parent: this, dependsOn: [...attachments] },
    );

    this.cluster = {
      name: clusterName,
      endpoint: made.eksCluster.endpoint,
      certificateAuthorityBase64: made.eksCluster.certificateAuthority.data,
      issuerUrl: made.oidcIssuer,
      oidcProviderArn: usesIrsa ? made.oidcProviderArn : undefined,
      authenticationMode: 'API',
      subnets: site.subnets,
      securityGroup: site.securityGroup ?? {
        label: 'cluster-security-group',
        id: made.clusterSecurityGroupId,
        // EKS tags the group that it makes.
        tags: { [clusterTag(config.cluster.name)]: 'owned' },
      },
    };
    this.registerOutputs({ name: clusterName });
  }
}
