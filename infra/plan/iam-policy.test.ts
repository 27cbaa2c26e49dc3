import { describe, expect, test } from '@jest/globals';
import {
  CLUSTER_UID_TAG,
  clusterTag,
  MACHINE_NAME_TAG,
  MACHINE_UID_TAG,
  MANAGED_BY_TAG,
  PROVISIONER_NAME_LABEL,
} from '../../controller/src/api/names.ts';
import { type AwsRequest, isAllowed } from '../../controller/test/policy-evaluator.ts';
import { controllerPolicy } from './iam-policy.ts';
import { MANAGED_POLICY_LENGTH_MAX, renderManagedPolicy } from './policy-document.ts';

const SCOPE = {
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  region: 'eu-central-1',
  accountId: '123456789012',
  clusterName: 'demo',
  clusterArn: 'arn:aws:eks:eu-central-1:123456789012:cluster/demo',
  nodeRoleArn: 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo',
  interruptionQueueArn: 'arn:aws:sqs:eu-central-1:123456789012:KarpenterInterruption-demo',
};
const POLICY = controllerPolicy(SCOPE);

const ec2 = (resource: string, account = '123456789012') => `arn:aws:ec2:eu-central-1:${account}:${resource}`;
const prefixed = (prefix: string, tags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));

/** What the controller puts on everything it creates. */
const OWN_TAGS = {
  Name: 'karpenter.sh/provisioner-name/default',
  [clusterTag('demo')]: 'owned',
  [PROVISIONER_NAME_LABEL]: 'default',
  [MANAGED_BY_TAG]: 'demo',
  [MACHINE_NAME_TAG]: 'default-abcde',
  [MACHINE_UID_TAG]: 'a-uid',
  [CLUSTER_UID_TAG]: 'another-uid',
};
const FOREIGN_TAGS = { ...OWN_TAGS, [clusterTag('demo')]: '', [clusterTag('other')]: 'owned' };
const { [clusterTag('demo')]: _cluster, ...WITHOUT_CLUSTER } = OWN_TAGS;
const { [PROVISIONER_NAME_LABEL]: _provisioner, ...WITHOUT_PROVISIONER } = OWN_TAGS;

interface ScopedRequest {
  readonly story: string;
  readonly requestWith: (tags: Readonly<Record<string, string>>) => AwsRequest;
}

const creating = (action: string, resource: string): ScopedRequest => ({
  story: `${action} making ${resource}`,
  requestWith: (tags) => ({ action, resource: ec2(resource), context: prefixed('aws:RequestTag', tags) }),
});
const using = (action: string, resource: string): ScopedRequest => ({
  story: `${action} on ${resource}`,
  requestWith: (tags) => ({ action, resource: ec2(resource), context: prefixed('aws:ResourceTag', tags) }),
});
const tagging = (resource: string, createAction: string): ScopedRequest => ({
  story: `ec2:CreateTags on ${resource} in ${createAction}`,
  requestWith: (tags) => ({
    action: 'ec2:CreateTags',
    resource: ec2(resource),
    context: { ...prefixed('aws:RequestTag', tags), 'ec2:CreateAction': createAction },
  }),
});

const SCOPED: readonly ScopedRequest[] = [
  creating('ec2:CreateLaunchTemplate', 'launch-template/lt-1'),
  creating('ec2:CreateFleet', 'fleet/fleet-1'),
  creating('ec2:CreateFleet', 'instance/i-1'),
  creating('ec2:RunInstances', 'instance/i-1'),
  creating('ec2:RunInstances', 'volume/vol-1'),
  creating('ec2:RunInstances', 'network-interface/eni-1'),
  creating('ec2:RunInstances', 'spot-instances-request/sir-1'),
  using('ec2:CreateFleet', 'launch-template/lt-1'),
  using('ec2:RunInstances', 'launch-template/lt-1'),
  tagging('launch-template/lt-1', 'CreateLaunchTemplate'),
  tagging('instance/i-1', 'RunInstances'),
  tagging('volume/vol-1', 'RunInstances'),
  tagging('fleet/fleet-1', 'CreateFleet'),
  using('ec2:TerminateInstances', 'instance/i-1'),
  using('ec2:DeleteLaunchTemplate', 'launch-template/lt-1'),
];

