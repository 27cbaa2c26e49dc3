import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  CreateLaunchTemplateCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteTagsCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeInstanceTypeOfferings,
  paginateDescribeInstanceTypes,
  paginateDescribeSpotPriceHistory,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { GetParameterCommand, GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { noFaults } from '../../faults.ts';
import { createVirtualTimers } from '../../virtual-timers.ts';
import { type CloudModel, createCloudModel } from '../cloud-model.ts';
import type { BootingInstance } from '../instance-events.ts';
import { type AwsServer, startAwsServer } from './wire-server.ts';

const START_MS = Date.UTC(2026, 10, 1);
const timers = createVirtualTimers(START_MS);
let model: CloudModel;
let server: AwsServer;
let ec2: EC2Client;
let clientOptions: {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
};

beforeEach(async () => {
  model = createCloudModel({
    timers,
    faults: noFaults(),
    seed: 1,
    clusterName: 'demo',
    clusterEndpoint: 'http://127.0.0.1:6443',
  });
  server = await startAwsServer({ model });
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  clientOptions = { endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  ec2 = new EC2Client(clientOptions);
});

afterEach(async () => {
  ec2.destroy();
  await server.close();
});

const USER_DATA = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash -xe
/etc/eks/bootstrap.sh 'demo' --apiserver-endpoint 'http://127.0.0.1:6443' --b64-cluster-ca 'Y2E=' \\
--use-max-pods false \\
--kubelet-extra-args '--node-labels="team=a" --register-with-taints="dedicated=a:NoSchedule" --max-pods=29'
--//--
`;

async function createTemplate(name: string, profile = 'KarpenterNodeInstanceProfile-demo'): Promise<void> {
  const parameter = '/aws/service/eks/optimized-ami/1.31/amazon-linux-2/recommended/image_id';
  const ssm = new SSMClient(clientOptions);
  const { Parameter: image } = await ssm.send(new GetParameterCommand({ Name: parameter }));
  ssm.destroy();
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: {
        ImageId: image?.Value,
        IamInstanceProfile: { Name: profile },
        SecurityGroupIds: model.state.securityGroups.slice(0, 1).map(({ id }) => id),
        UserData: Buffer.from(USER_DATA).toString('base64'),
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 40 } }],
      },
      TagSpecifications: [
        { ResourceType: 'launch-template', Tags: [{ Key: 'karpenter.k8s.aws/cluster', Value: 'demo' }] },
      ],
    }),
  );
}

const subnetIn = (zone: string): string => model.state.subnets.find((subnet) => subnet.zone === zone)?.id ?? '';

function fleet(token: string, template: string, types: readonly string[]): CreateFleetCommandInput {
  return {
    Type: 'instant',
    ClientToken: token,
    LaunchTemplateConfigs: [
      {
        LaunchTemplateSpecification: { LaunchTemplateName: template, Version: '$Latest' },
        Overrides: types.map((type) => ({
          InstanceType: type as 'm5.large',
          SubnetId: subnetIn('us-east-1a'),
          AvailabilityZone: 'us-east-1a',
        })),
      },
    ],
    TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: 'on-demand' },
    OnDemandOptions: { AllocationStrategy: 'lowest-price' },
    TagSpecifications: [
      {
        ResourceType: 'instance',
        Tags: [
          { Key: 'karpenter.sh/machine-uid', Value: token },
          { Key: 'Name', Value: '<&"ä' },
        ],
      },
    ],
  };
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

describe('EC2', () => {
  test('an instance goes from the fleet to its boot, with what its user data says', async () => {
    const booted: BootingInstance[] = [];
    model.onRunning((instance) => booted.push(instance));
    await createTemplate('demo-t');
    const answer = await ec2.send(new CreateFleetCommand(fleet('uid-1', 'demo-t', ['m5.xlarge', 'm5.large'])));
    expect(answer.Errors).toEqual([]);
    expect(answer.Instances).toMatchObject([
      {
        InstanceType: 'm5.large',
        Lifecycle: 'on-demand',
        LaunchTemplateAndOverrides: { Overrides: { AvailabilityZone: 'us-east-1a' } },
      },
    ]);
    await timers.run({ untilMs: timers.nowMs() + 2_000 });
    expect(booted).toMatchObject([
      {
        mayJoin: true,
        boot: {
          clusterName: 'demo',
          labels: { team: 'a' },
          taints: [{ key: 'dedicated', value: 'a', effect: 'NoSchedule' }],
        },
        capacity: { cpu: 2000, pods: 29, 'ephemeral-storage': 40 * 1024 ** 3 - 12 * 1024 ** 2 },
      },
    ]);
    const found = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:karpenter.sh/machine-uid', Values: ['uid-1'] }] }),
    );
    expect(found.Reservations?.[0]?.Instances).toMatchObject([
      {
        InstanceId: booted[0]?.id,
        State: { Name: 'running', Code: 16 },
        PrivateDnsName: booted[0]?.privateDnsName,
        Placement: { AvailabilityZone: 'us-east-1a' },
        LaunchTime: expect.any(Date),
        Tags: expect.arrayContaining([{ Key: 'Name', Value: '<&"ä' }]),
      },
    ]);
  });

  test('the same token gives the same instance; with another request it is a mismatch', async () => {
    await createTemplate('demo-t');
    const first = await ec2.send(new CreateFleetCommand(fleet('uid-1', 'demo-t', ['m5.large'])));
    const second = await ec2.send(new CreateFleetCommand(fleet('uid-1', 'demo-t', ['m5.large'])));
    expect(second.Instances?.[0]?.InstanceIds).toEqual(first.Instances?.[0]?.InstanceIds);
    const other = ec2.send(new CreateFleetCommand(fleet('uid-1', 'demo-t', ['m5.xlarge'])));
    await expect(other).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
      $metadata: { httpStatusCode: 400 },
    });
    expect(model.ledger()).toMatchObject([{ machineUid: 'uid-1', instanceType: 'm5.large' }]);
  });

  test('a shortage is an error in the answer, with the override it is about', async () => {
    await createTemplate('demo-t');
    model.faults.noCapacity = ['m5.large/us-east-1a/on-demand'];
    const partly = await ec2.send(new CreateFleetCommand(fleet('uid-1', 'demo-t', ['m5.large', 'm5.xlarge'])));
    expect(partly.Instances).toMatchObject([{ InstanceType: 'm5.xlarge' }]);
    const shortage = {
      ErrorCode: 'InsufficientInstanceCapacity',
      LaunchTemplateAndOverrides: { Overrides: { InstanceType: 'm5.large' } },
    };
    expect(partly.Errors).toMatchObject([shortage]);
    const wholly = await ec2.send(new CreateFleetCommand(fleet('uid-2', 'demo-t', ['m5.large'])));
    expect(wholly).toMatchObject({ Errors: [shortage], Instances: [] });
  });

  test('trouble with profile, zone or architecture stands in the answer under its own code', async () => {
    await createTemplate('demo-t');
    await createTemplate('lost', 'nobody');
    const codes = async (template: string, type: string): Promise<unknown> =>
      (await ec2.send(new CreateFleetCommand(fleet(`${template}-${type}`, template, [type])))).Errors?.map(
        ({ ErrorCode }) => ErrorCode,
      );
    expect(await codes('lost', 'm5.large')).toEqual(['InvalidParameterValue']);
    expect(await codes('demo-t', 'c6g.large')).toEqual(['InvalidParameterValue']);
    expect(await codes('demo-t', 'trn1.2xlarge')).toEqual(['InvalidFleetConfiguration']);
  });

  test('launch templates are created once, found by name and tag, and deleted', async () => {
    await createTemplate('demo-t');
    await expect(createTemplate('demo-t')).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateName.AlreadyExistsException',
    });
    const byTag = { Filters: [{ Name: 'tag:karpenter.k8s.aws/cluster', Values: ['demo'] }] };
    const found = await ec2.send(new DescribeLaunchTemplatesCommand(byTag));
    expect(found.LaunchTemplates).toMatchObject([{ LaunchTemplateName: 'demo-t', LatestVersionNumber: 1 }]);
    await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: 'demo-t' }));
    const missing = { name: 'InvalidLaunchTemplateName.NotFoundException' };
    await expect(
      ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['demo-t'] })),
    ).rejects.toMatchObject(missing);
    await expect(ec2.send(new CreateFleetCommand(fleet('uid-1', 'demo-t', ['m5.large'])))).rejects.toMatchObject(
      missing,
    );
  });

  test('instances are listed page by page, late ones later, and end', async () => {
    await createTemplate('demo-t');
    for (let n = 0; n < 12; n++) await ec2.send(new CreateFleetCommand(fleet(`uid-${n}`, 'demo-t', ['m5.large'])));
    const list = async (): Promise<number[]> =>
      (await collect(paginateDescribeInstances({ client: ec2, pageSize: 5 }, {}))).map(
        (page) => page.Reservations?.length ?? 0,
      );
    expect(await list()).toEqual([5, 5, 2]);
    model.faults.describeLagMs = 60_000;
    expect(await list()).toEqual([0]);
    model.faults.describeLagMs = 0;
    const id = model.ledger()[0]?.instanceId ?? '';
    const ended = await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(ended.TerminatingInstances).toMatchObject([
      { InstanceId: id, CurrentState: { Name: 'shutting-down' }, PreviousState: { Name: 'pending' } },
    ]);
    const unknown = ec2.send(new TerminateInstancesCommand({ InstanceIds: ['i-00000000000000000'] }));
    await expect(unknown).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
  });

  test('instance types, offerings and spot prices come in pages, complete', async () => {
    const filters = { Filters: [{ Name: 'processor-info.supported-architecture', Values: ['x86_64', 'arm64'] }] };
    const types = (await collect(paginateDescribeInstanceTypes({ client: ec2 }, filters))).flatMap(
      (page) => page.InstanceTypes ?? [],
    );
    expect(types).toHaveLength(model.catalogue.types.size);
    expect(types.find(({ InstanceType }) => InstanceType === 'g5.xlarge')).toMatchObject({
      VCpuInfo: { DefaultVCpus: 4 },
      MemoryInfo: { SizeInMiB: 16384 },
      NetworkInfo: {
        DefaultNetworkCardIndex: 0,
        NetworkCards: [{ MaximumNetworkInterfaces: 4 }],
        Ipv4AddressesPerInterface: 15,
      },
      GpuInfo: { Gpus: [{ Name: 'A10G', Manufacturer: 'NVIDIA', Count: 1 }] },
      InstanceStorageInfo: { TotalSizeInGB: 250, NvmeSupport: 'required' },
      SupportedUsageClasses: ['on-demand', 'spot'],
      Hypervisor: 'nitro',
      BareMetal: false,
    });
    const zonal = {
      LocationType: 'availability-zone' as const,
      Filters: [{ Name: 'instance-type', Values: ['a1.*'] }],
    };
    const offerings = (await collect(paginateDescribeInstanceTypeOfferings({ client: ec2 }, zonal))).flatMap(
      (page) => page.InstanceTypeOfferings ?? [],
    );
    expect(offerings.filter(({ InstanceType }) => InstanceType === 'a1.metal').map(({ Location }) => Location)).toEqual(
      ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    );
    const prices = (
      await collect(paginateDescribeSpotPriceHistory({ client: ec2 }, { ProductDescriptions: ['Linux/UNIX'] }))
    ).flatMap((page) => page.SpotPriceHistory ?? []);
    expect(prices.length).toBeGreaterThan(5_000);
    expect(Number(prices.find((price) => price.InstanceType === 'm5.large')?.SpotPrice)).toBeLessThan(0.096);
  });

  test('subnets and security groups are found by both generations of tags; images by id', async () => {
    const filters = [
      { Name: 'tag-key', Values: ['kubernetes.io/cluster/demo'] },
      { Name: 'tag:karpenter.sh/discovery', Values: ['demo'] },
    ];
    const { Subnets: subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters: filters }));
    expect(subnets?.map(({ AvailableIpAddressCount }) => AvailableIpAddressCount)).toEqual([8187, 8187, 8187]);
    const { SecurityGroups: groups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: filters }));
    expect(groups?.map(({ GroupName }) => GroupName)).toEqual(['eks-cluster-sg-demo']);
    const { Images: images } = await ec2.send(
      new DescribeImagesCommand({
        Owners: ['amazon'],
        Filters: [{ Name: 'name', Values: ['amazon-eks-node-1.31-*'] }],
      }),
    );
    expect(images).toMatchObject([{ Architecture: 'x86_64', CreationDate: '2026-11-01T00:00:00.000Z' }]);
    const { AvailabilityZones: zones } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
    expect(zones).toHaveLength(6);
  });

  test('tags come and go', async () => {
    const subnet = subnetIn('us-east-1a');
    await ec2.send(new CreateTagsCommand({ Resources: [subnet], Tags: [{ Key: 'team', Value: 'a' }] }));
    const found = async (): Promise<number | undefined> =>
      (await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'tag:team', Values: ['a'] }] }))).Subnets?.length;
    expect(await found()).toBe(1);
    await ec2.send(new DeleteTagsCommand({ Resources: [subnet], Tags: [{ Key: 'team' }] }));
    expect(await found()).toBe(0);
  });

  test('throttling is what the SDK takes for throttling, and ends with its count', async () => {
    model.faults.throttle = { DescribeSubnets: 1 };
    await expect(ec2.send(new DescribeSubnetsCommand({}))).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
      $metadata: { httpStatusCode: 503 },
    });
    await expect(ec2.send(new DescribeSubnetsCommand({}))).resolves.toMatchObject({ Subnets: { length: 3 } });
    model.faults.throttle = { DescribeSubnets: 1 };
    const patient = new EC2Client({ ...clientOptions, maxAttempts: 3 });
    await expect(patient.send(new DescribeSubnetsCommand({}))).resolves.toMatchObject({ Subnets: { length: 3 } });
    patient.destroy();
  });

  test('a dry run says so, an unknown filter is refused, a wrong region too', async () => {
    await expect(ec2.send(new DescribeSubnetsCommand({ DryRun: true }))).rejects.toMatchObject({
      name: 'DryRunOperation',
    });
    await expect(
      ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    const abroad = new EC2Client({ ...clientOptions, region: 'eu-west-1' });
    await expect(abroad.send(new DescribeSubnetsCommand({}))).rejects.toMatchObject({ name: 'AuthFailure' });
    abroad.destroy();
  });
});

test('SSM knows the aliases that AWS publishes, and no others', async () => {
  const ssm = new SSMClient(clientOptions);
  const path = (version: string, rest: string): string =>
    `/aws/service/eks/optimized-ami/${version}/${rest}/recommended/image_id`;
  const names = [
    path('1.32', 'amazon-linux-2'),
    path('1.33', 'amazon-linux-2'),
    path('1.33', 'amazon-linux-2023/arm64/standard'),
  ];
  const answer = await ssm.send(new GetParametersCommand({ Names: names }));
  expect(answer.Parameters?.map(({ Name }) => Name)).toEqual([names[0], names[2]]);
  expect(answer.InvalidParameters).toEqual([names[1]]);
  await expect(ssm.send(new GetParameterCommand({ Name: names[1] ?? '' }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
  ssm.destroy();
});

test('STS says who is calling and lends roles', async () => {
  const sts = new STSClient(clientOptions);
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '123456789012' });
  const role = { RoleArn: 'arn:aws:iam::123456789012:role/karpenter', RoleSessionName: 's' };
  const { Credentials: credentials } = await sts.send(new AssumeRoleCommand(role));
  expect(credentials?.Expiration?.getTime()).toBe(timers.nowMs() + 3_600_000);
  sts.destroy();
});

test('EKS describes its one cluster', async () => {
  const eks = new EKSClient(clientOptions);
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'demo' }));
  expect(cluster).toMatchObject({
    version: '1.31',
    endpoint: 'http://127.0.0.1:6443',
    kubernetesNetworkConfig: { serviceIpv4Cidr: '10.100.0.0/16' },
    status: 'ACTIVE',
  });
  await expect(eks.send(new DescribeClusterCommand({ name: 'other' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  eks.destroy();
});

test('a port in use is named', async () => {
  await expect(startAwsServer({ model, port: server.port })).rejects.toThrow(
    `port ${server.port} on 127.0.0.1 is in use`,
  );
});
