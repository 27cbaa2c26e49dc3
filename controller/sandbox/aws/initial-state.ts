import { clusterTag } from '../../src/api/names.ts';
import type { CloudModelOptions } from './cloud-model.ts';
import type { CloudState, Cluster, SecurityGroup, Subnet } from './cloud-state.ts';
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
/** Where a bare account keeps its load balancers; the prepared one does without. */
const PUBLIC_CIDR = '10.0.96.0/19';

type MakeId = (prefix: string, what: string) => string;

/**
 * The account as EKS leaves it: subnets and the cluster's security group, which EKS tags itself; published images. `prepared`
 * has three private subnets; `bare` a public one as well.
 */
export function initialState(options: CloudModelOptions, region: string): CloudState {
  const { clusterName, seed, account = 'prepared' } = options;
  const id: MakeId = (prefix, what) => `${prefix}0${hashDigits(`${seed}|${what}`, 16)}`;
  const { images, parameters } = publishedImages();
  const subnets = ZONE_CIDRS.map(([letter, cidr]) =>
    privateSubnet(id('subnet-', `subnet ${letter}`), region + letter, cidr, clusterName),
  );
  if (account === 'bare') subnets.push(publicSubnet(id('subnet-', 'public subnet'), `${region}a`, clusterName));
  const groups = securityGroups(id, clusterName);
  return {
    accountId: ACCOUNT_ID,
    region,
    vpcId: id('vpc-', 'vpc'),
    cluster: clusterOf(options, region, subnets, groups, hashDigits(`${seed}|issuer`, 32).toUpperCase()),
    subnets,
    securityGroups: groups,
    iam: {
      roles: {},
      policies: {},
      instanceProfiles: {},
      oidcProviders: {},
      profilesSeenByEc2: {},
      deletionTasks: {},
      idCount: 0,
    },
    accessEntries: {},
    podIdentities: {},
    images,
    parameters,
    launchTemplates: {},
    instances: {},
    networkInterfaces: {},
    queues: {},
    eventRules: {},
    repositories: {},
    fleets: {},
    launches: [],
    idCount: 0,
  };
}

function clusterOf(
  options: CloudModelOptions,
  region: string,
  subnets: readonly Subnet[],
  groups: readonly SecurityGroup[],
  issuerId: string,
): Cluster {
  return {
    name: options.clusterName,
    version: options.kubernetesVersion ?? KUBERNETES_VERSION_DEFAULT,
    endpoint: options.clusterEndpoint ?? 'https://kubernetes.sandbox.invalid',
    certificateAuthority: options.certificateAuthority ?? Buffer.from('sandbox').toString('base64'),
    serviceIpv4Cidr: options.serviceIpv4Cidr ?? SERVICE_CIDR_DEFAULT,
    authenticationMode: options.authenticationMode ?? 'API_AND_CONFIG_MAP',
    subnetIds: subnets.map(({ id }) => id),
    securityGroupId: groups[0]?.id ?? '',
    roleArn: `arn:aws:iam::${ACCOUNT_ID}:role/${options.clusterName}-cluster`,
    issuerUrl: `https://oidc.eks.${region}.amazonaws.com/id/${issuerId}`,
    tags: {},
  };
}

function privateSubnet(id: string, zone: string, cidr: string, clusterName: string): Subnet {
  const tags = { Name: `${clusterName}-private-${zone}`, 'kubernetes.io/role/internal-elb': '1' };
  return { id, zone, cidr, mapPublicIpOnLaunch: false, tags, leases: {}, nextOffset: 0 };
}

function publicSubnet(id: string, zone: string, clusterName: string): Subnet {
  const tags = { Name: `${clusterName}-public-${zone}`, 'kubernetes.io/role/elb': '1' };
  return { id, zone, cidr: PUBLIC_CIDR, mapPublicIpOnLaunch: true, tags, leases: {}, nextOffset: 0 };
}

/** The cluster's own group, and the VPC's default one, which nothing selects by tag. */
function securityGroups(id: MakeId, clusterName: string): SecurityGroup[] {
  const name = `eks-cluster-sg-${clusterName}`;
  return [
    {
      id: id('sg-', 'cluster security group'),
      name,
      description: 'EKS created security group applied to ENI that is attached to EKS Control Plane and its nodes',
      tags: { [clusterTag(clusterName)]: 'owned', 'aws:eks:cluster-name': clusterName, Name: name },
    },
    { id: id('sg-', 'default security group'), name: 'default', description: 'default VPC security group', tags: {} },
  ];
}
