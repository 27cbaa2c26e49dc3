import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { type Properties, type ResourceType, text } from '../plugin/resource-type.ts';
import type { AwsWorld } from './world.ts';

// The sandbox is a region with one cluster in it and cannot make another. So a cluster that the program creates is that one, once
// created, and a node group is but a record in the stack's state: both prove wiring, and no more.

/** aws:eks/cluster:Cluster, as `eks.Cluster` makes it. Its id is its name. */
export const CLUSTER: ResourceType<AwsWorld> = {
  inputs: ['name', 'version', 'roleArn', 'vpcConfig', 'accessConfig', 'tags'],
  required: ['name'],
  replaceOn: ['name', 'roleArn'],
  computed: ['arn', 'endpoint', 'certificateAuthority', 'identities', 'status', 'vpcConfig'],
  // EKS adds its security group and the VPC.
  isSame: { vpcConfig: (one, other) => isDeepStrictEqual(subnetIds(one), subnetIds(other)) },
  create: async ({ eks }, inputs) => {
    // Ends here when it is another than the sandbox's.
    await eks.send(new DescribeClusterCommand({ name: text(inputs, 'name') }));
    return text(inputs, 'name');
  },
  read: async ({ eks }, name, known) => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
    const inputs = Object.fromEntries(CLUSTER.inputs.map((key) => [key, known[key]]));
    return {
      ...inputs,
      arn: cluster?.arn,
      endpoint: cluster?.endpoint,
      certificateAuthority: { data: cluster?.certificateAuthority?.data },
      identities: [{ oidcs: [{ issuer: cluster?.identity?.oidc?.issuer }] }],
      status: cluster?.status,
      vpcConfig: {
        ...(known.vpcConfig as Properties | undefined),
        clusterSecurityGroupId: cluster?.resourcesVpcConfig?.clusterSecurityGroupId,
        vpcId: cluster?.resourcesVpcConfig?.vpcId,
      },
    };
  },
  delete: async () => undefined,
};

const subnetIds = (vpcConfig: unknown) => (vpcConfig as Properties | undefined)?.subnetIds;

/** aws:eks/nodeGroup:NodeGroup. Its id is `<cluster>:<group>`. */
export const NODE_GROUP: ResourceType<AwsWorld> = {
  inputs: [
    'clusterName',
    'nodeGroupName',
    'nodeRoleArn',
    'subnetIds',
    'amiType',
    'instanceTypes',
    'scalingConfig',
    'taints',
    'labels',
    'tags',
  ],
  required: ['clusterName', 'nodeRoleArn', 'subnetIds', 'scalingConfig'],
  computed: ['arn', 'status', 'nodeGroupName'],
  create: async (_world, inputs) => {
    const name = inputs.nodeGroupName ?? `group-${randomBytes(4).toString('hex').slice(0, 7)}`;
    return `${text(inputs, 'clusterName')}:${name}`;
  },
  read: async (_world, id, known) => ({ ...known, nodeGroupName: id.split(':')[1], status: 'ACTIVE' }),
  delete: async () => undefined,
};
