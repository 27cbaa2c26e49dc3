import { describe, expect, test } from '@jest/globals';
import { MACHINE_UID_TAG } from '../../src/api/names.ts';
import type { LaunchOrder, NodeTemplate } from '../../src/ports/cloud.ts';
import { noFaults } from '../faults.ts';
import { createVirtualTimers } from '../virtual-timers.ts';
import { createCloudModel } from './cloud-model.ts';
import { createInProcessCloudPort } from './in-process-cloud-port.ts';
import type { BootingInstance } from './instance-events.ts';

const START_MS = Date.UTC(2026, 10, 1);

const template: NodeTemplate = {
  source: 'inline/default',
  spec: {
    instanceProfile: 'KarpenterNodeInstanceProfile-demo',
    subnetSelector: { 'kubernetes.io/cluster/demo': '*' },
    securityGroupSelector: { 'kubernetes.io/cluster/demo': '*' },
  },
};

function order(machine: string, rest: Partial<LaunchOrder> = {}): LaunchOrder {
  return {
    machineName: machine,
    machineUid: `uid-${machine}`,
    provisionerName: 'default',
    template,
    kubelet: {},
    labels: { 'karpenter.sh/provisioner-name': 'default', team: 'a' },
    taints: [{ key: 'dedicated', value: 'a', effect: 'NoSchedule' }],
    startupTaints: [{ key: 'cni', value: '', effect: 'NoExecute' }],
    capacityType: 'on-demand',
    offerings: [
      { instanceType: 'm5.large', zone: 'us-east-1a' },
      { instanceType: 'c6g.large', zone: 'us-east-1b' },
    ],
    ...rest,
  };
}

function setUp() {
  const timers = createVirtualTimers(START_MS);
  const faults = noFaults();
  const model = createCloudModel({ timers, faults, seed: 7, clusterName: 'demo' });
  const port = createInProcessCloudPort({ model, timers, clusterUid: 'uid-kube-system' });
  const booted: BootingInstance[] = [];
  const ended: string[] = [];
  model.onRunning((instance) => booted.push(instance));
  model.onTerminating((id) => ended.push(id));
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const outcome = promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    void outcome.then(() => {
      isSettled = true;
    });
    await timers.run({ until: () => isSettled, deadlineMs: timers.nowMs() + 60_000 });
    const result = await outcome;
    if ('error' in result) throw result.error;
    return result.value;
  };
  const advance = (ms: number) => timers.run({ untilMs: timers.nowMs() + ms });
  return { timers, faults, model, port, booted, ended, settle, advance };
}

describe('launching', () => {
  test('buys the cheapest offering of the order, and its node is told labels, taints and cluster', async () => {
    const { port, booted, settle, advance } = setUp();
    const instance = await settle(port.launch(order('a')));
    expect(instance).toMatchObject({
      instanceType: 'c6g.large',
      zone: 'us-east-1b',
      state: 'pending',
      machineUid: 'uid-a',
    });
    await advance(2_000);
    expect(booted).toHaveLength(1);
    expect(booted[0]).toMatchObject({
      id: instance.id,
      providerId: instance.providerId,
      arch: 'arm64',
      mayJoin: true,
      boot: {
        clusterName: 'demo',
        labels: { 'karpenter.sh/capacity-type': 'on-demand', team: 'a' },
        taints: [{ key: 'dedicated' }, { key: 'cni' }],
      },
    });
  });

  test('the same Machine never gets two instances, however often it is ordered', async () => {
    const { port, model, settle } = setUp();
    const first = await settle(port.launch(order('a')));
    const second = await settle(port.launch(order('a')));
    expect(second.id).toBe(first.id);
    expect(model.ledger()).toHaveLength(1);
  });

  test('after a restart that forgot the stock, an order sent before is found by its tag', async () => {
    const { port, model, settle, faults } = setUp();
    const first = await settle(port.launch(order('a')));
    const narrowed = order('a', { offerings: [{ instanceType: 'm5.large', zone: 'us-east-1a' }] });
    expect((await settle(port.launch(narrowed))).id).toBe(first.id);
    faults.describeLagMs = 600_000;
    await expect(settle(port.launch(narrowed))).rejects.toMatchObject({ code: 'launch-unconfirmed' });
    expect(model.ledger()).toHaveLength(1);
  });

  test('a shortage is remembered for three minutes', async () => {
    const { port, settle, faults, advance } = setUp();
    faults.noCapacity = ['*/*/on-demand'];
    await expect(settle(port.launch(order('a')))).rejects.toMatchObject({
      code: 'no-capacity',
      retry: 'other-offering',
    });
    faults.noCapacity = [];
    const available = async (): Promise<boolean | undefined> => {
      const types = await settle(port.instanceTypes(template, {}));
      const offerings = types.find(({ name }) => name === 'm5.large')?.offerings ?? [];
      return offerings.find(({ zone, capacityType }) => zone === 'us-east-1a' && capacityType === 'on-demand')
        ?.available;
    };
    expect(await available()).toBe(false);
    await advance(3 * 60_000);
    expect(await available()).toBe(true);
    await expect(settle(port.launch(order('b')))).resolves.toMatchObject({ machineName: 'b' });
  });

  test('a shortage of the cheapest offering falls through to the next', async () => {
    const { port, settle, faults } = setUp();
    faults.noCapacity = ['c6g.large/us-east-1b/*'];
    expect(await settle(port.launch(order('a')))).toMatchObject({ instanceType: 'm5.large' });
  });

  test('a profile that does not exist is an error, no shortage', async () => {
    const { port, settle } = setUp();
    const broken = { ...template, spec: { ...template.spec, instanceProfile: 'nobody' } };
    await expect(settle(port.launch(order('a', { template: broken })))).rejects.toMatchObject({
      code: 'instance-profile-not-found',
    });
  });

  test('a role that is not on the access list launches machines that never join', async () => {
    const { port, settle, model, booted, advance } = setUp();
    model.state.accessEntries = {};
    await settle(port.launch(order('a')));
    await advance(2_000);
    expect(booted.map(({ mayJoin }) => mayJoin)).toEqual([false]);
  });
});

