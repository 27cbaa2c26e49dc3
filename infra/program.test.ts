import { beforeAll, describe, expect, test } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

const ACCOUNT = '123456789012';
const ISSUER = 'oidc.eks.us-east-1.amazonaws.com/id/ABC';

/** What the account holds before the program runs. */
const ANSWERS: Readonly<Record<string, (args: Readonly<Record<string, string>>) => Record<string, unknown>>> = {
  'aws:index/getPartition:getPartition': () => ({ partition: 'aws', dnsSuffix: 'amazonaws.com' }),
  'aws:index/getRegion:getRegion': () => ({ region: 'us-east-1' }),
  'aws:index/getCallerIdentity:getCallerIdentity': () => ({ accountId: ACCOUNT }),
  'aws:eks/getCluster:getCluster': () => ({
    arn: `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/demo`,
    endpoint: 'https://demo.eks.example',
    certificateAuthorities: [{ data: 'Y2E=' }],
    accessConfigs: [{ authenticationMode: 'API_AND_CONFIG_MAP' }],
    identities: [{ oidcs: [{ issuer: `https://${ISSUER}` }] }],
    vpcConfig: { subnetIds: ['subnet-0b', 'subnet-0a', 'subnet-0c'], clusterSecurityGroupId: 'sg-01' },
  }),
  'aws:ec2/getSubnet:getSubnet': ({ id = '' }) => ({
    id,
    tags: id === 'subnet-0b' ? { 'kubernetes.io/cluster/demo': 'shared' } : {},
    mapPublicIpOnLaunch: id === 'subnet-0c',
    availableIpAddressCount: 200,
  }),
  // EKS tags the group it makes.
  'aws:ec2/getSecurityGroup:getSecurityGroup': ({ id = '' }) => ({
    id,
    tags: { 'kubernetes.io/cluster/demo': 'owned' },
  }),
};

