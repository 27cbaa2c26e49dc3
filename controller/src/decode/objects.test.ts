import { describe, expect, test } from '@jest/globals';
import type { Machine } from '../api/machine.gen.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Provisioner } from '../api/provisioner.gen.ts';
import { toExpressions } from '../core/requirements.ts';
import { isEphemeralTaint } from '../core/taints.ts';
import { decodeDaemonSet } from './daemonset.ts';
import { decodeMachine } from './machine.ts';
import { decodeNode } from './node.ts';
import { budgetCovers, type DecodedBudget, decodePodDisruptionBudget } from './pod-disruption-budget.ts';
import { type DecodedProvisioner, decodeProvisioner } from './provisioner.ts';
import { isUndecodable, type Undecodable } from './undecodable.ts';

const GI = 1024 ** 3;

function read<T extends object>(decoded: T | Undecodable): T {
  if (isUndecodable(decoded)) throw new Error(`${decoded.path}: ${decoded.message}`);
  return decoded;
}

describe('a Provisioner', () => {
  const provisioner = (spec: object): Provisioner => ({ metadata: { name: 'default' }, spec }) as Provisioner;
  const decoded = (spec: object): DecodedProvisioner => read(decodeProvisioner(provisioner(spec)));

  test('gets its defaults, its labels and its own name as requirements', () => {
    const { template } = decoded({ labels: { team: 'a' } });
    expect(toExpressions(template.requirements)).toEqual([
      { key: 'karpenter.k8s.aws/instance-category', operator: 'In', values: ['c', 'm', 'r'] },
      { key: 'karpenter.k8s.aws/instance-generation', operator: 'Gt', values: ['2'] },
      { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
      { key: 'karpenter.sh/provisioner-name', operator: 'In', values: ['default'] },
      { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] },
      { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
      { key: 'team', operator: 'In', values: ['a'] },
    ]);
    expect(template.labels).toEqual({ team: 'a', 'karpenter.sh/provisioner-name': 'default' });
  });

  test('keeps a limit of 0, which forbids, apart from none, which does not', () => {
    expect(decoded({}).template.limits).toBeUndefined();
    expect(decoded({ limits: { resources: { cpu: '1k', 'nvidia.com/gpu': 0 } } }).template.limits).toEqual({
      cpu: 1_000_000,
      'nvidia.com/gpu': 0,
    });
  });

  test('tells its lifetimes', () => {
    const spec = { ttlSecondsAfterEmpty: 30, ttlSecondsUntilExpired: 2_592_000, weight: 7 };
    expect(decoded(spec)).toMatchObject({
      ttlSecondsAfterEmpty: 30,
      ttlSecondsUntilExpired: 2_592_000,
      consolidationEnabled: false,
      template: { weight: 7 },
    });
  });

  const annotated = (annotations: Record<string, string>) =>
    decodeProvisioner({ metadata: { name: 'default', annotations }, spec: {} } as unknown as Provisioner);
  const policy = (value: string) => ({ 'karpenter.sh/preference-policy': value });
  const cost = (value: string) => ({ 'karpenter.sh/unmet-preference-cost': value });

  test.each([
    [{}, { policy: 'respect' }],
    [policy('respect'), { policy: 'respect' }],
    [policy('ignore'), { policy: 'ignore' }],
    [
      { ...policy('priced'), ...cost('0.02') },
      { policy: 'priced', nanoUsdPerHour: 20_000_000 },
    ],
    [
      { ...policy('priced'), ...cost('1.000000001') },
      { policy: 'priced', nanoUsdPerHour: 1_000_000_001 },
    ],
    [
      { ...policy('priced'), ...cost('0') },
      { policy: 'priced', nanoUsdPerHour: 0 },
    ],
    [
      { ...policy('priced'), ...cost('999999.999999999') },
      { policy: 'priced', nanoUsdPerHour: 999_999_999_999_999 },
    ],
  ])('with annotations %j takes preferences as %j', (annotations, wantPreferences) => {
    expect(read(annotated(annotations)).template.preferences).toEqual(wantPreferences);
  });

  test('whose annotation on preferences cannot be read names it', () => {
    expect(annotated(policy('Respect'))).toMatchObject({
      path: 'metadata.annotations[karpenter.sh/preference-policy]',
    });
  });

  test.each([
    ['spec.requirements', { labels: { team: 'a' }, requirements: [{ key: 'team', operator: 'In', values: ['b'] }] }],
    ['spec.requirements[0].values', { requirements: [{ key: 'team', operator: 'In', values: [] }] }],
    ['spec.limits.resources[cpu]', { limits: { resources: { cpu: 'lots' } } }],
    ['spec.taints[0].key', { taints: [{ effect: 'NoSchedule' }] }],
  ])('that cannot be computed with names %s', (wantPath, spec) => {
    expect(decodeProvisioner(provisioner(spec))).toMatchObject({ path: wantPath });
  });
});

describe('a Machine', () => {
  const machine = (rest: object, annotations: Record<string, string> = {}): Machine =>
    ({
      metadata: { name: 'm', uid: 'u', labels: { 'karpenter.sh/provisioner-name': 'default' }, annotations },
      spec: { resources: { requests: { cpu: '1100m' } } },
      ...rest,
    }) as Machine;
  const reserved = { 'karpenter.sh/reserved-capacity': '{"cpu":"8","memory":"16Gi"}' };

  test('counts with its reservation until its capacity is known', () => {
    expect(read(decodeMachine(machine({}, reserved))).countedCapacity).toEqual({ cpu: 8000, memory: 16 * GI });
    const launched = machine({ status: { capacity: { cpu: '2' }, providerID: 'aws:///a/i-1' } }, reserved);
    expect(read(decodeMachine(launched))).toMatchObject({ countedCapacity: { cpu: 2000 }, providerId: 'aws:///a/i-1' });
  });

  test('without a reservation counts at least what it was planned to hold', () => {
    expect(read(decodeMachine(machine({}))).countedCapacity).toEqual({ cpu: 1100 });
  });

  test('tells its conditions by type', () => {
    const conditions = [{ type: 'MachineEmpty', status: 'True', lastTransitionTime: '1970-01-01T00:00:05Z' }];
    expect(read(decodeMachine(machine({ status: { conditions } }))).conditions.get('MachineEmpty')).toEqual({
      status: 'True',
      reason: '',
      message: '',
      sinceMs: 5000,
    });
  });

  test('with a reservation that is no JSON names the annotation', () => {
    const broken = { 'karpenter.sh/reserved-capacity': '{' };
    expect(decodeMachine(machine({}, broken))).toMatchObject({
      path: 'metadata.annotations.karpenter.sh/reserved-capacity',
    });
  });
});

describe('a Node', () => {
  const node = (spec: object, status: object): KubeObject => ({
    metadata: { name: 'n', labels: { a: 'b' } },
    spec,
    status,
  });

  test('is read', () => {
    const conditions = [{ type: 'Ready', status: 'True' }];
    const decoded = decodeNode(
      node(
        { providerID: 'aws:///a/i-1', unschedulable: true },
        { allocatable: { cpu: '1930m', memory: '3.5Gi' }, conditions },
      ),
    );
    expect(decoded).toMatchObject({
      name: 'n',
      providerId: 'aws:///a/i-1',
      labels: { a: 'b' },
      allocatable: { cpu: 1930, memory: 3.5 * GI },
      isReady: true,
      unschedulable: true,
    });
  });

  test('that cannot be read offers nothing and is still known', () => {
    const decoded = decodeNode(node({ providerID: 'aws:///a/i-1' }, { allocatable: { cpu: 'lots' } }));
    expect(decoded).toMatchObject({
      name: 'n',
      providerId: 'aws:///a/i-1',
      labels: { a: 'b' },
      allocatable: {},
      unschedulable: true,
    });
  });

  test.each([
    ['node.kubernetes.io/not-ready', 'NoSchedule', true],
    ['node.kubernetes.io/not-ready', 'NoExecute', false],
    ['node.cloudprovider.kubernetes.io/uninitialized', 'NoSchedule', true],
    ['team', 'NoSchedule', false],
  ] as const)('takes off %s:%s by itself: %s', (key, effect, wantEphemeral) => {
    expect(isEphemeralTaint({ key, value: '', effect })).toBe(wantEphemeral);
  });
});

describe('a DaemonSet', () => {
  const daemonSet = (spec: object): KubeObject => ({
    metadata: { name: 'd', namespace: 'kube-system', uid: 'u' },
    spec: { template: { metadata: { labels: { app: 'd' } }, spec } },
  });
  const keys = (spec: object) => read(decodeDaemonSet(daemonSet(spec))).tolerations.map((toleration) => toleration.key);

  test('stands for one pod on each node, tolerant as its controller makes it', () => {
    const spec = {
      containers: [{ resources: { requests: { cpu: '50m' } } }],
      tolerations: [{ key: 'team', operator: 'Exists' }],
    };
    expect(read(decodeDaemonSet(daemonSet(spec)))).toMatchObject({
      name: 'd',
      requests: { cpu: 50, pods: 1 },
      labels: { app: 'd' },
    });
    expect(keys(spec)).toEqual(expect.arrayContaining(['team', 'node.kubernetes.io/unschedulable']));
    expect(keys(spec)).not.toContain('node.kubernetes.io/network-unavailable');
    expect(keys({ ...spec, hostNetwork: true })).toContain('node.kubernetes.io/network-unavailable');
  });

  test('that cannot be read names the field', () => {
    expect(decodeDaemonSet(daemonSet({ containers: 3 }))).toMatchObject({ path: 'spec.template.spec.containers' });
  });
});

describe('a PodDisruptionBudget', () => {
  const budget = (spec: object, status: object = {}): DecodedBudget =>
    read(decodePodDisruptionBudget({ metadata: { name: 'b', namespace: 'shop' }, spec, status }));

  test('speaks for the pods of its namespace that its selector selects', () => {
    const web = budget({
      selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'canary', operator: 'DoesNotExist' }] },
    });
    expect(budgetCovers(web, 'shop', { app: 'web' })).toBe(true);
    expect(budgetCovers(web, 'shop', { app: 'web', canary: '1' })).toBe(false);
    expect(budgetCovers(web, 'other', { app: 'web' })).toBe(false);
  });

  test('speaks for all with an empty selector and for none without one', () => {
    expect(budgetCovers(budget({ selector: {} }), 'shop', {})).toBe(true);
    expect(budgetCovers(budget({}), 'shop', {})).toBe(false);
  });

  test('allows nothing until its controller has counted', () => {
    expect(budget({}).disruptionsAllowed).toBe(0);
    expect(budget({}, { disruptionsAllowed: 2 }).disruptionsAllowed).toBe(2);
  });
});
