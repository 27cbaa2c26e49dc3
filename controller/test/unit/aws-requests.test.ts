// What the controller asks of AWS, recorded while its adapter works, held against the policy that `pulumi up` gives it.
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { controllerPolicy } from '../../../infra/plan/iam-policy.ts';
import { type CloudModel, createCloudModel } from '../../sandbox/aws/cloud-model.ts';
import { startAwsServer } from '../../sandbox/aws/wire/wire-server.ts';
import { noFaults } from '../../sandbox/faults.ts';
import { createVirtualTimers } from '../../sandbox/virtual-timers.ts';
import { clusterTag, PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { createAwsClients } from '../../src/aws/clients.ts';
import { createCloudPort } from '../../src/aws/cloud-port.ts';
import { discoverCluster } from '../../src/aws/cluster-discovery.ts';
import { parseSettings } from '../../src/config.ts';
import type { CapacityType } from '../../src/core/instance-type.ts';
import type { LaunchOrder, NodeTemplate } from '../../src/ports/cloud.ts';
import { type AccountView, iamRequests } from '../iam-requests.ts';
import { type AwsRequest, isAllowed } from '../policy-evaluator.ts';
import { type RecordedRequest, startRequestRecorder } from '../request-recorder.ts';

const ADAPTER = new URL('../../src/aws/', import.meta.url);
const REGION = 'us-east-1';
const CLUSTER_NAME = 'demo';
const CLUSTER_TAG = clusterTag(CLUSTER_NAME);
const PROFILE = 'KarpenterNodeInstanceProfile-demo';
const ACTING_ROLE_ARN = 'arn:aws:iam::123456789012:role/karpenter-in-this-account';
/** A dozen calls on loopback, on a machine that does other things besides. */
const WORK_MS_MAX = 30_000;
const CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

const TEMPLATE: NodeTemplate = {
  source: 'inline/default',
  spec: {
    instanceProfile: PROFILE,
    subnetSelector: { [CLUSTER_TAG]: '*' },
    securityGroupSelector: { [CLUSTER_TAG]: '*' },
    // A user may name things as he likes, and cannot rename whose they are.
    tags: { team: 'search', Name: 'mine' },
  },
};

function order(machineName: string, capacityType: CapacityType): LaunchOrder {
  return {
    machineName,
    machineUid: `uid-${machineName}`,
    provisionerName: 'default',
    template: TEMPLATE,
    kubelet: {},
    labels: {},
    taints: [],
    startupTaints: [],
    capacityType,
    offerings: ['us-east-1a', 'us-east-1b'].map((zone) => ({ instanceType: 'm5.large', zone })),
  };
}

/** Actions of the SDK commands and paginators that the adapter imports, as IAM calls them. */
function importedActions(): readonly string[] {
  const sources = readdirSync(ADAPTER).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const imports = sources.flatMap((name) => [
    ...readFileSync(new URL(name, ADAPTER), 'utf8').matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-(\w+)'/g),
  ]);
  const actions = imports.flatMap(([, names = '', service]) =>
    names.split(',').flatMap((name) => {
      const [, command, paginated] = /^\s*(?:(\w+)Command|paginate(\w+))\s*$/.exec(name) ?? [];
      return command === undefined && paginated === undefined ? [] : [`${service}:${command ?? paginated}`];
    }),
  );
  return [...new Set(actions)].sort();
}

/** Everything that the controller does with AWS, once. */
async function work(endpoint: string, model: CloudModel): Promise<void> {
  const clients = createAwsClients({
    region: REGION,
    endpoint,
    credentials: CREDENTIALS,
    assumeRole: { arn: ACTING_ROLE_ARN, durationMs: 900_000 },
  });
  try {
    const parsed = parseSettings({ 'aws.clusterName': CLUSTER_NAME }, {});
    if (!('settings' in parsed)) throw new Error(JSON.stringify(parsed));
    const { endpoint: clusterEndpoint, caBundleBase64 } = await discoverCluster({
      eks: clients.eks,
      clusterName: CLUSTER_NAME,
    });
    const cloud = createCloudPort({
      clients,
      region: REGION,
      settings: () => parsed.settings,
      clusterFacts: () => ({
        clusterName: CLUSTER_NAME,
        clusterEndpoint,
        caBundleBase64,
        clusterUid: 'uid-kube-system',
        kubernetesVersion: model.state.cluster.version,
      }),
      clock: model.timers,
      telemetry: { log: () => undefined },
    });
    await cloud.resolve(TEMPLATE);
    await cloud.instanceTypes(TEMPLATE, {});
    const onDemand = await cloud.launch(order('a', 'on-demand'));
    await cloud.launch(order('b', 'spot'));
    await cloud.instances();
    await cloud.instance(onDemand.id);
    await cloud.nodeAccess(TEMPLATE);
    await cloud.terminate(onDemand.id);
  } finally {
    clients.close();
  }
}

function accountView({ state }: CloudModel): AccountView {
  const launchTemplates = Object.values(state.launchTemplates).map(({ id, name, tags, versions }) => {
    const { instanceProfile = '', tagSpecifications = [] } = versions.at(-1) ?? {};
    const ofInterfaces = tagSpecifications.filter(({ resourceType }) => resourceType === 'network-interface');
    const interfaceTags = Object.assign({}, ...ofInterfaces.map((specification) => specification.tags));
    return [name, { id, tags, instanceProfile, interfaceTags }] as const;
  });
  return {
    accountId: state.accountId,
    instances: state.instances,
    launchTemplates: Object.fromEntries(launchTemplates),
    roleArnOfProfile: (name) => nodeRoleArn(state, name),
  };
}

function nodeRoleArn({ iam }: CloudModel['state'], profileName: string): string {
  const role = iam.roles[iam.instanceProfiles[profileName]?.roleName ?? ''];
  if (role === undefined) throw new Error(`instance profile ${profileName} has no role`);
  return role.arn;
}

let recorded: readonly RecordedRequest[];
let asked: readonly AwsRequest[];
let policy: ReturnType<typeof controllerPolicy>;

beforeAll(async () => {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  const instanceTypes = ['m5.large', 'm6g.large'];
  const model = createCloudModel({ timers, faults: noFaults(), seed: 3, clusterName: CLUSTER_NAME, instanceTypes });
  const aws = await startAwsServer({ model });
  const recorder = await startRequestRecorder(aws.url);
  try {
    await work(recorder.url, model);
  } finally {
    await recorder.close();
    await aws.close();
  }
  recorded = recorder.requests;
  const account = accountView(model);
  asked = recorded.flatMap((request) => iamRequests(request, account));
  const { accountId } = account;
  policy = controllerPolicy({
    partition: 'aws',
    dnsSuffix: 'amazonaws.com',
    region: REGION,
    accountId,
    clusterName: CLUSTER_NAME,
    clusterArn: `arn:aws:eks:${REGION}:${accountId}:cluster/${CLUSTER_NAME}`,
    nodeRoleArn: nodeRoleArn(model.state, PROFILE),
    instanceProfileArn: `arn:aws:iam::${accountId}:instance-profile/${PROFILE}`,
    assumeRoleArn: ACTING_ROLE_ARN,
    interruptionQueueArn: `arn:aws:sqs:${REGION}:${accountId}:KarpenterInterruption-demo`,
  });
}, WORK_MS_MAX);

const kindOf = ({ action, resource }: AwsRequest) => `${action} on ${resource.replace(/^.*?:.*?:.*?:.*?:.*?:/, '')}`;
const allowed = (requests: readonly AwsRequest[]) => requests.filter((request) => isAllowed(policy, request));
const inWords = (requests: readonly AwsRequest[]) => [...new Set(requests.map(kindOf))].sort();

/** What a launch uses without owning it; everything else that a writing call touches is this cluster's, or not to be touched. */
const INGREDIENT = /:(image|snapshot|security-group|subnet)\//;
const scoped = () =>
  asked.filter(({ action, resource }) => /^ec2:(?!Describe)/.test(action) && !INGREDIENT.test(resource));

/** The request with other tags, on the request or on what it touches. */
function withTags(request: AwsRequest, change: (tags: Record<string, string>) => Record<string, string>): AwsRequest {
  const kept = Object.entries(request.context).filter(([key]) => !key.includes('Tag/'));
  const tags = Object.entries(request.context).filter(([key]) => key.includes('Tag/'));
  return { ...request, context: Object.fromEntries([...kept, ...Object.entries(change(Object.fromEntries(tags)))]) };
}

const without = (name: string) => (tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !key.endsWith(`Tag/${name}`)));

