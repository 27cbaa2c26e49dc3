import {
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTagsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateAccessEntryCommand,
  CreatePodIdentityAssociationCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  DescribePodIdentityAssociationCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListPodIdentityAssociationsCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eks';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteServiceLinkedRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { noFaults } from '../../faults.ts';
import { createWallTimers } from '../../wall-timers.ts';
import { type CloudModel, createCloudModel } from '../cloud-model.ts';
import { createFleet } from '../fleet.ts';
import { createLaunchTemplate } from '../launch-templates.ts';
import { type AwsServer, startAwsServer } from './wire-server.ts';

// What moto does not have, or does not do as AWS does; the rest is in controller/test/aws, told to both.

const TRUST =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}';
const timers = createWallTimers();
let model: CloudModel;
let server: AwsServer;
let clientOptions: {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
};
const clients: { destroy(): void }[] = [];

function client<T extends { destroy(): void }>(Client: new (options: typeof clientOptions) => T): T {
  const made = new Client(clientOptions);
  clients.push(made);
  return made;
}

beforeEach(async () => {
  model = createCloudModel({ timers, faults: noFaults(), seed: 1, clusterName: 'demo' });
  server = await startAwsServer({ model });
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  clientOptions = { endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 };
});

afterEach(async () => {
  for (const each of clients.splice(0)) each.destroy();
  await server.close();
});

