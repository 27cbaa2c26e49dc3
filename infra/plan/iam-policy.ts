import { clusterTag, PROVISIONER_NAME_LABEL } from '../../controller/src/api/names.ts';
import type { PolicyCondition, PolicyDocument, PolicyStatement } from './policy-document.ts';

/** Where the controller acts. ARNs of IAM and EKS are given whole, since their resources may lie elsewhere. */
export interface PolicyScope {
  /** `aws`, `aws-cn`, … */
  readonly partition: string;
  /** `amazonaws.com`, `amazonaws.com.cn`, … */
  readonly dnsSuffix: string;
  readonly region: string;
  readonly accountId: string;
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly nodeRoleArn: string;
  /** Absent: no node runs Windows. */
  readonly windowsNodeRoleArn?: string | undefined;
  /** Absent: the controller cannot tell as whom a node that does not join came. */
  readonly instanceProfileArn?: string | undefined;
  /** Absent: the controller hears of no interruptions. */
  readonly interruptionQueueArn?: string | undefined;
  /** The setting `aws.assumeRoleARN`; absent: the controller acts as itself. */
  readonly assumeRoleArn?: string | undefined;
}

// What one CreateFleet makes. A spot request is made by EC2 on the way, and carries the fleet's tags.
const CREATED = ['fleet', 'instance', 'volume', 'network-interface', 'launch-template', 'spot-instances-request'];

/**
 * What the controller may do in AWS: read in its region, create only what carries its cluster's tags from the start, and end only
 * what carries them. Nothing that a tag can scope is open to another cluster's resources. Statement by statement in docs/iam.md.
 */
export function controllerPolicy(scope: PolicyScope): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      ...launching(scope),
      ending(scope),
      ...reading(scope),
      ...explaining(scope),
      ...hearing(scope),
      passingRole(scope),
      ...actingAs(scope),
    ],
  };
}

function launching(scope: PolicyScope): readonly PolicyStatement[] {
  return [
    {
      // Used, not made: whoever owns them, an instance may be launched from them.
      Sid: 'AllowLaunchIngredients',
      Effect: 'Allow',
      Action: ['ec2:RunInstances', 'ec2:CreateFleet'],
      Resource: [
        // Images and snapshots may belong to AWS or to another account.
        ...['image', 'snapshot'].map((kind) => ec2Arn(scope, kind, '')),
        ...['security-group', 'subnet'].map((kind) => ec2Arn(scope, kind)),
      ],
    },
    {
      Sid: 'AllowOwnLaunchTemplates',
      Effect: 'Allow',
      Action: ['ec2:RunInstances', 'ec2:CreateFleet'],
      Resource: [ec2Arn(scope, 'launch-template')],
      Condition: ownedBy(scope, 'aws:ResourceTag'),
    },
    {
      Sid: 'AllowTaggedCreation',
      Effect: 'Allow',
      Action: ['ec2:RunInstances', 'ec2:CreateFleet', 'ec2:CreateLaunchTemplate'],
      Resource: CREATED.map((kind) => ec2Arn(scope, kind)),
      Condition: ownedBy(scope, 'aws:RequestTag'),
    },
    {
      // Tags at birth only. Nothing lets the controller claim what exists already by tagging it.
      Sid: 'AllowTagsAtCreation',
      Effect: 'Allow',
      Action: ['ec2:CreateTags'],
      Resource: CREATED.map((kind) => ec2Arn(scope, kind)),
      Condition: ownedBy(scope, 'aws:RequestTag', {
        'ec2:CreateAction': ['RunInstances', 'CreateFleet', 'CreateLaunchTemplate'],
      }),
    },
  ];
}

function ending(scope: PolicyScope): PolicyStatement {
  return {
    Sid: 'AllowEndingOwn',
    Effect: 'Allow',
    Action: ['ec2:TerminateInstances'],
    Resource: [ec2Arn(scope, 'instance')],
    Condition: ownedBy(scope, 'aws:ResourceTag'),
  };
}