describe("the controller's policy", () => {
  test.each(SCOPED)("allows $story with the cluster's tags", ({ requestWith }) => {
    expect(isAllowed(POLICY, requestWith(OWN_TAGS))).toBe(true);
  });

  describe.each([
    ['no tags', {}],
    ["another cluster's tags", FOREIGN_TAGS],
    ['no cluster tag', WITHOUT_CLUSTER],
    ['no provisioner tag', WITHOUT_PROVISIONER],
  ])('with %s', (_which, tags) => {
    test.each(SCOPED)('denies $story', ({ requestWith }) => {
      expect(isAllowed(POLICY, requestWith(tags))).toBe(false);
    });
  });

  const inRegion = (region: string) => ({ 'aws:RequestedRegion': region });

  test.each<{ story: string; request: AwsRequest }>([
    {
      story: "launches from AWS's images",
      request: { action: 'ec2:RunInstances', resource: ec2('image/ami-1', ''), context: {} },
    },
    {
      story: 'launches into any subnet',
      request: { action: 'ec2:CreateFleet', resource: ec2('subnet/subnet-1'), context: {} },
    },
    {
      story: 'reads instances in its region',
      request: { action: 'ec2:DescribeInstances', resource: '*', context: inRegion('eu-central-1') },
    },
    {
      story: 'reads image aliases',
      request: {
        action: 'ssm:GetParameter',
        resource:
          'arn:aws:ssm:eu-central-1::parameter/aws/service/eks/optimized-ami/1.31/amazon-linux-2/recommended/image_id',
        context: {},
      },
    },
    {
      story: 'hands the node role to EC2',
      request: {
        action: 'iam:PassRole',
        resource: 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo',
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
    },
    {
      story: 'reads its own cluster',
      request: {
        action: 'eks:DescribeCluster',
        resource: 'arn:aws:eks:eu-central-1:123456789012:cluster/demo',
        context: {},
      },
    },
    ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueUrl'].map((action) => ({
      story: `does ${action} on its own queue`,
      request: { action, resource: 'arn:aws:sqs:eu-central-1:123456789012:KarpenterInterruption-demo', context: {} },
    })),
  ])('allows that it $story', ({ request }) => {
    expect(isAllowed(POLICY, request)).toBe(true);
  });

  test.each<{ story: string; request: AwsRequest }>([
    {
      story: 'read another region',
      request: { action: 'ec2:DescribeInstances', resource: '*', context: inRegion('us-east-1') },
    },
    {
      story: 'claim an instance by tagging it later',
      request: {
        action: 'ec2:CreateTags',
        resource: ec2('instance/i-1'),
        context: prefixed('aws:RequestTag', OWN_TAGS),
      },
    },
    {
      story: 'remove tags',
      request: {
        action: 'ec2:DeleteTags',
        resource: ec2('instance/i-1'),
        context: prefixed('aws:ResourceTag', OWN_TAGS),
      },
    },
    {
      story: 'launch in another region',
      request: { action: 'ec2:RunInstances', resource: 'arn:aws:ec2:us-east-1::image/ami-1', context: {} },
    },
    {
      story: 'pass another role',
      request: {
        action: 'iam:PassRole',
        resource: 'arn:aws:iam::123456789012:role/Admin',
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
    },
    {
      story: 'pass the node role to another service',
      request: {
        action: 'iam:PassRole',
        resource: 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo',
        context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
      },
    },
    {
      story: 'read another cluster',
      request: {
        action: 'eks:DescribeCluster',
        resource: 'arn:aws:eks:eu-central-1:123456789012:cluster/other',
        context: {},
      },
    },
    {
      story: "take another cluster's messages",
      request: {
        action: 'sqs:ReceiveMessage',
        resource: 'arn:aws:sqs:eu-central-1:123456789012:KarpenterInterruption-other',
        context: {},
      },
    },
    {
      story: 'send itself messages',
      request: {
        action: 'sqs:SendMessage',
        resource: 'arn:aws:sqs:eu-central-1:123456789012:KarpenterInterruption-demo',
        context: {},
      },
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
      interruptionQueueArn: `arn:aws-iso-b:sqs:ap-southeast-15:123456789012:${'q'.repeat(80)}`,
    });
    expect(renderManagedPolicy(policy).length).toBeLessThanOrEqual(MANAGED_POLICY_LENGTH_MAX);
  });

  test('knows no queue where there is none', () => {
    const { interruptionQueueArn: _queue, ...scope } = SCOPE;
    expect(JSON.stringify(controllerPolicy(scope))).not.toContain('sqs:');
  });

  test('is open to every resource only where AWS knows none', () => {
    const open = POLICY.Statement.filter((statement) => statement.Resource?.includes('*'));
    expect(
      open.flatMap((statement) => statement.Action).filter((action) => !action.startsWith('ec2:Describe')),
    ).toEqual([]);
  });
});
