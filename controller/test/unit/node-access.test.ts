import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CloudModel, type CloudModelOptions, createCloudModel } from '../../sandbox/aws/cloud-model.ts';
import { createInProcessCloudPort } from '../../sandbox/aws/in-process-cloud-port.ts';
import { startAwsServer } from '../../sandbox/aws/wire/wire-server.ts';
import { noFaults } from '../../sandbox/faults.ts';
import { createVirtualTimers } from '../../sandbox/virtual-timers.ts';
import { createAwsClients } from '../../src/aws/clients.ts';
import { createCloudPort } from '../../src/aws/cloud-port.ts';
import { parseSettings } from '../../src/config.ts';
import type { NodeAccess, NodeTemplate } from '../../src/ports/cloud.ts';

// What IAM and EKS say of a template's nodes, asked of the adapter over the wire and of the port that stands for it.

const PROFILE = 'KarpenterNodeInstanceProfile-demo';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/KarpenterNodeRole-demo';
const TEMPLATE: NodeTemplate = {
  source: 'inline/default',
  spec: {
    instanceProfile: PROFILE,
    subnetSelector: { 'kubernetes.io/cluster/demo': '*' },
    securityGroupSelector: { 'kubernetes.io/cluster/demo': '*' },
  },
};

interface Subject {
  readonly model: CloudModel;
  ask(): Promise<NodeAccess>;
  /** Lets what is remembered grow old. */
  passMinutes(minutes: number): Promise<void>;
  close(): Promise<void>;
}

function createWorld(options: Partial<CloudModelOptions>) {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  const model = createCloudModel({ timers, faults: noFaults(), seed: 3, clusterName: 'demo', ...options });
  const passMinutes = async (minutes: number): Promise<void> => {
    await timers.run({ untilMs: timers.nowMs() + minutes * 60_000 });
  };
  return { timers, model, passMinutes };
}

async function inProcess(options: Partial<CloudModelOptions> = {}): Promise<Subject> {
  const { timers, model, passMinutes } = createWorld(options);
  const port = createInProcessCloudPort({ model, timers, clusterUid: 'uid-kube-system' });
  const ask = async (): Promise<NodeAccess> => {
    const [answer] = await Promise.allSettled([port.nodeAccess(TEMPLATE), passMinutes(1)]);
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  };
  return { model, passMinutes, ask, close: async () => undefined };
}

async function overTheWire(options: Partial<CloudModelOptions> = {}): Promise<Subject> {
  const { timers, model, passMinutes } = createWorld(options);
  const server = await startAwsServer({ model });
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const clients = createAwsClients({ region: 'us-east-1', endpoint: server.url, credentials });
  const parsed = parseSettings({ 'aws.clusterName': 'demo' }, {});
  if (!('settings' in parsed)) throw new Error(JSON.stringify(parsed));
  const { name, endpoint, certificateAuthority, version } = model.state.cluster;
  const port = createCloudPort({
    clients,
    region: 'us-east-1',
    settings: () => parsed.settings,
    clusterFacts: () => ({
      clusterName: name,
      clusterEndpoint: endpoint,
      caBundleBase64: certificateAuthority,
      clusterUid: 'uid-kube-system',
      kubernetesVersion: version,
    }),
    clock: timers,
    telemetry: { log: () => undefined },
  });
  const close = async (): Promise<void> => {
    clients.close();
    await server.close();
  };
  return { model, passMinutes, ask: () => port.nodeAccess(TEMPLATE), close };
}

describe.each([
  ['in process', inProcess],
  ['the adapter, over the wire', overTheWire],
] as const)('%s', (_, createSubject) => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await createSubject();
  });
  afterEach(() => subject.close());

  test('nodes come as the role of their profile, and the role has an access entry', async () => {
    expect(await subject.ask()).toEqual({
      kind: 'role',
      roleArn: ROLE_ARN,
      authenticationMode: 'API_AND_CONFIG_MAP',
      accessEntryType: 'EC2_LINUX',
    });
  });

  test('an entry that is taken away is missed within a minute', async () => {
    await subject.ask();
    subject.model.state.accessEntries = {};
    await subject.passMinutes(1);
    expect(await subject.ask()).toMatchObject({ kind: 'role', roleArn: ROLE_ARN, accessEntryType: undefined });
  });

  test('a profile that is gone, or holds no role, gives nobody to come as', async () => {
    const { iam } = subject.model.state;
    delete iam.instanceProfiles[PROFILE]?.roleName;
    expect(await subject.ask()).toEqual({ kind: 'no-role', instanceProfile: PROFILE });
    await subject.passMinutes(1);
    delete iam.instanceProfiles[PROFILE];
    expect(await subject.ask()).toEqual({ kind: 'no-profile', instanceProfile: PROFILE });
  });

  test('what cannot be asked is an error, never an absence', async () => {
    subject.model.faults.throttle = { GetInstanceProfile: -1 };
    await expect(subject.ask()).rejects.toMatchObject({ code: 'throttled' });
  });

  test('a cluster that reads aws-auth alone is not asked for entries', async () => {
    const older = await createSubject({ authenticationMode: 'CONFIG_MAP' });
    try {
      const want = { kind: 'role', authenticationMode: 'CONFIG_MAP', accessEntryType: undefined };
      expect(await older.ask()).toMatchObject(want);
    } finally {
      await older.close();
    }
  });
});
