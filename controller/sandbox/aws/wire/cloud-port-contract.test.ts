import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAwsClients } from '../../../src/aws/clients.ts';
import { createCloudPort } from '../../../src/aws/cloud-port.ts';
import { parseSettings } from '../../../src/config.ts';
import type { CloudPort, LaunchOrder, NodeTemplate } from '../../../src/ports/cloud.ts';
import { noFaults } from '../../faults.ts';
import { createVirtualTimers, type VirtualTimers } from '../../virtual-timers.ts';
import { type CloudModel, createCloudModel } from '../cloud-model.ts';
import { createInProcessCloudPort } from '../in-process-cloud-port.ts';
import type { BootingInstance } from '../instance-events.ts';
import { startAwsServer } from './wire-server.ts';

// The in-process port stands for the adapter that talks to AWS: both tell the same story on the same model.

interface Subject {
  readonly port: CloudPort;
  readonly model: CloudModel;
  readonly timers: VirtualTimers;
  /** The call's result, however its time passes. */
  settle<T>(call: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const CLUSTER_UID = 'uid-kube-system';

function createWorld(): { timers: VirtualTimers; model: CloudModel } {
  const timers = createVirtualTimers(Date.UTC(2026, 10, 1));
  return { timers, model: createCloudModel({ timers, faults: noFaults(), seed: 3, clusterName: 'demo' }) };
}

async function inProcess(): Promise<Subject> {
  const { timers, model } = createWorld();
  const port = createInProcessCloudPort({ model, timers, clusterUid: CLUSTER_UID });
  const settle = async <T>(call: Promise<T>): Promise<T> => {
    let isSettled = false;
    const done = call.finally(() => {
      isSettled = true;
    });
    // The caller awaits it below; until then a rejection is not unhandled.
    done.catch(() => undefined);
    await timers.run({ until: () => isSettled, deadlineMs: timers.nowMs() + 60_000 });
    return done;
  };
  return { port, model, timers, settle, close: async () => undefined };
}

async function overTheWire(): Promise<Subject> {
  const { timers, model } = createWorld();
  const server = await startAwsServer({ model });
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const clients = createAwsClients({ region: 'us-east-1', endpoint: server.url, credentials });
  const parsed = parseSettings({ 'aws.clusterName': 'demo' }, {});
  if (!('settings' in parsed)) throw new Error(JSON.stringify(parsed));
  const { cluster } = model.state;
  const port = createCloudPort({
    clients,
    region: 'us-east-1',
    settings: () => parsed.settings,
    clusterFacts: () => ({
      clusterName: cluster.name,
      clusterEndpoint: cluster.endpoint,
      caBundleBase64: cluster.certificateAuthority,
      clusterUid: CLUSTER_UID,
      kubernetesVersion: cluster.version,
      serviceCidr: cluster.serviceIpv4Cidr,
    }),
    clock: timers,
    telemetry: { log: () => undefined },
  });
  const close = async (): Promise<void> => {
    clients.close();
    await server.close();
  };
  return { port, model, timers, settle: (call) => call, close };
}

const template: NodeTemplate = {
  source: 'inline/default',
  spec: {
    instanceProfile: 'KarpenterNodeInstanceProfile-demo',
    subnetSelector: { 'kubernetes.io/cluster/demo': '*' },
    securityGroupSelector: { 'kubernetes.io/cluster/demo': '*' },
  },
};

const order = (machineName: string): LaunchOrder => ({
  machineName,
  machineUid: `uid-${machineName}`,
  provisionerName: 'default',
  template,
  kubelet: {},
  labels: { 'karpenter.sh/provisioner-name': 'default', team: 'a' },
  taints: [{ key: 'dedicated', value: 'a', effect: 'NoSchedule' }],
  startupTaints: [],
  capacityType: 'on-demand',
  offerings: [
    { instanceType: 'c6g.large', zone: 'us-east-1b' },
    { instanceType: 'm5.large', zone: 'us-east-1a' },
  ],
});

describe.each([
  ['in process', inProcess],
  ['the adapter, over the wire', overTheWire],
] as const)('%s', (_name, createSubject) => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await createSubject();
  });
  afterEach(() => subject.close());

  test('launches the cheapest offering, and its node is told what the order says', async () => {
    const { port, model, timers, settle } = subject;
    const booted: BootingInstance[] = [];
    model.onRunning((instance) => booted.push(instance));
    const launched = await settle(port.launch(order('a')));
    expect(launched).toMatchObject({
      instanceType: 'c6g.large',
      zone: 'us-east-1b',
      machineName: 'a',
      machineUid: 'uid-a',
      provisionerName: 'default',
    });
    await timers.run({ untilMs: timers.nowMs() + 2_000 });
    expect(booted).toMatchObject([
      {
        providerId: launched.providerId,
        mayJoin: true,
        boot: {
          clusterName: 'demo',
          labels: { team: 'a', 'karpenter.sh/capacity-type': 'on-demand', 'karpenter.sh/provisioner-name': 'default' },
          taints: [{ key: 'dedicated', value: 'a', effect: 'NoSchedule' }],
        },
      },
    ]);
  });