describe('the requests of the controller', () => {
  test('are recorded for every command of the SDK that its adapter imports', () => {
    const actions = new Set(recorded.map(({ service, action }) => `${service}:${action}`));
    expect(importedActions().length).toBeGreaterThan(10);
    expect(importedActions().filter((action) => !actions.has(action))).toEqual([]);
  });

  test('are all allowed by its policy', () => {
    expect(inWords(asked.filter((request) => !isAllowed(policy, request)))).toEqual([]);
  });

  test('use everything that the policy allows but the interruption queue, which nobody reads yet', () => {
    const used = new Set(asked.map(({ action }) => action));
    const granted = policy.Statement.flatMap(({ Action }) => Action);
    expect(granted.filter((action) => !used.has(action) && !action.startsWith('sqs:'))).toEqual([]);
  });

  test('make, use or end of what a cluster can own these, and no others', () => {
    expect(new Set(scoped().map((request) => kindOf(request).replace(/\/.*/, '')))).toEqual(
      new Set([
        'ec2:CreateLaunchTemplate on launch-template',
        'ec2:CreateFleet on launch-template',
        'ec2:CreateFleet on fleet',
        'ec2:RunInstances on launch-template',
        'ec2:RunInstances on instance',
        'ec2:RunInstances on volume',
        'ec2:RunInstances on network-interface',
        'ec2:RunInstances on spot-instances-request',
        'ec2:CreateTags on launch-template',
        'ec2:CreateTags on fleet',
        'ec2:CreateTags on instance',
        'ec2:CreateTags on volume',
        'ec2:CreateTags on network-interface',
        'ec2:CreateTags on spot-instances-request',
        'ec2:TerminateInstances on instance',
      ]),
    );
  });

  test.each<[string, (tags: Record<string, string>) => Record<string, string>]>([
    ['no tags', () => ({})],
    ['no tag of the cluster', without(CLUSTER_TAG)],
    ['no tag of a Provisioner', without(PROVISIONER_NAME_LABEL)],
    [
      "another cluster's tag",
      (tags) =>
        Object.fromEntries(
          Object.entries(tags).map(([key, value]) => [key.replace(CLUSTER_TAG, clusterTag('other')), value]),
        ),
    ],
    [
      'a tag that only shares the cluster',
      (tags) =>
        Object.fromEntries(
          Object.entries(tags).map(([key, value]) => [key, key.endsWith(CLUSTER_TAG) ? 'shared' : value]),
        ),
    ],
  ])('are denied with %s', (_, change) => {
    expect(inWords(allowed(scoped().map((request) => withTags(request, change))))).toEqual([]);
  });

  test('are denied in another region', () => {
    const elsewhere = asked
      .filter(({ action }) => /^(ec2|ssm|eks):/.test(action))
      .map((request) => ({
        ...request,
        resource: request.resource.replaceAll(REGION, 'eu-west-1'),
        context: { ...request.context, 'aws:RequestedRegion': 'eu-west-1' },
      }));
    expect(elsewhere.length).toBeGreaterThan(0);
    expect(inWords(allowed(elsewhere))).toEqual([]);
  });

  test('are denied for another name: role, profile, cluster, access entry', () => {
    const named = asked.filter(({ action }) => /^(iam|eks|sts):/.test(action));
    const others = named.flatMap((request) => [
      { ...request, resource: request.resource.replace(/[\w-]+(\/\*)?$/, (name) => `other-${name}`) },
      { ...request, resource: request.resource.replaceAll('123456789012', '210987654321') },
    ]);
    expect(inWords(named).length).toBe(5);
    expect(inWords(allowed(others))).toEqual([]);
  });
});