describe('EKS', () => {
  test('says how the cluster lets people in, and where it lies', async () => {
    const { cluster } = await client(EKSClient).send(new DescribeClusterCommand({ name: 'demo' }));
    expect(cluster).toMatchObject({
      accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
      resourcesVpcConfig: {
        subnetIds: model.state.subnets.map(({ id }) => id),
        clusterSecurityGroupId: model.state.securityGroups[0]?.id,
      },
      roleArn: 'arn:aws:iam::123456789012:role/demo-cluster',
    });
    expect(cluster?.identity?.oidc?.issuer).toMatch(
      /^https:\/\/oidc\.eks\.us-east-1\.amazonaws\.com\/id\/[0-9A-F]{32}$/,
    );
  });

  test('keeps an access entry of its own for each role', async () => {
    const eks = client(EKSClient);
    const { Role: role } = await client(IAMClient).send(
      new CreateRoleCommand({ RoleName: 'node', AssumeRolePolicyDocument: TRUST }),
    );
    const named = { clusterName: 'demo', principalArn: role?.Arn ?? '' };
    const create = new CreateAccessEntryCommand({ ...named, type: 'EC2_LINUX', tags: { team: 'a' } });
    const { accessEntry: created } = await eks.send(create);
    await expect(eks.send(create)).rejects.toMatchObject({ name: 'ResourceInUseException' });
    const { accessEntry: read } = await eks.send(new DescribeAccessEntryCommand(named));
    expect(read).toEqual(created);
    expect(read).toMatchObject({ type: 'EC2_LINUX', kubernetesGroups: ['system:nodes'], createdAt: expect.any(Date) });
    const { accessEntries } = await eks.send(new ListAccessEntriesCommand({ clusterName: 'demo' }));
    expect(accessEntries).toEqual(expect.arrayContaining([named.principalArn]));

    const resourceArn = read?.accessEntryArn;
    await eks.send(new TagResourceCommand({ resourceArn, tags: { env: 'dev', tier: '1' } }));
    await eks.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team', 'tier'] }));
    expect((await eks.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ env: 'dev' });

    await eks.send(new DeleteAccessEntryCommand(named));
    await expect(eks.send(new DescribeAccessEntryCommand(named))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const elsewhere = new DescribeAccessEntryCommand({ ...named, clusterName: 'other' });
    await expect(eks.send(elsewhere)).rejects.toMatchObject({ message: 'No cluster found for name: other.' });
  });

  test('gives a service account its role', async () => {
    const eks = client(EKSClient);
    const account = { clusterName: 'demo', namespace: 'karpenter', serviceAccount: 'karpenter' };
    const roleArn = 'arn:aws:iam::123456789012:role/controller';
    const { association } = await eks.send(new CreatePodIdentityAssociationCommand({ ...account, roleArn }));
    const { associations } = await eks.send(new ListPodIdentityAssociationsCommand(account));
    expect(associations).toMatchObject([{ associationId: association?.associationId, namespace: 'karpenter' }]);
    const named = { clusterName: 'demo', associationId: association?.associationId };
    expect((await eks.send(new DescribePodIdentityAssociationCommand(named))).association).toMatchObject({ roleArn });
  });
});

test('IAM of an account elsewhere is asked in us-east-1; nothing else is', async () => {
  Object.assign(model.state, { region: 'eu-west-1' });
  const role = new CreateRoleCommand({ RoleName: 'node', AssumeRolePolicyDocument: TRUST });
  expect((await client(IAMClient).send(role)).Role?.RoleName).toBe('node');
  await expect(client(EC2Client).send(new DescribeTagsCommand({}))).rejects.toMatchObject({ name: 'AuthFailure' });
});

test('IAM spells its refusals as the SDK knows them', async () => {
  const iam = client(IAMClient);
  const longName = new CreateRoleCommand({ RoleName: 'n'.repeat(65), AssumeRolePolicyDocument: TRUST });
  await expect(iam.send(longName)).rejects.toMatchObject({
    name: 'ValidationError',
    $metadata: { httpStatusCode: 400 },
  });
  const spot = { AWSServiceName: 'spot.amazonaws.com' };
  await expect(iam.send(new CreateServiceLinkedRoleCommand(spot))).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
  const { DeletionTaskId } = await iam.send(
    new DeleteServiceLinkedRoleCommand({ RoleName: 'AWSServiceRoleForEC2Spot' }),
  );
  const status = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
  expect(status.Status).toBe('SUCCEEDED');
  expect((await iam.send(new CreateServiceLinkedRoleCommand(spot))).Role?.RoleName).toBe('AWSServiceRoleForEC2Spot');
});

test('EC2 shows the network interface of an instance, with its tags, and refuses to remove it', async () => {
  const ec2 = client(EC2Client);
  const imageId = model.state.images.find(({ name }) => name.startsWith('amazon-eks-node-1.31'))?.id ?? '';
  const groupId = model.state.cluster.securityGroupId;
  const tagSpecifications = [{ resourceType: 'network-interface', tags: { team: 'a' } }];
  createLaunchTemplate(model, 'nodes', { imageId, securityGroupIds: [groupId], volumes: [], tagSpecifications }, {});
  const override = { instanceType: 'm5.large', subnetId: model.state.subnets[0]?.id ?? '' };
  const { instances } = createFleet(model, {
    capacityType: 'on-demand',
    totalTargetCapacity: 1,
    configs: [{ launchTemplate: { name: 'nodes' }, overrides: [override] }],
    tagSpecifications: [],
  });
  const instanceId = instances[0]?.instanceIds[0] ?? '';
  const { NetworkInterfaces: found } = await ec2.send(
    new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [instanceId] }] }),
  );
  expect(found).toMatchObject([
    {
      Status: 'in-use',
      Attachment: { InstanceId: instanceId, DeviceIndex: 0, DeleteOnTermination: true },
      Groups: [{ GroupId: groupId }],
      TagSet: [{ Key: 'team', Value: 'a' }],
    },
  ]);
  const { Tags: tags } = await ec2.send(
    new DescribeTagsCommand({ Filters: [{ Name: 'resource-type', Values: ['network-interface'] }] }),
  );
  expect(tags).toEqual([
    { Key: 'team', Value: 'a', ResourceId: found?.[0]?.NetworkInterfaceId, ResourceType: 'network-interface' },
  ]);
  await expect(
    ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: found?.[0]?.NetworkInterfaceId })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

describe('SQS', () => {
  test('answers a receiver that waits as soon as there is a message', async () => {
    const sqs = client(SQSClient);
    const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    expect(url).toBe(`${server.url}/123456789012/q`);
    const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'hello' }));
    expect((await waiting).Messages).toMatchObject([{ Body: 'hello' }]);
  });

  test('does not know every attribute', async () => {
    const sqs = client(SQSClient);
    const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    const wrong = new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Colour: 'red' } as object });
    await expect(sqs.send(wrong)).rejects.toMatchObject({ name: 'InvalidAttributeName' });
  });
});

test('EventBridge lets nobody speak for AWS', async () => {
  const entry = { Source: 'aws.ec2', DetailType: 'EC2 Spot Instance Interruption Warning', Detail: '{}' };
  const answer = await client(EventBridgeClient).send(new PutEventsCommand({ Entries: [entry] }));
  expect(answer).toMatchObject({
    FailedEntryCount: 1,
    Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }],
  });
});