  test('a Machine has one instance, however often it is ordered, and with whatever else is in the order', async () => {
    const { port, model, settle } = subject;
    const first = await settle(port.launch(order('a')));
    expect((await settle(port.launch(order('a')))).id).toBe(first.id);
    const changed = { ...order('a'), offerings: [{ instanceType: 'm5.large', zone: 'us-east-1a' }] };
    expect((await settle(port.launch(changed))).id).toBe(first.id);
    expect(model.ledger()).toHaveLength(1);
  });

  test('an order sent before, whose instance does not show yet, is unconfirmed', async () => {
    const { port, model, settle } = subject;
    await settle(port.launch(order('a')));
    model.faults.describeLagMs = 600_000;
    const changed = { ...order('a'), offerings: [{ instanceType: 'm5.large', zone: 'us-east-1a' }] };
    await expect(settle(port.launch(changed))).rejects.toMatchObject({ code: 'launch-unconfirmed' });
  });

  test('a shortage is no-capacity, and marks the offerings', async () => {
    const { port, model, settle } = subject;
    model.faults.noCapacity = ['*/*/on-demand'];
    await expect(settle(port.launch(order('a')))).rejects.toMatchObject({
      code: 'no-capacity',
      retry: 'other-offering',
    });
    const types = await settle(port.instanceTypes(template, {}));
    const marked = types.flatMap(({ name, offerings }) =>
      offerings
        .filter(({ available }) => !available)
        .map(({ zone, capacityType }) => `${name}/${zone}/${capacityType}`),
    );
    expect(marked).toEqual(['c6g.large/us-east-1b/on-demand', 'm5.large/us-east-1a/on-demand']);
  });

  test('lists what is ours, knows the ended, forgets the unknown', async () => {
    const { port, timers, settle } = subject;
    const { id } = await settle(port.launch(order('a')));
    expect((await settle(port.instances())).map((instance) => instance.machineName)).toEqual(['a']);
    await settle(port.terminate(id));
    await settle(port.terminate(id));
    expect(await settle(port.instance(id))).toMatchObject({ state: 'shutting-down' });
    await timers.run({ untilMs: timers.nowMs() + 5_000 });
    expect(await settle(port.instances())).toEqual([]);
    expect(await settle(port.instance('i-00000000000000000'))).toBeUndefined();
    await expect(settle(port.terminate('i-00000000000000000'))).resolves.toBeUndefined();
  });

  test('throttling is throttled, and never an empty list', async () => {
    const { port, model, settle } = subject;
    model.faults.throttle = { DescribeInstances: -1 };
    await expect(settle(port.instances())).rejects.toMatchObject({ code: 'throttled', retry: 'backoff' });
  });

  test('a selector that matches nothing is unresolved', async () => {
    const { port, settle } = subject;
    const lost: NodeTemplate = { ...template, spec: { ...template.spec, subnetSelector: { team: 'nobody' } } };
    await expect(settle(port.resolve(lost))).rejects.toMatchObject({ code: 'template-unresolved' });
  });
});

test('both offer the same instance types, with the same labels, room and offerings', async () => {
  const here = await inProcess();
  const there = await overTheWire();
  try {
    const shape = async ({ port, settle }: Subject) =>
      new Map(
        (await settle(port.instanceTypes(template, {}))).map(
          ({ name, capacity, allocatable, requirements, offerings }) => [
            name,
            {
              capacity: nonZero(capacity),
              allocatable: nonZero(allocatable),
              labels: Object.fromEntries(
                [...requirements].map(([key, { values }]) => [key, [...values].sort()]).sort(),
              ),
              offerings: offerings.map((offering) => JSON.stringify(offering, Object.keys(offering).sort())).sort(),
            },
          ],
        ),
      );
    const [ours, theirs] = [await shape(here), await shape(there)];
    const differing = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
      (name) => JSON.stringify(ours.get(name)) !== JSON.stringify(theirs.get(name)),
    );
    const [example = ''] = differing;
    expect({ count: differing.length, example, shape: ours.get(example) }).toEqual({
      count: 0,
      example,
      shape: theirs.get(example),
    });
  } finally {
    await there.close();
  }
});

const nonZero = (resources: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(resources)
    .filter(([, amount]) => amount !== 0)
    .sort();
