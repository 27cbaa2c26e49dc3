// What an AWS account tells the program in the bench: one cluster with three private subnets. Nothing of it is timed.

const ACCOUNT_ID = '123456789012';
const CLUSTER = 'bench';

type Answer = Readonly<Record<string, unknown>>;

/** Configuration of the stack that is timed: the getting-started page's, attached to a cluster. */
export const STACK_CONFIG: Readonly<Record<string, string>> = {
  'aws:region': 'us-east-1',
  'karpenter-gitops:cluster': JSON.stringify({ mode: 'attach', name: CLUSTER }),
};

const INVOKES: Readonly<Record<string, (args: Answer) => Answer>> = {
  'aws:index/getPartition:getPartition': () => ({ partition: 'aws', dnsSuffix: 'amazonaws.com' }),
  'aws:index/getRegion:getRegion': () => ({ region: 'us-east-1' }),
  'aws:index/getCallerIdentity:getCallerIdentity': () => ({ accountId: ACCOUNT_ID }),
  'aws:eks/getCluster:getCluster': () => ({
    arn: `arn:aws:eks:us-east-1:${ACCOUNT_ID}:cluster/${CLUSTER}`,
    endpoint: 'https://bench.eks.invalid',
    version: '1.32',
    certificateAuthorities: [{ data: 'Y2E=' }],
    accessConfigs: [{ authenticationMode: 'API_AND_CONFIG_MAP' }],
    identities: [{ oidcs: [{ issuer: 'https://oidc.eks.us-east-1.amazonaws.com/id/BENCH' }] }],
    vpcConfig: { subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-0c'], clusterSecurityGroupId: 'sg-01' },
  }),
  'aws:iam/getRole:getRole': ({ name }) => ({ name, arn: `arn:aws:iam::${ACCOUNT_ID}:role/${name}`, tags: {} }),
  'aws:ec2/getSubnet:getSubnet': ({ id }) => ({
    id,
    tags: {},
    mapPublicIpOnLaunch: false,
    availableIpAddressCount: 8000,
  }),
  'aws:ec2/getSecurityGroup:getSecurityGroup': ({ id }) => ({ id, tags: {} }),
};

/** The answer to an invoke, or undefined when this account knows none. */
export function answerInvoke(token: string, args: Answer): Answer | undefined {
  return INVOKES[token]?.(args);
}

/** What a resource's provider would compute: whatever the program reads of any of them. */
export function computedOutputs(type: string, name: string): Answer {
  return {
    arn: `arn:aws:any:us-east-1:${ACCOUNT_ID}:${type.replaceAll(/\W/g, '-')}/${name}`,
    url: `https://sqs.us-east-1.amazonaws.com/${ACCOUNT_ID}/${name}`,
  };
}
