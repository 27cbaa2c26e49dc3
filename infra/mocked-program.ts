import * as pulumi from '@pulumi/pulumi';
import type { RegisteredResource } from './plan/stack-checks.ts';

/** Who answers what the program asks of AWS, by Pulumi's token. Throwing says that there is no such thing. */
export type Answers = Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => Record<string, unknown>>>;

export const ACCOUNT = '123456789012';
export const ISSUER = 'oidc.eks.us-east-1.amazonaws.com/id/ABC';
export const DIGEST = `sha256:${'0'.repeat(64)}`;

/** An account with the cluster `demo`: a private subnet without tags, one with, a public one, and the group that EKS has tagged. */
export const DEMO_ACCOUNT: Answers = {
  'aws:index/getPartition:getPartition': () => ({ partition: 'aws', dnsSuffix: 'amazonaws.com' }),
  'aws:index/getRegion:getRegion': () => ({ region: 'us-east-1' }),
  'aws:index/getCallerIdentity:getCallerIdentity': () => ({ accountId: ACCOUNT }),
  'aws:eks/getCluster:getCluster': () => cluster('API_AND_CONFIG_MAP'),
  'aws:ec2/getSubnet:getSubnet': ({ id }) => ({
    id,
    vpcId: 'vpc-01',
    tags: id === 'subnet-0b' ? { 'kubernetes.io/cluster/demo': 'shared' } : {},
    mapPublicIpOnLaunch: id === 'subnet-0c',
    availableIpAddressCount: 200,
  }),
  'aws:ec2/getSecurityGroup:getSecurityGroup': ({ id }) => ({ id, tags: { 'kubernetes.io/cluster/demo': 'owned' } }),
  'aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider': () => {
    throw new Error('not found');
  },
  'aws:iam/getRole:getRole': ({ name }) => ({ name, tags: {} }),
  'aws:ecr/getAuthorizationToken:getAuthorizationToken': () => ({ userName: 'AWS', password: 'token' }),
};

/** The cluster `demo` as EKS describes it. */
export function cluster(authenticationMode: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP'): Record<string, unknown> {
  return {
    endpoint: 'https://demo.eks.example',
    certificateAuthorities: [{ data: 'Y2E=' }],
    accessConfigs: [{ authenticationMode }],
    identities: [{ oidcs: [{ issuer: `https://${ISSUER}` }] }],
    vpcConfig: { subnetIds: ['subnet-0b', 'subnet-0a', 'subnet-0c'], clusterSecurityGroupId: 'sg-01' },
  };
}

/** What a run of the program has come to. */
export interface ProgramRun {
  /** In the order of registration. Values that a preview does not know are undefined. */
  readonly resources: readonly RegisteredResource[];
  /** The inputs of the resources of one type, or of the one of that name among them. */
  inputsOf(type: string, name?: string): readonly Readonly<Record<string, unknown>>[];
  /** The stack's outputs; none of a preview. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

let runs = 0;

/**
 * Runs the whole program on Pulumi's mocks, with sections of configuration as `pulumi config set --path` makes them. Rejects as the
 * program does. One run at a time: Pulumi has one set of mocks.
 */
export async function runProgram(options: {
  readonly config: Readonly<Record<string, unknown>>;
  readonly answers?: Answers;
  /** Resources get no ids and no computed outputs, as in `pulumi preview`. */
  readonly preview?: boolean;
}): Promise<ProgramRun> {
  const { config, answers = DEMO_ACCOUNT, preview = false } = options;
  const resources: RegisteredResource[] = [];
  await pulumi.runtime.setMocks(mocks(resources, answers, preview), 'karpenter-gitops', 'dev', preview);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([section, value]) => [`karpenter-gitops:${section}`, JSON.stringify(value)]),
    ),
  );
  const { warnings, outputs } = await withWarnings(() => importProgram(preview));
  return {
    resources,
    inputsOf: (type, name) =>
      resources
        .filter((resource) => resource.type === type && (name === undefined || resource.name === name))
        .map(({ inputs }) => inputs),
    outputs,
    warnings,
  };
}

/** Runs the program until its last resource is registered, and returns its outputs. */
async function importProgram(preview: boolean): Promise<Readonly<Record<string, unknown>>> {
  // It runs where it is imported, so each run imports it under another name; what it imports has no state.
  runs += 1;
  const program = (await import(`./index.ts?run=${runs}`)) as Readonly<Record<string, unknown>>;
  // An output that a preview does not know never comes.
  const awaited = preview ? [] : Object.entries(program);
  const outputs = await Promise.all(
    awaited.map(async ([name, value]) => [name, await settled(pulumi.output(value))] as const),
  );
  // Waits for every registration that is under way.
  await pulumi.runtime.disconnect();
  return Object.fromEntries(outputs);
}

/** Without an engine Pulumi warns on the console: collects that while `run` lasts. */
async function withWarnings(
  run: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<Pick<ProgramRun, 'warnings' | 'outputs'>> {
  const warnings: string[] = [];
  const { warn } = console;
  Object.assign(console, { warn: (text: string) => warnings.push(text.replace('warning: [runtime] ', '')) });
  try {
    return { outputs: await run(), warnings };
  } finally {
    Object.assign(console, { warn });
  }
}

function mocks(resources: RegisteredResource[], answers: Answers, preview: boolean): pulumi.runtime.Mocks {
  return {
    newResource: ({ type, name, inputs }) => {
      resources.push({ type, name, inputs });
      return {
        id: preview ? undefined : `${name}-id`,
        state: { ...inputs, ...(preview ? {} : computed(type, name, inputs)) },
      };
    },
    call: ({ token, inputs }) => {
      const answer = answers[token];
      if (answer === undefined) throw new Error(`the program asks for ${token}, which this account does not answer`);
      return answer(inputs);
    },
  };
}

/** What AWS answers when a resource is made, as far as the program looks at it. */
function computed(type: string, name: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  switch (type) {
    case 'aws:sqs/queue:Queue':
      return { arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:${inputs.name}`, url: `https://sqs/${inputs.name}` };
    case 'aws:cloudwatch/eventRule:EventRule':
      return { arn: `arn:aws:events:us-east-1:${ACCOUNT}:rule/${inputs.name}` };
    case 'aws:iam/openIdConnectProvider:OpenIdConnectProvider':
      return { arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` };
    case 'aws:iam/policy:Policy':
      return { arn: `arn:aws:iam::${ACCOUNT}:policy/${inputs.name}` };
    case 'aws:iam/instanceProfile:InstanceProfile':
      return { arn: `arn:aws:iam::${ACCOUNT}:instance-profile/${inputs.name}` };
    case 'aws:iam/role:Role':
      return { arn: `arn:aws:iam::${ACCOUNT}:role/${inputs.name}` };
    case 'aws:ecr/repository:Repository':
      return {
        registryId: ACCOUNT,
        repositoryUrl: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/${inputs.name}`,
      };
    case 'docker-build:index:Image':
      return { digest: DIGEST };
    case 'eks:index:Cluster':
      return {
        eksCluster: {
          name: inputs.name,
          endpoint: 'https://new.eks.example',
          certificateAuthority: { data: 'bmV3' },
        },
        oidcIssuer: ISSUER,
        oidcProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`,
        clusterSecurityGroupId: 'sg-0eks',
      };
    default:
      return { arn: `arn of ${name}` };
  }
}

function settled(output: pulumi.Output<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value));
  });
}
