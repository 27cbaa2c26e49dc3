import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { GetOpenIDConnectProviderCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Invoke } from '../plugin/resource-provider.ts';
import { type Properties, text } from '../plugin/resource-type.ts';
import { tagRecord } from './aws-tags.ts';
import type { AwsWorld, AwsWorlds } from './world.ts';

/** What programs ask; always of the sandbox. */
const ANSWERS: Readonly<Record<string, Invoke<AwsWorld>>> = {
  'aws:index/getPartition:getPartition': async () => ({
    id: 'aws',
    partition: 'aws',
    dnsSuffix: 'amazonaws.com',
    reverseDnsPrefix: 'com.amazonaws',
  }),
  'aws:index/getRegion:getRegion': async ({ region }) => ({ id: region, name: region, region }),
  'aws:index/getCallerIdentity:getCallerIdentity': async ({ sts }) => {
    const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
    return { id: Account, accountId: Account, arn: Arn, userId: UserId };
  },
  'aws:eks/getCluster:getCluster': getCluster,
  'aws:ec2/getSubnet:getSubnet': async ({ ec2 }, args) => {
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [text(args, 'id')] }));
    const [subnet] = Subnets;
    return {
      id: subnet?.SubnetId,
      arn: subnet?.SubnetArn,
      vpcId: subnet?.VpcId,
      availabilityZone: subnet?.AvailabilityZone,
      cidrBlock: subnet?.CidrBlock,
      tags: tagRecord(subnet?.Tags),
      mapPublicIpOnLaunch: subnet?.MapPublicIpOnLaunch ?? false,
      availableIpAddressCount: subnet?.AvailableIpAddressCount,
    };
  },
  'aws:ec2/getSecurityGroup:getSecurityGroup': async ({ ec2 }, args) => {
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [text(args, 'id')] }));
    const [group] = SecurityGroups;
    return { id: group?.GroupId, name: group?.GroupName, vpcId: group?.VpcId, tags: tagRecord(group?.Tags) };
  },
  'aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider': async ({ iam, sts }, args) => {
    const arn = args.arn ?? (await providerArn(sts, text(args, 'url')));
    const provider = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: String(arn) }));
    return {
      id: arn,
      arn,
      url: provider.Url,
      clientIdLists: provider.ClientIDList,
      thumbprintLists: provider.ThumbprintList,
      tags: tagRecord(provider.Tags),
    };
  },
  'aws:iam/getRole:getRole': async ({ iam }, args) => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: text(args, 'name') }));
    return { id: Role?.RoleName, name: Role?.RoleName, arn: Role?.Arn, tags: tagRecord(Role?.Tags) };
  },
  'aws:ecr/getAuthorizationToken:getAuthorizationToken': async ({ ecr, region }) => {
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const [{ authorizationToken = '', proxyEndpoint = '' } = {}] = authorizationData ?? [];
    const [userName, password] = Buffer.from(authorizationToken, 'base64').toString('utf8').split(':');
    return { id: region, authorizationToken, proxyEndpoint, userName, password };
  },
};

async function getCluster({ eks }: AwsWorld, args: Properties): Promise<Properties> {
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: text(args, 'name') }));
  const vpc = cluster?.resourcesVpcConfig;
  const { authenticationMode } = cluster?.accessConfig ?? {};
  return {
    id: cluster?.name,
    name: cluster?.name,
    arn: cluster?.arn,
    version: cluster?.version,
    endpoint: cluster?.endpoint,
    certificateAuthorities: [{ data: cluster?.certificateAuthority?.data }],
    accessConfigs: authenticationMode === undefined ? [] : [{ authenticationMode }],
    identities: [{ oidcs: [{ issuer: cluster?.identity?.oidc?.issuer }] }],
    vpcConfig: {
      subnetIds: vpc?.subnetIds,
      securityGroupIds: vpc?.securityGroupIds ?? [],
      clusterSecurityGroupId: vpc?.clusterSecurityGroupId,
      vpcId: vpc?.vpcId,
    },
    kubernetesNetworkConfigs: [
      {
        serviceIpv4Cidr: cluster?.kubernetesNetworkConfig?.serviceIpv4Cidr,
        ipFamily: cluster?.kubernetesNetworkConfig?.ipFamily,
      },
    ],
    tags: cluster?.tags ?? {},
  };
}

/** By URL the real provider looks through the account's list, which comes to the same. */
async function providerArn(sts: AwsWorld['sts'], url: string): Promise<string> {
  const { Account } = await sts.send(new GetCallerIdentityCommand({}));
  return `arn:aws:iam::${Account}:oidc-provider/${url.replace(/^https:\/\//, '')}`;
}

/** The functions of the AWS provider that the stand-in answers. */
export const INVOKES: Readonly<Record<string, Invoke<AwsWorlds>>> = Object.fromEntries(
  Object.entries(ANSWERS).map(([token, answer]) => [token, ({ sandbox }: AwsWorlds, args) => answer(sandbox, args)]),
);