function reading(scope: PolicyScope): readonly PolicyStatement[] {
  return [
    {
      // EC2's Describe calls know no resources; the region is all that can be asked of them.
      Sid: 'AllowRegionalReads',
      Effect: 'Allow',
      Action: [
        'ec2:DescribeImages',
        'ec2:DescribeInstances',
        'ec2:DescribeInstanceTypeOfferings',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeLaunchTemplates',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSpotPriceHistory',
        'ec2:DescribeSubnets',
      ],
      Resource: ['*'],
      Condition: { StringEquals: { 'aws:RequestedRegion': scope.region } },
    },
    {
      Sid: 'AllowImageAliases',
      Effect: 'Allow',
      Action: ['ssm:GetParameter'],
      Resource: [`arn:${scope.partition}:ssm:${scope.region}::parameter/aws/service/*`],
    },
    { Sid: 'AllowOwnCluster', Effect: 'Allow', Action: ['eks:DescribeCluster'], Resource: [scope.clusterArn] },
  ];
}

/** Why a node does not join: the role of its profile, and whether the cluster lets that role in. Of nobody else's access. */
function explaining({ clusterArn, nodeRoleArn, instanceProfileArn }: PolicyScope): readonly PolicyStatement[] {
  if (instanceProfileArn === undefined) return [];
  const { accountId, roleName } = partsOfRole(nodeRoleArn);
  return [
    { Sid: 'AllowNodeProfile', Effect: 'Allow', Action: ['iam:GetInstanceProfile'], Resource: [instanceProfileArn] },
    {
      Sid: 'AllowNodeAccessEntry',
      Effect: 'Allow',
      Action: ['eks:DescribeAccessEntry'],
      // The last part is an id that EKS gives to the entry.
      Resource: [`${clusterArn.replace(':cluster/', ':access-entry/')}/role/${accountId}/${roleName}/*`],
    },
  ];
}

function partsOfRole(arn: string): { readonly accountId: string; readonly roleName: string } {
  return { accountId: arn.split(':')[4] ?? '', roleName: arn.slice(arn.lastIndexOf('/') + 1) };
}

function hearing({ interruptionQueueArn }: PolicyScope): readonly PolicyStatement[] {
  if (interruptionQueueArn === undefined) return [];
  return [
    {
      Sid: 'AllowInterruptionQueue',
      Effect: 'Allow',
      Action: ['sqs:DeleteMessage', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
      Resource: [interruptionQueueArn],
    },
  ];
}

function passingRole(scope: PolicyScope): PolicyStatement {
  const { nodeRoleArn, windowsNodeRoleArn } = scope;
  return {
    Sid: 'AllowPassingNodeRole',
    Effect: 'Allow',
    Action: ['iam:PassRole'],
    Resource: [nodeRoleArn, windowsNodeRoleArn].filter((arn) => arn !== undefined),
    Condition: { StringEquals: { 'iam:PassedToService': `ec2.${scope.dnsSuffix}` } },
  };
}

function actingAs({ assumeRoleArn }: PolicyScope): readonly PolicyStatement[] {
  if (assumeRoleArn === undefined) return [];
  return [{ Sid: 'AllowActingAs', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: [assumeRoleArn] }];
}

/** True of what this cluster owns through one of its Provisioners; `more` must hold as well. */
function ownedBy(
  scope: PolicyScope,
  key: 'aws:RequestTag' | 'aws:ResourceTag',
  more: Readonly<Record<string, readonly string[]>> = {},
): PolicyCondition {
  return {
    StringEquals: { [`${key}/${clusterTag(scope.clusterName)}`]: 'owned', ...more },
    StringLike: { [`${key}/${PROVISIONER_NAME_LABEL}`]: '*' },
  };
}

function ec2Arn(scope: PolicyScope, kind: string, accountId: string = scope.accountId): string {
  return `arn:${scope.partition}:ec2:${scope.region}:${accountId}:${kind}/*`;
}
