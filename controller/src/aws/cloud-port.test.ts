import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSettings, type Settings } from '../config.ts';
import type { CloudPort, LaunchOrder, NodeTemplate } from '../ports/cloud.ts';
import { OperationError } from '../ports/operation-error.ts';
import { createAwsClients } from './clients.ts';
import { createCloudPort } from './cloud-port.ts';
import { discoverCluster } from './cluster-discovery.ts';

// The real SDK against an EC2 of a few lines: each test says what an action answers, and reads what was asked.

type Xml = string | number | boolean | readonly Xml[] | { readonly [tag: string]: Xml };
class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status = 400) {
    super(`because ${code}`);
    this.code = code;
    this.status = status;
  }
}
type Answer = (request: URLSearchParams) => Xml;

function xml(value: Xml): string {
  if (Array.isArray(value)) return value.map((item: Xml) => `<item>${xml(item)}</item>`).join('');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value as { readonly [tag: string]: Xml })
    .map(([tag, child]) => `<${tag}>${xml(child)}</${tag}>`)
    .join('');
}

const PARAMETERS: Record<string, string> = {};
let answers: Record<string, Answer>;
let asked: { readonly action: string; readonly request: URLSearchParams }[];
let server: Server;
let cloud: CloudPort;
let clients: ReturnType<typeof createAwsClients>;
let nowMs: number;
let leads: boolean;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Status and body of what AWS would answer. */
function respond(message: IncomingMessage, body: string): { readonly status: number; readonly body: string } {
  if (message.url?.startsWith('/clusters/'))
    return { status: 200, body: JSON.stringify(answers.DescribeCluster?.(new URLSearchParams())) };
  if (message.headers['x-amz-target'] !== undefined) {
    const { Name } = JSON.parse(body) as { Name: string };
    const value = PARAMETERS[Name];
    if (value !== undefined) return { status: 200, body: JSON.stringify({ Parameter: { Name, Value: value } }) };
    return { status: 400, body: JSON.stringify({ __type: 'ParameterNotFound', message: Name }) };
  }
  const request = new URLSearchParams(body);
  const action = request.get('Action') ?? '';
  asked.push({ action, request });
  const answer = answers[action];
  if (answer === undefined) throw new AwsError('InvalidAction');
  return { status: 200, body: `<${action}Response>${xml(answer(request))}</${action}Response>` };
}

const TYPES: Xml[] = [
  instanceTypeXml('m5.large', 'x86_64', 2, 8192, 3, 10),
  instanceTypeXml('m6g.large', 'arm64', 2, 8192, 3, 10),
  instanceTypeXml('c5.xlarge', 'x86_64', 4, 8192, 4, 15),
];

function instanceTypeXml(
  name: string,
  arch: string,
  cpus: number,
  mib: number,
  interfaces: number,
  addresses: number,
): Xml {
  return {
    instanceType: name,
    hypervisor: 'nitro',
    supportedUsageClasses: ['on-demand', 'spot'],
    processorInfo: { supportedArchitectures: [arch] },
    vCpuInfo: { defaultVCpus: cpus },
    memoryInfo: { sizeInMiB: mib },
    networkInfo: {
      defaultNetworkCardIndex: 0,
      networkCards: [{ networkCardIndex: 0, maximumNetworkInterfaces: interfaces }],
      ipv4AddressesPerInterface: addresses,
      encryptionInTransitSupported: false,
    },
  };
}

function subnetXml(subnetId: string, zone: string, availableIpAddressCount: number): Xml {
  return { subnetId, availabilityZone: zone, availableIpAddressCount, mapPublicIpOnLaunch: false };
}

