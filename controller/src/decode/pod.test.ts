import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../api/meta.ts';
import { type DecodedPod, decodePod, isProvisionable } from './pod.ts';
import { isUndecodable } from './undecodable.ts';

type Json = Record<string, unknown>;

const GI = 1024 ** 3;
const UNSCHEDULABLE = { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] };
const container = (requests: Json, rest: Json = {}) => ({ name: 'c', resources: { requests }, ...rest });

function podObject(spec: Json = {}, rest: { metadata?: Json; status?: Json } = {}): KubeObject {
  return {
    metadata: { name: 'x', namespace: 'shop', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z', ...rest.metadata },
    spec: { containers: [container({ cpu: '1' })], ...spec },
    status: rest.status ?? UNSCHEDULABLE,
  };
}

function decoded(...args: Parameters<typeof podObject>): DecodedPod {
  const pod = decodePod(podObject(...args));
  if (isUndecodable(pod)) throw new Error(`${pod.path}: ${pod.message}`);
  return pod;
}

describe('a pod requests', () => {
  const requests = (spec: Json, status: Json = {}) => decoded(spec, { status }).demand.requests;

  test('the sum of its containers, and one place among the node’s pods', () => {
    const containers = [container({ cpu: '250m', memory: '1Gi' }), container({ cpu: '1', 'nvidia.com/gpu': 1 })];
    expect(requests({ containers })).toEqual({ cpu: 1250, memory: GI, 'nvidia.com/gpu': 1, pods: 1 });
  });

  test('its limits where it requests nothing; a request of 0 is one', () => {
    const limits = { cpu: '2', memory: '2Gi' };
    expect(requests({ containers: [{ resources: { limits } }] })).toEqual({ cpu: 2000, memory: 2 * GI, pods: 1 });
    expect(requests({ containers: [{ resources: { limits, requests: { cpu: '0' } } }] })).toEqual({
      memory: 2 * GI,
      pods: 1,
    });
  });

  test.each([
    ['the larger of starting and running', [container({ cpu: '3' })], 3000],
    ['no sum of init containers, which run one by one', [container({ cpu: '3' }), container({ cpu: '2' })], 3000],
    ['its sidecars beside its containers', [container({ cpu: '500m' }, { restartPolicy: 'Always' })], 1500],
    [
      'the sidecars started before an init container beside it',
      [container({ cpu: '500m' }, { restartPolicy: 'Always' }), container({ cpu: '2' })],
      2500,
    ],
    [
      'no sidecar beside an init container that runs before it',
      [container({ cpu: '2' }), container({ cpu: '500m' }, { restartPolicy: 'Always' })],
      2000,
    ],
  ])('%s', (_, initContainers, wantCpuMilli) => {
    expect(requests({ initContainers }).cpu).toBe(wantCpuMilli);
  });

  test('its overhead on top of everything', () => {
    expect(requests({ overhead: { cpu: '100m' }, initContainers: [container({ cpu: '3' })] }).cpu).toBe(3100);
  });

  test('what it states for the pod as a whole in place of the sum', () => {
    const resources = { requests: { cpu: '500m', 'nvidia.com/gpu': 7 }, limits: { cpu: '4', memory: '1Gi' } };
    expect(requests({ resources })).toEqual({ cpu: 500, memory: GI, pods: 1 });
  });

  test('the larger size while it is being resized', () => {
    const containerStatuses = [{ name: 'c', allocatedResources: { cpu: '3' }, resources: { requests: { cpu: '2' } } }];
    expect(requests({}, { containerStatuses }).cpu).toBe(3000);
  });
});

describe('what a pod requires of a node', () => {
  test('is read under today’s label names', () => {
    const terms = [
      { matchExpressions: [{ key: 'failure-domain.beta.kubernetes.io/zone', operator: 'In', values: ['a'] }] },
    ];
    const { demand } = decoded({
      nodeSelector: { 'beta.kubernetes.io/arch': 'arm64' },
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
      tolerations: [
        { key: 'team', operator: 'Exists' },
        { key: 'a', value: 'b', effect: 'NoExecute' },
      ],
    });
    expect(demand.nodeSelector).toEqual({ 'kubernetes.io/arch': 'arm64' });
    expect(demand.requiredNodeTerms).toEqual([[{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['a'] }]]);
    expect(demand.tolerations).toEqual([
      { key: 'team', operator: 'Exists', value: '', effect: '' },
      { key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute' },
    ]);
    expect(demand.unsupported).toEqual([]);
  });

  test('leaves out an empty term, which selects nothing', () => {
    const terms = [{}, { matchExpressions: [{ key: 'team', operator: 'Exists' }] }];
    const { demand } = decoded({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
    });
    expect(demand.requiredNodeTerms).toEqual([[{ key: 'team', operator: 'Exists', values: [] }]]);
  });

  const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
  const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
  test.each([
    ['spec.topologySpreadConstraints', { topologySpreadConstraints: [{ whenUnsatisfiable: 'ScheduleAnyway' }] }],
    ['spec.affinity.podAffinity', { affinity: { podAffinity: { [REQUIRED]: [{}] } } }],
    ['spec.affinity.podAntiAffinity', { affinity: { podAntiAffinity: { [PREFERRED]: [{}] } } }],
    [`spec.affinity.nodeAffinity.${PREFERRED}`, { affinity: { nodeAffinity: { [PREFERRED]: [{}] } } }],
    [
      `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[].matchFields`,
      { affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [{ matchFields: [{}] }] } } } },
    ],
    ['spec.volumes[].persistentVolumeClaim', { volumes: [{ persistentVolumeClaim: { claimName: 'x' } }] }],
    ['spec.volumes[].ephemeral', { volumes: [{ ephemeral: {} }] }],
    ['spec.containers[].ports[].hostPort', { containers: [{ ports: [{ containerPort: 80, hostPort: 80 }] }] }],
    ['spec.resourceClaims', { resourceClaims: [{ name: 'x' }] }],
  ])('names %s as what is not weighed yet', (path, spec) => {
    expect(decoded(spec).demand.unsupported).toEqual([path]);
  });

  test('is not affected by empty affinity, ordinary volumes and container ports', () => {
    const spec = {
      affinity: { podAffinity: {}, nodeAffinity: {} },
      volumes: [{ name: 'token', projected: {} }],
      containers: [{ ports: [{ containerPort: 80 }] }],
    };
    expect(decoded(spec).demand.unsupported).toEqual([]);
  });
});

