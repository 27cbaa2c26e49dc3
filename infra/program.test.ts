import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNT, ISSUER, type ProgramRun, runProgram } from './mocked-program.ts';

// The first run loads the SDK of all of AWS, which takes seconds on a busy machine.
jest.setTimeout(60_000);

describe('the program, attached to a cluster named demo', () => {
  let run: ProgramRun;

  beforeAll(async () => {
    run = await runProgram({
      config: {
        cluster: { name: 'demo' },
        settings: { batchIdleDuration: '2s' },
        tags: { environment: 'dev' },
      },
    });
  });

  test('tags the private subnets that lack the tag, and nothing that has it', () => {
    expect(run.inputsOf('aws:ec2/tag:Tag')).toEqual([
      {
        resourceId: 'subnet-0a',
        key: 'karpenter-gitops/tagged-by/kubernetes.io/cluster/demo',
        value: 'karpenter-gitops/dev',
      },
      { resourceId: 'subnet-0a', key: 'kubernetes.io/cluster/demo', value: '' },
    ]);
  });

  test("gives nodes a role that EC2 may hand out, under the page's names", () => {
    const [role] = run.inputsOf('aws:iam/role:Role', 'node');
    expect(role).toMatchObject({ name: 'KarpenterNodeRole-demo', tags: { environment: 'dev' } });
    expect(JSON.parse(String(role?.assumeRolePolicy)).Statement[0].Principal).toEqual({ Service: 'ec2.amazonaws.com' });
    expect(run.inputsOf('aws:iam/instanceProfile:InstanceProfile')).toMatchObject([
      { name: 'KarpenterNodeInstanceProfile-demo', role: 'KarpenterNodeRole-demo' },
    ]);
    expect(
      run
        .inputsOf('aws:iam/rolePolicyAttachment:RolePolicyAttachment')
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
    expect(run.inputsOf('aws:eks/accessEntry:AccessEntry')).toMatchObject([
      {
        clusterName: 'demo',
        principalArn: `arn:aws:iam::${ACCOUNT}:role/KarpenterNodeRole-demo`,
        type: 'EC2_LINUX',
        tags: { environment: 'dev' },
      },
    ]);
  });

  test("lets exactly the controller's service account assume its role", () => {
    const [role] = run.inputsOf('aws:iam/role:Role', 'controller');
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
    const [policy] = run.inputsOf('aws:iam/policy:Policy');
    expect(policy?.name).toBe('KarpenterControllerPolicy-demo');
    expect(statementOf(policy, 'AllowPassingNodeRole').Resource).toEqual([
      `arn:aws:iam::${ACCOUNT}:role/KarpenterNodeRole-demo`,
    ]);
  });

  test('lets the controller find out why a node does not join', () => {
    const [policy] = run.inputsOf('aws:iam/policy:Policy');
    expect(statementOf(policy, 'AllowNodeProfile').Resource).toEqual([
      `arn:aws:iam::${ACCOUNT}:instance-profile/KarpenterNodeInstanceProfile-demo`,
    ]);
  });

  test("brings five kinds of events to an encrypted queue, by rules that carry the cluster's name", () => {
    expect(run.inputsOf('aws:sqs/queue:Queue')).toMatchObject([
      { name: 'KarpenterInterruption-demo', messageRetentionSeconds: 300, sqsManagedSseEnabled: true },
    ]);
    const rules = [
      'KarpenterSpotInterruption-demo',
      'KarpenterRebalance-demo',
      'KarpenterStateChange-demo',
      'KarpenterScheduledChange-demo',
      'KarpenterCapacityReservation-demo',
    ];
    expect(run.inputsOf('aws:cloudwatch/eventRule:EventRule').map(({ name }) => name)).toEqual(rules);
    expect(run.inputsOf('aws:cloudwatch/eventTarget:EventTarget')).toMatchObject(
      rules.map((rule) => ({ rule, arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:KarpenterInterruption-demo` })),
    );
    const [{ policy = '{}' } = {}] = run.inputsOf('aws:sqs/queuePolicy:QueuePolicy');
    expect(JSON.parse(String(policy)).Statement[0].Condition.ArnEquals['aws:SourceArn']).toEqual(
      rules.map((rule) => `arn:aws:events:us-east-1:${ACCOUNT}:rule/${rule}`),
    );
  });

  test('lets the controller take messages from that queue', () => {
    const [policy] = run.inputsOf('aws:iam/policy:Policy');
    expect(statementOf(policy, 'AllowInterruptionQueue').Resource).toEqual([
      `arn:aws:sqs:us-east-1:${ACCOUNT}:KarpenterInterruption-demo`,
    ]);
  });

  test('writes the settings that the controller reads, beside those it was told', () => {
    expect(run.inputsOf('kubernetes:core/v1:ConfigMap')).toMatchObject([
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
    expect(run.outputs.settingsConfigMap).toBe('karpenter/karpenter-global-settings');
  });

  test('makes the teardown when everything that it takes apart is there', () => {
    expect(run.resources.at(-1)).toMatchObject({
      type: 'karpenter-cluster:index:Teardown',
      inputs: {
        clusterName: 'demo',
        region: 'us-east-1',
        gitops: { engine: 'none' },
        drainLimitSeconds: 900,
      },
    });
  });

  test('says what is left to do, with the names filled in', () => {
    expect(run.outputs.nextSteps).toMatch(/^1\. Apply the controller/);
    expect(run.outputs.nextSteps).toContain(
      `eks.amazonaws.com/role-arn=arn:aws:iam::${ACCOUNT}:role/KarpenterController-demo`,
    );
  });
});

function statementOf(policy: Readonly<Record<string, unknown>> | undefined, sid: string) {
  return JSON.parse(String(policy?.policy)).Statement.find(({ Sid }: { Sid: string }) => Sid === sid);
}
