import { describe, expect, test } from '@jest/globals';
import { type RegisteredResource, stackProblems } from './stack-checks.ts';

const problemsOf = (type: string, inputs: Readonly<Record<string, unknown>>) =>
  stackProblems([{ type, name: 'it', inputs } satisfies RegisteredResource], { nodeAccess: 'none' });

const policy = (statement: object) => ({
  policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'One', Effect: 'Allow', ...statement }] }),
});
const OWNED = { StringEquals: { 'aws:ResourceTag/kubernetes.io/cluster/demo': 'owned' } };
const INSTANCES = 'arn:aws:ec2:us-east-1:123456789012:instance/*';

describe('a policy', () => {
  test.each([
    ['reads everywhere', { Action: ['ec2:DescribeImages'], Resource: ['*'] }],
    ['ends what carries the tag', { Action: ['ec2:TerminateInstances'], Resource: [INSTANCES], Condition: OWNED }],
    ['launches from any subnet', { Action: ['ec2:RunInstances'], Resource: ['arn:aws:ec2:us-east-1:1:subnet/*'] }],
    ['denies everything', { Effect: 'Deny', Action: ['*'], Resource: ['*'] }],
  ])('that %s is fine', (_what, statement) => {
    expect(problemsOf('aws:iam/policy:Policy', policy(statement))).toEqual([]);
  });

  test.each([
    [{ Action: ['ec2:TerminateInstances'], Resource: [INSTANCES] }, 'changes what carries no tag of the cluster'],
    [{ Action: ['ec2:RunInstances'], Resource: [INSTANCES] }, 'changes what carries no tag of the cluster'],
    [{ Action: ['ec2:*'], Resource: ['arn:aws:ec2:us-east-1:1:image/*'] }, 'allows actions by a wildcard'],
    [{ Action: ['iam:PassRole'], Resource: ['arn:aws:iam::1:role/*'] }, 'passes any role'],
    [{ Action: ['sqs:ReceiveMessage'], Resource: ['*'] }, 'does more than read on every resource'],
  ])('with %j is not', (statement, problem) => {
    expect(problemsOf('aws:iam/policy:Policy', policy(statement))).toEqual([`it: One ${problem}`]);
  });
});

describe('a stack is reported', () => {
  test.each<[string, string, Readonly<Record<string, unknown>>, string]>([
    ['whose queue is not encrypted', 'aws:sqs/queue:Queue', {}, 'the queue is not encrypted'],
    [
      'whose queue takes events of any rule',
      'aws:sqs/queuePolicy:QueuePolicy',
      policy({ Action: ['sqs:SendMessage'] }),
      "One lets anybody's rules send",
    ],
    [
      'whose image tags can move',
      'aws:ecr/repository:Repository',
      { imageTagMutability: 'MUTABLE', encryptionConfigurations: [{ encryptionType: 'AES256' }] },
      'tags of the repository can move',
    ],
    [
      'whose base image can move',
      'docker-build:index:Image',
      { buildArgs: { BASE_IMAGE: 'node', BASE_IMAGE_DIGEST: 'latest' } },
      'the base image has no digest',
    ],
    [
      'that tells Argo CD a tag',
      'kubernetes:argoproj.io/v1alpha1:Application',
      { spec: { source: { kustomize: { images: ['controller=registry.example/controller:1.0'] } } } },
      'the image has no digest',
    ],
    [
      'that tells Flux a tag',
      'kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization',
      { spec: { images: [{ name: 'controller', newTag: '1.0' }] } },
      'the image has no digest',
    ],
    [
      'that trusts tokens made for others',
      'aws:iam/role:Role',
      {
        assumeRolePolicy: policy({
          Action: ['sts:AssumeRoleWithWebIdentity'],
          Condition: { StringEquals: { 'oidc.example:sub': 'system:serviceaccount:karpenter:karpenter' } },
        }).policy,
      },
      'One trusts tokens of any aud',
    ],
  ])('%s', (_what, type, inputs, problem) => {
    expect(problemsOf(type, inputs)).toEqual([`it: ${problem}`]);
  });

  test.each(['accessEntry', 'awsAuth'] as const)('in which nothing lets nodes join, though %s should', (nodeAccess) => {
    expect(stackProblems([], { nodeAccess })).toEqual(['nothing lets the nodes join']);
  });
});