const DEFAULTS: Record<string, Answer> = {
  DescribeInstanceTypes: () => ({ instanceTypeSet: TYPES }),
  DescribeInstanceTypeOfferings: () => ({
    instanceTypeOfferingSet: ['m5.large', 'm6g.large', 'c5.xlarge'].flatMap((instanceType) =>
      ['us-east-1a', 'us-east-1b', 'us-east-1z'].map((location) => ({ instanceType, location })),
    ),
  }),
  DescribeSubnets: () => ({
    subnetSet: [
      subnetXml('subnet-small', 'us-east-1a', 10),
      subnetXml('subnet-a', 'us-east-1a', 200),
      subnetXml('subnet-b', 'us-east-1b', 100),
    ],
  }),
  DescribeSecurityGroups: () => ({
    securityGroupInfo: [
      { groupId: 'sg-2', groupName: 'two' },
      { groupId: 'sg-1', groupName: 'one' },
    ],
  }),
  DescribeImages: () => ({
    imagesSet: [
      { imageId: 'ami-amd', name: 'al2-amd', architecture: 'x86_64', creationDate: '2026-01-02T00:00:00.000Z' },
      { imageId: 'ami-arm', name: 'al2-arm', architecture: 'arm64', creationDate: '2026-01-01T00:00:00.000Z' },
    ],
  }),
  DescribeSpotPriceHistory: () => ({
    spotPriceHistorySet: [
      {
        instanceType: 'm5.large',
        availabilityZone: 'us-east-1a',
        spotPrice: '0.030000',
        timestamp: '2026-01-01T00:00:00.000Z',
      },
      {
        instanceType: 'm5.large',
        availabilityZone: 'us-east-1a',
        spotPrice: '0.040000',
        timestamp: '2026-01-02T00:00:00.000Z',
      },
    ],
  }),
  DescribeLaunchTemplates: () => {
    throw new AwsError('InvalidLaunchTemplateName.NotFoundException');
  },
  CreateLaunchTemplate: () => ({ launchTemplate: { launchTemplateId: 'lt-1' } }),
  CreateFleet: () => launched('i-1', 'm5.large', 'us-east-1a'),
};

function launched(id: string, instanceType: string, availabilityZone: string, errors: readonly Xml[] = []): Xml {
  return {
    fleetId: 'fleet-1',
    errorSet: errors,
    fleetInstanceSet: [
      {
        instanceIds: [id],
        instanceType,
        lifecycle: 'on-demand',
        launchTemplateAndOverrides: { overrides: { instanceType, availabilityZone } },
      },
    ],
  };
}

function fleetError(errorCode: string, instanceType: string, availabilityZone: string, errorMessage = 'said EC2'): Xml {
  return {
    errorCode,
    errorMessage,
    launchTemplateAndOverrides: { overrides: { instanceType, availabilityZone } },
  };
}

function instanceXml(id: string, tags: Record<string, string>, more: { readonly [tag: string]: Xml } = {}): Xml {
  return {
    instanceId: id,
    instanceType: 'm5.large',
    imageId: 'ami-amd',
    instanceState: { name: 'running' },
    placement: { availabilityZone: 'us-east-1a' },
    launchTime: '2026-01-01T00:00:00.000Z',
    tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
    ...more,
  };
}

const TEMPLATE: NodeTemplate = {
  source: 'template/default',
  spec: {
    subnetSelector: { 'kubernetes.io/cluster/demo': '*' },
    securityGroupSelector: { team: 'a,b' },
    tags: { team: 'a' },
    instanceProfile: 'profile',
  },
};

const ORDER: LaunchOrder = {
  machineName: 'default-abcde',
  machineUid: 'uid-1',
  provisionerName: 'default',
  template: TEMPLATE,
  kubelet: {},
  labels: { 'karpenter.sh/provisioner-name': 'default' },
  taints: [],
  startupTaints: [],
  capacityType: 'on-demand',
  offerings: [
    { instanceType: 'm5.large', zone: 'us-east-1a' },
    { instanceType: 'm5.large', zone: 'us-east-1b' },
    { instanceType: 'c5.xlarge', zone: 'us-east-1a' },
    { instanceType: 'm5.large', zone: 'us-east-1z' },
  ],
};

function settings(): Settings {
  const parsed = parseSettings({ 'aws.clusterName': 'demo' }, {});
  if ('problems' in parsed) throw new Error('the test settings are wrong');
  return parsed.settings;
}

