import { clusterTag } from '../../src/api/names.ts';
import type { CloudModelOptions } from './cloud-model.ts';
import type { CloudState, SecurityGroup, Subnet } from './cloud-state.ts';
import { publishedImages } from './published-images.ts';
import { hashDigits } from './stable-hash.ts';

const ACCOUNT_ID = '123456789012';
const KUBERNETES_VERSION_DEFAULT = '1.31';
const SERVICE_CIDR_DEFAULT = '10.100.0.0/16';
/** One private /19 a zone, as eksctl lays them out: 8,187 addresses each. */
const ZONE_CIDRS = [
  ['a', '10.0.0.0/19'],
  ['b', '10.0.32.0/19'],
  ['c', '10.0.64.0/19'],
] as const;

/**
 * The account as the getting-started page leaves it before the first node: subnets and a security group that carry both
 * generations of discovery tags, the node role with its instance profile, access to the cluster, published images.
 */
export function initialState(options: CloudModelOptions, region: string): CloudState {
  const { clusterName, seed, kubernetesVersion = KUBERNETES_VERSION_DEFAULT } = options;
  const id = (prefix: string, what: string): string => `${prefix}0${hashDigits(`${seed}|${what}`, 16)}`;
  const discovery = { [clusterTag(clusterName)]: 'owned', 'karpenter.sh/discovery': clusterName };
  const roleName = `KarpenterNodeRole-${clusterName}`;
  const { images, parameters } = publishedImages();
  return {
    accountId: ACCOUNT_ID,
    region,
    vpcId: id('vpc-', 'vpc'),
    cluster: {
      name: clusterName,
      version: kubernetesVersion,
      endpoint: options.clusterEndpoint ?? 'https://kubernetes.sandbox.invalid',
      certificateAuthority: options.certificateAuthority ?? Buffer.from('sandbox').toString('base64'),
      serviceIpv4Cidr: options.serviceIpv4Cidr ?? SERVICE_CIDR_DEFAULT,
    },
    subnets: ZONE_CIDRS.map(([letter, cidr]) =>
      privateSubnet(id('subnet-', `subnet ${letter}`), region + letter, cidr, clusterName, discovery),
    ),
    securityGroups: securityGroups(id, clusterName, discovery),
    instanceProfiles: { [`KarpenterNodeInstanceProfile-${clusterName}`]: roleName },
    nodeAccessRoles: [roleName],
    images,
    parameters,
    launchTemplates: {},
    instances: {},
    fleets: {},
    launches: [],
    idCount: 0,
  };
}

function privateSubnet(
  id: string,
  zone: string,
  cidr: string,
  clusterName: string,
  discovery: Record<string, string>,
): Subnet {
  const tags = { ...discovery, Name: `${clusterName}-private-${zone}`, 'kubernetes.io/role/internal-elb': '1' };
  return { id, zone, cidr, mapPublicIpOnLaunch: false, tags, leases: {}, nextOffset: 0 };
}

/** The cluster's own group, and the VPC's default one, which nothing selects by tag. */
function securityGroups(
  id: (prefix: string, what: string) => string,
  clusterName: string,
  discovery: Record<string, string>,
): SecurityGroup[] {
  return [
    {
      id: id('sg-', 'cluster security group'),
      name: `eks-cluster-sg-${clusterName}`,
      description: 'EKS created security group applied to ENI that is attached to EKS Control Plane and its nodes',
      tags: { ...discovery, Name: `eks-cluster-sg-${clusterName}` },
    },
    { id: id('sg-', 'default security group'), name: 'default', description: 'default VPC security group', tags: {} },
  ];
}