describe('a pod asks for a node', () => {
  test('when kube-scheduler found none for it', () => {
    expect(isProvisionable(decoded())).toBe(true);
  });

  const owned = (apiVersion: string, kind: string) => ({
    metadata: { ownerReferences: [{ apiVersion, kind, name: 'o' }] },
  });
  test.each([
    ['is bound', { nodeName: 'n' }, {}],
    ['has not been looked at', {}, { status: {} }],
    ['is gated', { schedulingGates: [{ name: 'g' }] }, {}],
    [
      'is gated by its condition',
      {},
      { status: { conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] } },
    ],
    ['waits for others to be preempted', {}, { status: { ...UNSCHEDULABLE, nominatedNodeName: 'n' } }],
    ['is on its way out', {}, { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } }],
    ['has finished', {}, { status: { ...UNSCHEDULABLE, phase: 'Failed' } }],
    ['is a daemon', {}, owned('apps/v1', 'DaemonSet')],
    ['mirrors a static pod', {}, owned('v1', 'Node')],
  ])('but not when it %s', (_, spec, rest) => {
    expect(isProvisionable(decoded(spec, rest))).toBe(false);
  });
});

test('a pod tells what its removal must respect', () => {
  const metadata = {
    annotations: { 'karpenter.sh/do-not-evict': 'true' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', controller: true }],
    deletionTimestamp: '2026-01-01T00:00:30Z',
  };
  const spec = { priorityClassName: 'system-cluster-critical', tolerations: [{ operator: 'Exists' }], nodeName: 'n' };
  expect(decoded(spec, { metadata })).toMatchObject({
    doNotEvict: true,
    isCritical: true,
    toleratesUnschedulable: true,
    ownerKind: 'ReplicaSet',
    nodeName: 'n',
    verdict: 'bound',
    deletionAtMs: Date.parse('2026-01-01T00:00:30Z'),
  });
  expect(decoded().toleratesUnschedulable).toBe(false);
});

describe('a pod that cannot be read', () => {
  const terms = (nodeSelectorTerms: unknown) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  test.each([
    ['spec.containers[0].resources.requests[cpu]', { containers: [container({ cpu: 'much' })] }],
    ['spec.containers[0].resources.requests[cpu]', { containers: [container({ cpu: '-1' })] }],
    ['spec.containers[0].resources.requests[cpu]', { containers: [container({ cpu: {} })] }],
    ['spec.containers', { containers: 'none' }],
    ['spec.tolerations[0].operator', { tolerations: [{ operator: 'Almost' }] }],
    ['spec.nodeSelector[zone]', { nodeSelector: { zone: 7 } }],
    ['spec.nodeSelector', { nodeSelector: { 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/os': 'windows' } }],
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values',
      terms([{ matchExpressions: [{ key: 'cpu', operator: 'Gt', values: ['four'] }] }]),
    ],
    ['spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms', terms([{}])],
  ])('names the field: %s', (wantPath, spec) => {
    expect(decodePod(podObject(spec))).toMatchObject({ path: wantPath, message: expect.any(String) });
  });

  test.each([[{}], [{ metadata: null }], [{ metadata: { name: 'x' }, spec: [] }]])(
    'never throws, even for %j',
    (object) => {
      expect(isUndecodable(decodePod(object as unknown as KubeObject))).toBe(true);
    },
  );
});