beforeEach(async () => {
  answers = { ...DEFAULTS };
  leads = true;
  asked = [];
  nowMs = Date.parse('2026-01-03T00:00:00Z');
  for (const key of Object.keys(PARAMETERS)) delete PARAMETERS[key];
  PARAMETERS['/aws/service/eks/optimized-ami/1.31/amazon-linux-2/recommended/image_id'] = 'ami-amd';
  PARAMETERS['/aws/service/eks/optimized-ami/1.31/amazon-linux-2-arm64/recommended/image_id'] = 'ami-arm';
  server = createServer(async (message, response) => {
    const body = await bodyOf(message);
    try {
      const answer = respond(message, body);
      response
        .writeHead(answer.status, {
          'content-type': answer.body.startsWith('{') ? 'application/x-amz-json-1.1' : 'text/xml',
        })
        .end(answer.body);
    } catch (error) {
      const { code, status } = error instanceof AwsError ? error : new AwsError('InternalError', 500);
      response
        .writeHead(status, { 'content-type': 'text/xml' })
        .end(
          `<Response><Errors><Error><Code>${code}</Code><Message>because ${code}</Message></Error></Errors></Response>`,
        );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  clients = createAwsClients({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    beforeEffect: () => {
      if (!leads) throw new OperationError('not-leader', 'backoff', 'the lease has ended');
    },
  });
  cloud = createCloudPort({
    clients,
    region: 'us-east-1',
    settings,
    clusterFacts: () => ({
      clusterName: 'demo',
      clusterEndpoint: 'https://demo.example',
      caBundleBase64: 'Q0E=',
      clusterUid: 'cluster-uid',
      kubernetesVersion: '1.31',
      dnsIp: '10.100.0.10',
    }),
    clock: { nowMs: () => nowMs },
    telemetry: { log: () => {} },
  });
});

afterEach(async () => {
  clients.close();
  await new Promise((resolve) => server.close(resolve));
});

function requests(action: string): readonly Record<string, string>[] {
  return asked.filter((entry) => entry.action === action).map(({ request }) => Object.fromEntries(request));
}

/** Tags of `TagSpecification.<index>` in a request. */
function tagsIn(request: Record<string, string>, prefix: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let index = 1; request[`${prefix}.${index}.Key`] !== undefined; index += 1) {
    tags[request[`${prefix}.${index}.Key`] ?? ''] = request[`${prefix}.${index}.Value`] ?? '';
  }
  return tags;
}

async function availableOfferings(): Promise<readonly string[]> {
  const types = await cloud.instanceTypes(TEMPLATE, {});
  return types.flatMap(({ name, offerings }) =>
    offerings.filter(({ available }) => available).map(({ zone, capacityType }) => `${name}/${zone}/${capacityType}`),
  );
}

describe('launching', () => {
  test('one fleet for one instance, told from its answer, without a describe', async () => {
    const instance = await cloud.launch(ORDER);
    expect(instance).toEqual({
      id: 'i-1',
      providerId: 'aws:///us-east-1a/i-1',
      instanceType: 'm5.large',
      zone: 'us-east-1a',
      capacityType: 'on-demand',
      imageId: 'ami-amd',
      state: 'pending',
      launchedAtMs: nowMs,
      machineName: 'default-abcde',
      machineUid: 'uid-1',
      provisionerName: 'default',
    });
    expect(requests('DescribeInstances')).toEqual([]);
    const [fleet = {}] = requests('CreateFleet');
    expect(fleet).toMatchObject({
      Type: 'instant',
      ClientToken: 'uid-1',
      'TargetCapacitySpecification.TotalTargetCapacity': '1',
      'TargetCapacitySpecification.DefaultTargetCapacityType': 'on-demand',
      'OnDemandOptions.AllocationStrategy': 'lowest-price',
      'LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version': '$Latest',
      'LaunchTemplateConfigs.1.Overrides.1.InstanceType': 'm5.large',
      'LaunchTemplateConfigs.1.Overrides.1.SubnetId': 'subnet-a',
      'LaunchTemplateConfigs.1.Overrides.2.SubnetId': 'subnet-b',
      'LaunchTemplateConfigs.2.Overrides.1.InstanceType': 'c5.xlarge',
    });
    expect(Object.values(fleet)).not.toContain('us-east-1z');
    for (const [index, resource] of ['instance', 'volume', 'fleet'].entries()) {
      expect(fleet[`TagSpecification.${index + 1}.ResourceType`]).toBe(resource);
      expect(tagsIn(fleet, `TagSpecification.${index + 1}.Tag`)).toEqual({
        Name: 'karpenter.sh/provisioner-name/default',
        team: 'a',
        'kubernetes.io/cluster/demo': 'owned',
        'karpenter.sh/provisioner-name': 'default',
        'karpenter.sh/managed-by': 'demo',
        'karpenter.sh/cluster-uid': 'cluster-uid',
        'karpenter.sh/machine-name': 'default-abcde',
        'karpenter.sh/machine-uid': 'uid-1',
      });
    }
  });

  test('the launch template carries all that IAM and the node need, and is made once for many machines', async () => {
    await Promise.all(['uid-1', 'uid-2', 'uid-3'].map((machineUid) => cloud.launch({ ...ORDER, machineUid })));
    const created = requests('CreateLaunchTemplate');
    expect(created).toHaveLength(2);
    const [template = {}] = created;
    expect(template.LaunchTemplateName).toMatch(/^karpenter\.k8s\.aws\/[0-9a-f]{32}$/);
    expect(template).toMatchObject({
      'LaunchTemplateData.ImageId': 'ami-amd',
      'LaunchTemplateData.IamInstanceProfile.Name': 'profile',
      'LaunchTemplateData.NetworkInterface.1.AssociatePublicIpAddress': 'false',
      'LaunchTemplateData.NetworkInterface.1.SecurityGroupId.1': 'sg-1',
      'LaunchTemplateData.NetworkInterface.1.SecurityGroupId.2': 'sg-2',
      'LaunchTemplateData.MetadataOptions.HttpTokens': 'required',
      'LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit': '2',
      'LaunchTemplateData.BlockDeviceMapping.1.DeviceName': '/dev/xvda',
      'LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize': '20',
      'LaunchTemplateData.TagSpecification.1.ResourceType': 'network-interface',
      'TagSpecification.1.ResourceType': 'launch-template',
    });
    const tags = tagsIn(template, 'TagSpecification.1.Tag');
    expect(tags).toMatchObject({
      'karpenter.k8s.aws/cluster': 'demo',
      'kubernetes.io/cluster/demo': 'owned',
      'karpenter.sh/provisioner-name': 'default',
    });
    expect(tags).not.toHaveProperty('karpenter.sh/machine-uid');
    const userData = Buffer.from(template['LaunchTemplateData.UserData'] ?? '', 'base64').toString();
    expect(userData).toContain(
      '--node-labels="karpenter.sh/capacity-type=on-demand,karpenter.sh/provisioner-name=default"',
    );
  });

  test('when EC2 is out of everything, the Machine is given up and the offerings rest for three minutes', async () => {
    answers.CreateFleet = () => ({
      errorSet: [
        fleetError('InsufficientInstanceCapacity', 'm5.large', 'us-east-1a'),
        fleetError('VcpuLimitExceeded', 'c5.xlarge', 'us-east-1a'),
      ],
    });
    await expect(cloud.launch(ORDER)).rejects.toMatchObject({ code: 'no-capacity', retry: 'other-offering' });
    const resting = ['m5.large/us-east-1a/on-demand', 'c5.xlarge/us-east-1a/on-demand'];
    for (const offering of resting) expect(await availableOfferings()).not.toContain(offering);
    expect(await availableOfferings()).toContain('m5.large/us-east-1b/on-demand');
    nowMs += 3 * 60_000;
    expect(await availableOfferings()).toEqual(expect.arrayContaining(resting));
  });

  test('offerings that lately failed are not asked for again; without any left nothing is sent', async () => {
    answers.CreateFleet = (request) => ({
      errorSet: [1, 2].flatMap((config) =>
        [1, 2].flatMap((index) => {
          const prefix = `LaunchTemplateConfigs.${config}.Overrides.${index}`;
          const type = request.get(`${prefix}.InstanceType`);
          return type === null
            ? []
            : [fleetError('InsufficientInstanceCapacity', type, request.get(`${prefix}.AvailabilityZone`) ?? '')];
        }),
      ),
    });
    answers.DescribeInstances = () => ({ reservationSet: [] });
    await expect(cloud.launch(ORDER)).rejects.toMatchObject({ code: 'no-capacity' });
    await expect(cloud.launch({ ...ORDER, machineUid: 'uid-2' })).rejects.toMatchObject({ code: 'no-capacity' });
    expect(requests('CreateFleet')).toHaveLength(1);
  });

  test('a shortage beside a success is remembered, and the success counts', async () => {
    answers.CreateFleet = () =>
      launched('i-2', 'c5.xlarge', 'us-east-1a', [
        fleetError('InsufficientInstanceCapacity', 'm5.large', 'us-east-1a'),
      ]);
    expect(await cloud.launch(ORDER)).toMatchObject({ id: 'i-2', instanceType: 'c5.xlarge' });
    expect(await availableOfferings()).not.toContain('m5.large/us-east-1a/on-demand');
  });

  test('a fleet refused for another reason gives the Machine up and marks no stock', async () => {
    answers.CreateFleet = () => ({
      errorSet: [
        fleetError('InsufficientInstanceCapacity', 'm5.large', 'us-east-1b'),
        fleetError('UnauthorizedOperation', 'm5.large', 'us-east-1a'),
      ],
    });
    await expect(cloud.launch(ORDER)).rejects.toMatchObject({ code: 'forbidden', retry: 'never' });
    expect(await availableOfferings()).toContain('m5.large/us-east-1a/on-demand');
  });

  test('a fleet refused for its instance profile says which, though EC2 names a shortage beside it', async () => {
    // As seen in https://github.com/aws/karpenter-provider-aws/issues/3051.
    const words = 'Value (profile) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name';
    answers.CreateFleet = () => ({
      errorSet: [
        fleetError('UnfulfillableCapacity', 'm5.large', 'us-east-1b'),
        fleetError('InvalidParameterValue', 'm5.large', 'us-east-1a', words),
      ],
    });
    const refused = { code: 'instance-profile-not-found', retry: 'never' };
    await expect(cloud.launch(ORDER)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/^instance profile "profile" does not exist.*Invalid IAM Instance Profile name/),
    });
    const own = { source: 'template/own', spec: { subnetSelector: { team: 'a' }, launchTemplate: 'mine' } };
    await expect(cloud.launch({ ...ORDER, machineUid: 'uid-2', template: own })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('the instance profile of launch template "mine"'),
    });
  });

  test('a request that was sent before with other parameters leads to its instance', async () => {
    answers.CreateFleet = () => {
      throw new AwsError('IdempotentParameterMismatch');
    };
    answers.DescribeInstances = () => ({
      reservationSet: [{ instancesSet: [instanceXml('i-7', { 'karpenter.sh/machine-uid': 'uid-1' })] }],
    });
    expect(await cloud.launch(ORDER)).toMatchObject({ id: 'i-7', machineUid: 'uid-1', state: 'running' });
    expect(requests('DescribeInstances')[0]).toMatchObject({
      'Filter.1.Name': 'tag:karpenter.sh/machine-uid',
      'Filter.1.Value.1': 'uid-1',
    });
  });

  test('or, while that instance is not to be seen yet, to waiting', async () => {
    answers.CreateFleet = () => {
      throw new AwsError('IdempotentParameterMismatch');
    };
    answers.DescribeInstances = () => ({ reservationSet: [] });
    await expect(cloud.launch(ORDER)).rejects.toMatchObject({ code: 'launch-unconfirmed', retry: 'backoff' });
  });

  test('throttling says nothing of stock', async () => {
    answers.CreateFleet = () => {
      throw new AwsError('RequestLimitExceeded', 503);
    };
    await expect(cloud.launch(ORDER)).rejects.toMatchObject({ code: 'throttled', retry: 'backoff' });
    expect(await availableOfferings()).toContain('m5.large/us-east-1a/on-demand');
  });

  test('a launch template that somebody deleted is made again, once', async () => {
    const known = new Set<string>();
    answers.CreateLaunchTemplate = (request) => {
      known.add(request.get('LaunchTemplateName') ?? '');
      return {};
    };
    answers.CreateFleet = (request) => {
      if (known.has(request.get('LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName') ?? '')) {
        return launched('i-1', 'm5.large', 'us-east-1a');
      }
      throw new AwsError('InvalidLaunchTemplateName.NotFoundException');
    };
    await cloud.launch(ORDER);
    known.clear();
    expect(await cloud.launch({ ...ORDER, machineUid: 'uid-2' })).toMatchObject({ id: 'i-1' });
    answers.CreateLaunchTemplate = () => ({});
    known.clear();
    await expect(cloud.launch({ ...ORDER, machineUid: 'uid-3' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a launch template that another process made first is as good as ours', async () => {
    answers.CreateLaunchTemplate = () => {
      throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException');
    };
    expect(await cloud.launch(ORDER)).toMatchObject({ id: 'i-1' });
  });

  test('a launch template of the user is used as it is', async () => {
    const spec = { subnetSelector: { a: 'b' }, launchTemplate: 'mine' };
    await cloud.launch({ ...ORDER, template: { source: 'inline/default', spec } });
    expect(requests('CreateLaunchTemplate')).toEqual([]);
    expect(requests('CreateFleet')[0]).toMatchObject({
      'LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName': 'mine',
    });
  });

  test('a burst spreads over subnets of a zone as their addresses run out', async () => {
    answers.DescribeSubnets = () => ({
      subnetSet: [subnetXml('subnet-1', 'us-east-1a', 100), subnetXml('subnet-2', 'us-east-1a', 90)],
    });
    const order = { ...ORDER, offerings: [{ instanceType: 'm5.large', zone: 'us-east-1a' }] };
    for (const machineUid of ['uid-1', 'uid-2']) await cloud.launch({ ...order, machineUid });
    const subnets = requests('CreateFleet').map((request) => request['LaunchTemplateConfigs.1.Overrides.1.SubnetId']);
    expect(subnets).toEqual(['subnet-1', 'subnet-2']);
  });
});

describe('when the lease ends while a call waits for its turn', () => {
  test('nothing is bought', async () => {
    answers.DescribeLaunchTemplates = () => {
      leads = false;
      throw new AwsError('InvalidLaunchTemplateName.NotFoundException');
    };
    await expect(cloud.launch(ORDER)).rejects.toMatchObject({ code: 'not-leader' });
    expect(asked.filter(({ action }) => !action.startsWith('Describe'))).toEqual([]);
  });

  test('what EC2 refused for a moment is not tried again', async () => {
    answers.TerminateInstances = () => {
      leads = false;
      throw new AwsError('Unavailable', 503);
    };
    await expect(cloud.terminate('i-1')).rejects.toMatchObject({ code: 'not-leader' });
    expect(asked.map(({ action }) => action)).toEqual(['TerminateInstances']);
  });
});

describe('instance types', () => {
  test('are those of zones with subnets, priced, and sorted by name', async () => {
    const types = await cloud.instanceTypes(TEMPLATE, {});
    expect(types.map(({ name }) => name)).toEqual(['c5.xlarge', 'm5.large', 'm6g.large']);
    expect(types[1]?.offerings).toEqual([
      { zone: 'us-east-1a', capacityType: 'on-demand', priceNanoUsdPerHour: 96_000_000, available: true },
      { zone: 'us-east-1a', capacityType: 'spot', priceNanoUsdPerHour: 40_000_000, available: true },
      { zone: 'us-east-1b', capacityType: 'on-demand', priceNanoUsdPerHour: 96_000_000, available: true },
      { zone: 'us-east-1b', capacityType: 'spot', priceNanoUsdPerHour: Number.MAX_SAFE_INTEGER, available: false },
    ]);
  });

  test('until spot prices come, spot costs what on-demand costs', async () => {
    answers.DescribeSpotPriceHistory = () => {
      throw new AwsError('UnauthorizedOperation', 403);
    };
    const types = await cloud.instanceTypes(TEMPLATE, {});
    expect(types[1]?.offerings[1]).toMatchObject({
      capacityType: 'spot',
      priceNanoUsdPerHour: 96_000_000,
      available: true,
    });
  });

  test('types without an image are left out', async () => {
    delete PARAMETERS['/aws/service/eks/optimized-ami/1.31/amazon-linux-2-arm64/recommended/image_id'];
    const types = await cloud.instanceTypes(TEMPLATE, {});
    expect(types.map(({ name }) => name)).toEqual(['c5.xlarge', 'm5.large']);
  });

  test('the same list comes back while nothing has changed, however long it is used', async () => {
    const first = await cloud.instanceTypes(TEMPLATE, {});
    nowMs += 60_000;
    expect(await cloud.instanceTypes(TEMPLATE, {})).toBe(first);
    expect(await cloud.instanceTypes(TEMPLATE, { maxPods: 5 })).not.toBe(first);
  });
});

describe('templates', () => {
  test('are resolved to subnets by free addresses, groups by id, images newest first', async () => {
    expect(await cloud.resolve(TEMPLATE)).toEqual({
      subnets: [
        { id: 'subnet-a', zone: 'us-east-1a' },
        { id: 'subnet-b', zone: 'us-east-1b' },
        { id: 'subnet-small', zone: 'us-east-1a' },
      ],
      securityGroups: [
        { id: 'sg-1', name: 'one' },
        { id: 'sg-2', name: 'two' },
      ],
      images: [
        { id: 'ami-amd', name: 'al2-amd', arch: 'amd64' },
        { id: 'ami-arm', name: 'al2-arm', arch: 'arm64' },
      ],
      instanceProfile: 'profile',
    });
    expect(requests('DescribeSubnets')[0]).toMatchObject({
      'Filter.1.Name': 'tag-key',
      'Filter.1.Value.1': 'kubernetes.io/cluster/demo',
    });
    expect(requests('DescribeSecurityGroups')[0]).toMatchObject({
      'Filter.1.Name': 'tag:team',
      'Filter.1.Value.1': 'a',
      'Filter.1.Value.2': 'b',
    });
  });

  test('where AWS publishes no AL2 for the version, an unset family means AL2023', async () => {
    for (const key of Object.keys(PARAMETERS)) delete PARAMETERS[key];
    PARAMETERS['/aws/service/eks/optimized-ami/1.31/amazon-linux-2023/x86_64/standard/recommended/image_id'] =
      'ami-amd';
    await cloud.launch(ORDER);
    const userData = requests('CreateLaunchTemplate')[0]?.['LaunchTemplateData.UserData'] ?? '';
    expect(Buffer.from(userData, 'base64').toString()).toContain('kind: "NodeConfig"');
  });

  test.each([
    [
      'subnets',
      'DescribeSubnets',
      { subnetSet: [] },
      'template/default: no subnets match subnetSelector {kubernetes.io/cluster/demo: "*"}',
    ],
    [
      'groups',
      'DescribeSecurityGroups',
      { securityGroupInfo: [] },
      'template/default: no security groups match securityGroupSelector {team: "a,b"}',
    ],
  ])('without %s, the message names the selector', async (_, action, answer, want) => {
    answers[action] = () => answer;
    await expect(cloud.resolve(TEMPLATE)).rejects.toMatchObject({ code: 'template-unresolved', message: want });
  });

  test.each([
    [
      'AL2 where AWS does not publish it',
      { amiFamily: 'Ubuntu' as const },
      'no images exist for family Ubuntu on Kubernetes 1.31',
    ],
    [
      'Windows',
      { amiFamily: 'Windows2022' as const },
      'amiFamily Windows2022 cannot be launched: Windows nodes are not supported yet',
    ],
  ])('%s cannot be resolved', async (_, spec, want) => {
    const template = { ...TEMPLATE, spec: { ...TEMPLATE.spec, ...spec } };
    await expect(cloud.resolve(template)).rejects.toMatchObject({ code: 'template-unresolved', message: want });
  });

  test.each([undefined, ''])(
    'without any instance profile (%j), the message names both places',
    async (instanceProfile) => {
      const { instanceProfile: _, ...rest } = TEMPLATE.spec;
      const template = { ...TEMPLATE, spec: instanceProfile === undefined ? rest : { ...rest, instanceProfile } };
      await expect(cloud.resolve(template)).rejects.toMatchObject({
        code: 'template-unresolved',
        message: 'template/default: neither instanceProfile nor the setting aws.defaultInstanceProfile is set',
      });
    },
  );

  test('selected images are asked for by name, owner and tag, and only the newest of a kind counts', async () => {
    const image = (imageId: string, creationDate: string, tags: Record<string, string> = {}): Xml => ({
      imageId,
      name: imageId,
      architecture: 'x86_64',
      creationDate,
      tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
    answers.DescribeImages = () => ({
      imagesSet: [
        image('ami-old', '2025-01-01T00:00:00.000Z'),
        image('ami-new', '2026-01-01T00:00:00.000Z'),
        image('ami-c5', '2026-02-01T00:00:00.000Z', { 'karpenter.k8s.aws/instance-family': 'c5', other: 'x' }),
        { imageId: 'ami-i386', architecture: 'i386' },
      ],
    });
    const amiSelector = { 'aws::name': 'mine-*, yours', team: 'a' };
    const template = { ...TEMPLATE, spec: { ...TEMPLATE.spec, amiSelector } };
    expect((await cloud.resolve(template)).images.map(({ id }) => id)).toEqual(['ami-c5', 'ami-new']);
    expect(requests('DescribeImages')[0]).toMatchObject({
      'Filter.1.Name': 'tag:team',
      'Filter.2.Name': 'name',
      'Filter.2.Value.2': 'yours',
      'Owner.1': 'self',
      'Owner.2': 'amazon',
    });
    await cloud.launch({ ...ORDER, template });
    const images = requests('CreateLaunchTemplate').map((request) => request['LaunchTemplateData.ImageId']);
    expect(images.sort()).toEqual(['ami-c5', 'ami-new']);
  });
});

describe('instances', () => {
  test('all pages are read, by the tags of this very cluster', async () => {
    answers.DescribeInstances = (request) =>
      request.get('NextToken') === null
        ? {
            reservationSet: [{ instancesSet: [instanceXml('i-2', { 'karpenter.sh/machine-name': 'm2' })] }],
            nextToken: 'more',
          }
        : { reservationSet: [{ instancesSet: [instanceXml('i-1', {}, { instanceLifecycle: 'spot' })] }] };
    expect(await cloud.instances()).toMatchObject([
      { id: 'i-1', capacityType: 'spot' },
      { id: 'i-2', capacityType: 'on-demand', machineName: 'm2', launchedAtMs: Date.parse('2026-01-01T00:00:00Z') },
    ]);
    expect(requests('DescribeInstances')[0]).toMatchObject({
      'Filter.1.Name': 'tag:kubernetes.io/cluster/demo',
      'Filter.2.Name': 'tag:karpenter.sh/cluster-uid',
      'Filter.2.Value.1': 'cluster-uid',
    });
  });

  test('half an answer is no answer', async () => {
    answers.DescribeInstances = (request) => {
      if (request.get('NextToken') !== null) throw new AwsError('UnauthorizedOperation', 403);
      return { reservationSet: [{ instancesSet: [instanceXml('i-2', {})] }], nextToken: 'more' };
    };
    await expect(cloud.instances()).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('one that EC2 does not know is undefined, one that could not be asked for is an error', async () => {
    answers.DescribeInstances = () => {
      throw new AwsError('InvalidInstanceID.NotFound');
    };
    expect(await cloud.instance('i-1')).toBeUndefined();
    answers.DescribeInstances = () => {
      throw new AwsError('UnauthorizedOperation', 403);
    };
    await expect(cloud.instance('i-1')).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('to end one that is gone is done', async () => {
    answers.TerminateInstances = () => {
      throw new AwsError('InvalidInstanceID.NotFound');
    };
    await expect(cloud.terminate('i-1')).resolves.toBeUndefined();
  });
});

describe('discovery', () => {
  test('EKS tells endpoint, authority and the range of Services', async () => {
    answers.DescribeCluster = () => ({
      cluster: {
        endpoint: 'https://api.example',
        certificateAuthority: { data: 'Q0E=' },
        kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: '172.20.0.0/16' },
      },
    });
    expect(await discoverCluster({ eks: clients.eks, clusterName: 'demo' })).toEqual({
      endpoint: 'https://api.example',
      caBundleBase64: 'Q0E=',
      serviceCidr: '172.20.0.0/16',
    });
  });

  test('a cluster that is still being made has no endpoint', async () => {
    answers.DescribeCluster = () => ({ cluster: { name: 'demo' } });
    await expect(discoverCluster({ eks: clients.eks, clusterName: 'demo' })).rejects.toMatchObject({
      code: 'unexpected',
    });
  });
});
