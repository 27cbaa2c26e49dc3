import { describe, expect, test } from '@jest/globals';
import { clusterTag, PROVISIONER_NAME_LABEL } from '../../controller/src/api/names.ts';
import { type AwsRequest, isAllowed } from '../../controller/test/policy-evaluator.ts';
import { controllerPolicy, type PolicyScope } from './iam-policy.ts';
import { MANAGED_POLICY_LENGTH_MAX, renderManagedPolicy } from './policy-document.ts';

// What the controller asks for at work is recorded and held against the policy in controller/test/unit/aws-requests.test.ts. Here
// stands what it never asks for and must not get, and what no recording can tell.

const SCOPE = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  region: 'eu-central-1',
  accountId: '123456789012',
  clusterName: 'demo',
  clusterArn: 'arn:aws:eks:eu-central-1:123456789012:cluster/demo',
  nodeRoleArn: 'arn:aws:iam::123456789012:role/nodes/KarpenterNodeRole-demo',
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/KarpenterNodeInstanceProfile-demo',
  interruptionQueueArn: 'arn:aws:sqs:eu-central-1:123456789012:KarpenterInterruption-demo',
  assumeRoleArn: 'arn:aws:iam::210987654321:role/karpenter',
} as const satisfies PolicyScope;
const POLICY = controllerPolicy(SCOPE);

const ec2 = (resource: string, account = '123456789012') => `arn:aws:ec2:eu-central-1:${account}:${resource}`;
const sqs = (name: string) => `arn:aws:sqs:eu-central-1:123456789012:${name}`;
const accessEntry = (principal: string) => `arn:aws:eks:eu-central-1:123456789012:access-entry/demo/${principal}`;
const ownTags = (prefix: string) => ({
  [`${prefix}/${clusterTag('demo')}`]: 'owned',
  [`${prefix}/${PROVISIONER_NAME_LABEL}`]: 'default',
});

describe("the controller's policy", () => {
  test.each(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueUrl'])(
    'allows %s on its own queue alone',
    (action) => {
      expect(isAllowed(POLICY, { action, resource: sqs('KarpenterInterruption-demo'), context: {} })).toBe(true);
      expect(isAllowed(POLICY, { action, resource: sqs('KarpenterInterruption-other'), context: {} })).toBe(false);
    },
  );

  test('lets it ask for the access entry of the node role, whose path EKS leaves out, and for no other', () => {
    const ask = (principal: string) =>
      isAllowed(POLICY, { action: 'eks:DescribeAccessEntry', resource: accessEntry(principal), context: {} });
    expect(ask('role/123456789012/KarpenterNodeRole-demo/3f1c')).toBe(true);
    expect(ask('role/123456789012/KarpenterNodeRole-demo-2/3f1c')).toBe(false);
    expect(ask('role/123456789012/Admin/3f1c')).toBe(false);
    expect(ask('user/123456789012/KarpenterNodeRole-demo/3f1c')).toBe(false);
  });

  test.each<{ story: string; request: AwsRequest }>([
    {
      story: 'claim an instance by tagging it later',
      request: { action: 'ec2:CreateTags', resource: ec2('instance/i-1'), context: ownTags('aws:RequestTag') },
    },
    {
      story: 'remove tags',
      request: { action: 'ec2:DeleteTags', resource: ec2('instance/i-1'), context: ownTags('aws:ResourceTag') },
    },
    {
      story: 'give launch templates away, which only a teardown does',
      request: {
        action: 'ec2:DeleteLaunchTemplate',
        resource: ec2('launch-template/lt-1'),
        context: ownTags('aws:ResourceTag'),
      },
    },
    {
      story: 'pass the node role to another service',
      request: {
        action: 'iam:PassRole',
        resource: SCOPE.nodeRoleArn,
        context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
      },
    },
    {
      story: 'let anybody into the cluster',
      request: { action: 'eks:CreateAccessEntry', resource: SCOPE.clusterArn, context: {} },
    },
    {
      story: 'send itself messages',
      request: { action: 'sqs:SendMessage', resource: SCOPE.interruptionQueueArn, context: {} },
    },
    {
      story: "read the account's own parameters",
      request: {
        action: 'ssm:GetParameter',
        resource: 'arn:aws:ssm:eu-central-1:123456789012:parameter/secret',
        context: {},
      },
    },
  ])('does not let it $story', ({ request }) => {
    expect(isAllowed(POLICY, request)).toBe(false);
  });

  test('fits into one managed policy, even with the longest names', () => {
    const name = 'c'.repeat(100);
    const policy = controllerPolicy({
      partition: 'aws-iso-b',
      dnsSuffix: 'amazonaws.com.cn',
      region: 'ap-southeast-15',
      accountId: '123456789012',
      clusterName: name,
      clusterArn: `arn:aws-iso-b:eks:ap-southeast-15:123456789012:cluster/${name}`,
      nodeRoleArn: `arn:aws-iso-b:iam::123456789012:role/${'r'.repeat(64)}`,
      instanceProfileArn: `arn:aws-iso-b:iam::123456789012:instance-profile/${'p'.repeat(128)}`,
      interruptionQueueArn: `arn:aws-iso-b:sqs:ap-southeast-15:123456789012:${'q'.repeat(80)}`,
      assumeRoleArn: `arn:aws-iso-b:iam::123456789012:role/${'a'.repeat(64)}`,
    });
    expect(renderManagedPolicy(policy).length).toBeLessThanOrEqual(MANAGED_POLICY_LENGTH_MAX);
  });

  test.each([
    ['queue', 'interruptionQueueArn', 'sqs:'],
    ['instance profile', 'instanceProfileArn', 'iam:GetInstanceProfile'],
    ['role to act as', 'assumeRoleArn', 'sts:'],
  ] as const)('knows no %s where there is none', (_, field, action) => {
    expect(JSON.stringify(POLICY)).toContain(action);
    expect(JSON.stringify(controllerPolicy({ ...SCOPE, [field]: undefined }))).not.toContain(action);
  });

  test('is open to every resource only where AWS knows none', () => {
    const open = POLICY.Statement.filter((statement) => statement.Resource?.includes('*'));
    expect(
      open.flatMap((statement) => statement.Action).filter((action) => !action.startsWith('ec2:Describe')),
    ).toEqual([]);
  });
});