describe('looking and ending', () => {
  test('lists only instances with this cluster UID, and late ones only after the lag', async () => {
    const { port, settle, faults, model, advance } = setUp();
    faults.describeLagMs = 5_000;
    const mine = await settle(port.launch(order('a')));
    const stranger = createInProcessCloudPort({ model, timers: model.timers, clusterUid: 'another' });
    await settle(stranger.launch(order('b')));
    expect(await settle(port.instances())).toEqual([]);
    expect(await settle(port.instance(mine.id))).toBeUndefined();
    await advance(5_000);
    expect((await settle(port.instances())).map(({ id }) => id)).toEqual([mine.id]);
  });

  test('termination frees the address, tells the world once, and may be repeated', async () => {
    const { port, settle, model, ended, advance } = setUp();
    const { id } = await settle(port.launch(order('a')));
    await advance(2_000);
    await settle(port.terminate(id));
    await settle(port.terminate(id));
    expect(ended).toEqual([id]);
    expect(await settle(port.instance(id))).toMatchObject({ state: 'shutting-down' });
    await advance(5_000);
    expect(await settle(port.instances())).toEqual([]);
    expect(await settle(port.instance(id))).toMatchObject({ state: 'terminated' });
    expect(model.state.subnets.flatMap(({ leases }) => Object.keys(leases))).toEqual([]);
    await advance(11 * 60_000);
    expect(await settle(port.instance(id))).toBeUndefined();
    await expect(settle(port.terminate(id))).resolves.toBeUndefined();
  });

  test('throttling says so and ends with its count', async () => {
    const { port, settle, faults } = setUp();
    faults.throttle = { DescribeInstances: 1 };
    await expect(settle(port.instances())).rejects.toMatchObject({ code: 'throttled', retry: 'backoff' });
    await expect(settle(port.instances())).resolves.toEqual([]);
  });

  test('a tag that somebody removed is gone from the instance and stays in the ledger', async () => {
    const { port, settle, model } = setUp();
    const { id } = await settle(port.launch(order('a')));
    const instance = model.state.instances[id];
    delete instance?.tags[MACHINE_UID_TAG];
    expect((await settle(port.instances()))[0]?.machineUid).toBeUndefined();
    expect(model.ledger()[0]?.machineUid).toBe('uid-a');
  });
});

describe('instance types', () => {
  test('follow the worked examples of the v1alpha5 rules', async () => {
    const { port, settle } = setUp();
    const types = await settle(port.instanceTypes(template, {}));
    const mib = (bytes: number | undefined): number => (bytes ?? 0) / 1024 ** 2;
    const row = (name: string) => {
      const type = types.find((candidate) => candidate.name === name);
      return [mib(type?.capacity.memory), mib(type?.allocatable.memory), type?.allocatable.cpu, type?.capacity.pods];
    };
    expect(row('a1.medium')).toEqual([1835, 1392, 940, 8]);
    expect(row('a1.large')).toEqual([3729, 3055, 1930, 29]);
    expect(row('a1.xlarge')).toEqual([7518, 6525, 3920, 58]);
    expect(row('m5.large')).toEqual([7577, 6903, 1930, 29]);
    expect(row('m5.4xlarge')).toEqual([60620, 57691, 15890, 234]);
    expect(types.length).toBeGreaterThan(700);
  });

  test('say what a type lacks, so that nothing matches it by accident', async () => {
    const { port, settle } = setUp();
    const types = await settle(port.instanceTypes(template, {}));
    const values = (name: string, key: string): readonly string[] => [
      ...(types.find((type) => type.name === name)?.requirements.get(`karpenter.k8s.aws/instance-${key}`)?.values ?? [
        'absent',
      ]),
    ];
    expect(values('m5.large', 'gpu-name')).toEqual([]);
    expect(values('g5.xlarge', 'gpu-name')).toEqual(['a10g']);
    expect(values('g5.xlarge', 'gpu-manufacturer')).toEqual(['nvidia']);
    expect(values('trn1.32xlarge', 'accelerator-count')).toEqual(['16']);
    expect(values('m5d.large', 'local-nvme')).toEqual(['75']);
  });
});

test('one seed gives one world, another seed another', async () => {
  const { port, settle } = setUp();
  const again = setUp();
  const first = await settle(port.launch(order('a')));
  expect(await again.settle(again.port.launch(order('a')))).toEqual(first);
  expect(again.timers.nowMs()).toBeGreaterThan(START_MS);
});

test('a selector that matches nothing is named', async () => {
  const { port, settle } = setUp();
  const lost = { ...template, spec: { ...template.spec, subnetSelector: { team: 'nobody' } } };
  await expect(settle(port.resolve(lost))).rejects.toThrow(/inline\/default: subnetSelector/);
});