const arnOf = (type: string, name: unknown): string => {
  if (type === 'aws:sqs/queue:Queue') return `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
  if (type === 'aws:cloudwatch/eventRule:EventRule') return `arn:aws:events:us-east-1:${ACCOUNT}:rule/${name}`;
  if (type.includes('openIdConnectProvider')) return `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`;
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
};

const registered: Registered[] = [];

const settled = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

describe('the program, attached to a cluster named demo', () => {
  let outputs: typeof import('./index.ts');

  beforeAll(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          registered.push({ type, name, inputs: inputs as Registered['inputs'] });
          return { id: `${name}-id`, state: { ...inputs, arn: arnOf(type, inputs.name), url: `url of ${name}` } };
        },
        call: ({ token, inputs }) => {
          const answer = ANSWERS[token];
          if (answer === undefined)
            throw new Error(`the program asks for ${token}, which this account does not answer`);
          return answer(inputs as Record<string, string>);
        },
      },
      'karpenter-gitops',
      'dev',
      false,
    );
    pulumi.runtime.setAllConfig({
      'karpenter-gitops:cluster': JSON.stringify({ name: 'demo' }),
      'karpenter-gitops:settings': JSON.stringify({ batchIdleDuration: '2s' }),
      'karpenter-gitops:tags': JSON.stringify({ environment: 'dev' }),
    });
    outputs = await import('./index.ts');
    await settled(outputs.nextSteps);
    await settled(outputs.settingsConfigMap);
  });

  const inputsOf = (type: string, name?: string) =>
    registered
      .filter((resource) => resource.type === type && (name === undefined || resource.name === name))
      .map(({ inputs }) => inputs);

  test('tags the private subnets that lack the tag, and nothing that has it', () => {
    expect(inputsOf('aws:ec2/tag:Tag')).toEqual([
      {
        resourceId: 'subnet-0a',
        key: 'karpenter-gitops/tagged-by/kubernetes.io/cluster/demo',
        value: 'karpenter-gitops/dev',
      },
      { resourceId: 'subnet-0a', key: 'kubernetes.io/cluster/demo', value: '' },
    ]);
  });

  test("gives nodes a role that EC2 may hand out, under the page's names", () => {
    const [role] = inputsOf('aws:iam/role:Role', 'node');
    expect(role).toMatchObject({ name: 'KarpenterNodeRole-demo', tags: { environment: 'dev' } });
    expect(JSON.parse(String(role?.assumeRolePolicy)).Statement[0].Principal).toEqual({ Service: 'ec2.amazonaws.com' });
    expect(inputsOf('aws:iam/instanceProfile:InstanceProfile')).toMatchObject([
      { name: 'KarpenterNodeInstanceProfile-demo', role: 'KarpenterNodeRole-demo' },
    ]);
    expect(
      inputsOf('aws:iam/rolePolicyAttachment:RolePolicyAttachment')
        .filter(({ role: name }) => name === 'KarpenterNodeRole-demo')
        .map(({ policyArn }) => String(policyArn).replace('arn:aws:iam::aws:policy/', ''))
        .sort(),
    ).toEqual([
      'AmazonEC2ContainerRegistryPullOnly',
      'AmazonEKSWorkerNodePolicy',
      'AmazonEKS_CNI_Policy',
      'AmazonSSMManagedInstanceCore',
    ]);
  });

  test('lets machines with that role join as Linux nodes', () => {
    expect(inputsOf('aws:eks/accessEntry:AccessEntry')).toMatchObject([
      {
        clusterName: 'demo',
        principalArn: `arn:aws:iam::${ACCOUNT}:role/KarpenterNodeRole-demo`,
        type: 'EC2_LINUX',
        tags: { environment: 'dev' },
      },
    ]);
  });

  test("lets exactly the controller's service account assume its role", () => {
    const [role] = inputsOf('aws:iam/role:Role', 'controller');
    const [statement] = JSON.parse(String(role?.assumeRolePolicy)).Statement;
    expect(statement.Principal).toEqual({ Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` });
    expect(statement.Condition).toEqual({
      StringEquals: {
        [`${ISSUER}:aud`]: 'sts.amazonaws.com',
        [`${ISSUER}:sub`]: 'system:serviceaccount:karpenter:karpenter',
      },
    });
  });

  test('lets the controller pass the one node role', () => {
    const [policy] = inputsOf('aws:iam/policy:Policy');
    const passing = JSON.parse(String(policy?.policy)).Statement.find(
      ({ Sid }: { Sid: string }) => Sid === 'AllowPassingNodeRole',
    );
    expect(policy?.name).toBe('KarpenterControllerPolicy-demo');
    expect(passing.Resource).toEqual([`arn:aws:iam::${ACCOUNT}:role/KarpenterNodeRole-demo`]);
  });

  test("brings five kinds of events to an encrypted queue, by rules that carry the cluster's name", () => {
    expect(inputsOf('aws:sqs/queue:Queue')).toMatchObject([
      { name: 'KarpenterInterruption-demo', messageRetentionSeconds: 300, sqsManagedSseEnabled: true },
    ]);
    const rules = [
      'KarpenterSpotInterruption-demo',
      'KarpenterRebalance-demo',
      'KarpenterStateChange-demo',
      'KarpenterScheduledChange-demo',
      'KarpenterCapacityReservation-demo',
    ];
    expect(inputsOf('aws:cloudwatch/eventRule:EventRule').map(({ name }) => name)).toEqual(rules);
    expect(inputsOf('aws:cloudwatch/eventTarget:EventTarget')).toMatchObject(
      rules.map((rule) => ({ rule, arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:KarpenterInterruption-demo` })),
    );
    const [{ policy = '{}' } = {}] = inputsOf('aws:sqs/queuePolicy:QueuePolicy');
    expect(JSON.parse(String(policy)).Statement[0].Condition.ArnEquals['aws:SourceArn']).toEqual(
      rules.map((rule) => `arn:aws:events:us-east-1:${ACCOUNT}:rule/${rule}`),
    );
  });

  test('lets the controller take messages from that queue', () => {
    const [policy] = inputsOf('aws:iam/policy:Policy');
    const taking = JSON.parse(String(policy?.policy)).Statement.find(
      ({ Sid }: { Sid: string }) => Sid === 'AllowInterruptionQueue',
    );
    expect(taking.Resource).toEqual([`arn:aws:sqs:us-east-1:${ACCOUNT}:KarpenterInterruption-demo`]);
  });

  test('writes the settings that the controller reads, beside those it was told', async () => {
    expect(inputsOf('kubernetes:core/v1:ConfigMap')).toMatchObject([
      {
        metadata: { name: 'karpenter-global-settings', namespace: 'karpenter' },
        data: {
          'aws.clusterName': 'demo',
          'aws.clusterEndpoint': 'https://demo.eks.example',
          'aws.defaultInstanceProfile': 'KarpenterNodeInstanceProfile-demo',
          'aws.interruptionQueueName': 'KarpenterInterruption-demo',
          batchIdleDuration: '2s',
        },
      },
    ]);
    expect(await settled(outputs.settingsConfigMap)).toBe('karpenter/karpenter-global-settings');
  });

  test('says what is left to do, with the names filled in', async () => {
    const steps = await settled(outputs.nextSteps);
    expect(steps).toMatch(/^1\. Apply the controller/);
    expect(steps).toContain(`eks.amazonaws.com/role-arn=arn:aws:iam::${ACCOUNT}:role/KarpenterController-demo`);
  });
});
