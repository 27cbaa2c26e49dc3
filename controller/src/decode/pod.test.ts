import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../api/meta.ts';
import { NODE_NAME_KEY } from '../core/label-keys.ts';
import { NO_WISHES } from '../core/pod-topology.ts';
import { type DecodedPod, decodePod, isProvisionable } from './pod.ts';
import { isUndecodable } from './undecodable.ts';

type Json = Record<string, unknown>;

const GI = 1024 ** 3;
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const FIELDS = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[0].matchFields`;
const UNSCHEDULABLE = { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] };
const container = (requests: Json, rest: Json = {}) => ({ name: 'c', resources: { requests }, ...rest });

const byName = (operator: string, ...values: string[]) => ({ key: 'metadata.name', operator, values });
const selecting = (app: string) => ({ labelSelector: { matchLabels: { app } } });
const zonal = (app = 'x') => ({ topologyKey: 'zone', ...selecting(app) });

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

  test('may be the name of a node, alone or beside labels of the same term', () => {
    const fields = [byName('NotIn', 'n-1'), byName('NotIn', 'n-2')];
    const labels = [{ key: 'team', operator: 'Exists' }];
    const terms = [{ matchFields: [byName('In', 'n-3')] }, { matchExpressions: labels, matchFields: fields }];
    const { demand } = decoded({ affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: terms } } } });
    expect(demand.requiredNodeTerms).toEqual([
      [{ key: NODE_NAME_KEY, operator: 'In', values: ['n-3'] }],
      [
        { key: 'team', operator: 'Exists', values: [] },
        { key: NODE_NAME_KEY, operator: 'NotIn', values: ['n-1'] },
        { key: NODE_NAME_KEY, operator: 'NotIn', values: ['n-2'] },
      ],
    ]);
    expect(demand.unsupported).toEqual([]);
  });

  test.each([['spec.resourceClaims', { resourceClaims: [{ name: 'x' }] }]])(
    'names %s as what is not weighed yet',
    (path, spec) => {
      expect(decoded(spec).demand.unsupported).toEqual([path]);
    },
  );

  test('is not affected by empty affinity, ordinary volumes and container ports', () => {
    const spec = {
      affinity: { podAffinity: {}, nodeAffinity: {} },
      volumes: [{ name: 'token', projected: {} }],
      containers: [{ ports: [{ containerPort: 80 }] }],
    };
    expect(decoded(spec).demand).toMatchObject({ unsupported: [], hostPorts: [], wishes: NO_WISHES });
  });

  test('leaves what its volumes ask to their claims, which it names', () => {
    const template = { spec: { storageClassName: 'gp3' } };
    const volumes = [
      { name: 'token', projected: {} },
      { name: 'data', persistentVolumeClaim: { claimName: 'orders' } },
      { name: 'scratch', ephemeral: { volumeClaimTemplate: template } },
      { name: 'cache', ephemeral: { volumeClaimTemplate: { spec: {} } } },
    ];
    const pod = decoded({ volumes });
    expect(pod.claims).toEqual([
      { kind: 'named', name: 'orders' },
      { kind: 'ephemeral', volume: 'scratch', className: 'gp3' },
      { kind: 'ephemeral', volume: 'cache' },
    ]);
    expect(pod.demand).toMatchObject({ unsupported: [], volumeTerms: [], attachments: [] });
  });

  test('includes the ports of the node that its containers and sidecars take', () => {
    const at = (hostPort: number, rest: Json = {}) => ({ ports: [{ containerPort: 1, hostPort, ...rest }] });
    const { demand } = decoded({
      containers: [at(80, { hostIP: '0.0.0.0' }), at(53, { protocol: 'UDP', hostIP: '10.0.0.1' })],
      initContainers: [at(81, {}), { ...at(82), restartPolicy: 'Always' }],
    });
    expect(demand.hostPorts).toEqual([
      { ip: '', port: 80, protocol: 'TCP' },
      { ip: '10.0.0.1', port: 53, protocol: 'UDP' },
      { ip: '', port: 82, protocol: 'TCP' },
    ]);
  });
});

describe('what a pod requires of other pods', () => {
  const labelled = { metadata: { labels: { app: 'web', rev: '7' } } };
  const web = { key: 'app', operator: 'In', values: ['web'] };

  test('is spread with Kubernetes’ defaults, and with what it says instead', () => {
    const plain = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...selecting('web') };
    const full = {
      ...plain,
      topologyKey: 'failure-domain.beta.kubernetes.io/zone',
      minDomains: 3,
      matchLabelKeys: ['rev', 'unknown'],
      nodeAffinityPolicy: 'Ignore',
      nodeTaintsPolicy: 'Honor',
    };
    const { demand } = decoded({ topologySpreadConstraints: [plain, full] }, labelled);
    const selector = { namespaces: ['shop'], labels: [web] };
    expect(demand.spread).toEqual([
      { topologyKey: 'zone', maxSkew: 1, minDomains: 1, selector, honorsNodeAffinity: true, honorsNodeTaints: false },
      {
        topologyKey: 'topology.kubernetes.io/zone',
        maxSkew: 1,
        minDomains: 3,
        selector: { namespaces: ['shop'], labels: [web, { key: 'rev', operator: 'In', values: ['7'] }] },
        honorsNodeAffinity: false,
        honorsNodeTaints: true,
      },
    ]);
  });

  test('is affinity and anti-affinity, of its own namespace unless it names others', () => {
    const { demand } = decoded(
      {
        affinity: {
          podAffinity: { [REQUIRED]: [zonal('web'), { ...zonal('web'), namespaces: ['b', 'a'] }] },
          podAntiAffinity: {
            [REQUIRED]: [
              { ...zonal('web'), namespaceSelector: {}, mismatchLabelKeys: ['rev'] },
              { topologyKey: 'zone' },
            ],
          },
        },
      },
      labelled,
    );
    expect(demand.podAffinity.map(({ selector }) => selector.namespaces)).toEqual([['shop'], ['a', 'b']]);
    expect(demand.podAntiAffinity).toEqual([
      {
        topologyKey: 'zone',
        selector: { namespaces: 'all', labels: [web, { key: 'rev', operator: 'NotIn', values: ['7'] }] },
      },
      { topologyKey: 'zone', selector: { namespaces: ['shop'], labels: 'nothing' } },
    ]);
  });

  test('may choose namespaces by their labels beside those it names, and its own only when it does neither', () => {
    const labelled = { matchLabels: { tier: 'web' }, matchExpressions: [{ key: 'old', operator: 'DoesNotExist' }] };
    const chosen = { ...zonal(), namespaceSelector: labelled };
    const { demand } = decoded({
      affinity: {
        podAffinity: { [REQUIRED]: [{ ...chosen, namespaces: ['b', 'a', 'b'] }] },
        podAntiAffinity: {
          [REQUIRED]: [
            { ...chosen, namespaces: [] },
            { ...zonal(), namespaceSelector: null, namespaces: [] },
          ],
        },
      },
    });
    const namespaceLabels = [
      { key: 'tier', operator: 'In', values: ['web'] },
      { key: 'old', operator: 'DoesNotExist', values: [] },
    ];
    expect(demand.podAffinity).toMatchObject([{ selector: { namespaces: ['a', 'b'], namespaceLabels } }]);
    expect(demand.podAntiAffinity.map(({ selector }) => selector)).toEqual([
      { namespaces: [], namespaceLabels, labels: expect.any(Array) },
      { namespaces: ['shop'], labels: expect.any(Array) },
    ]);
    expect(demand.unsupported).toEqual([]);
  });

  test('is kept apart from what it wishes, and an empty wish is passed over', () => {
    const { demand } = decoded({
      topologySpreadConstraints: [{ ...zonal('web'), maxSkew: 2, whenUnsatisfiable: 'ScheduleAnyway' }],
      affinity: {
        nodeAffinity: {
          [PREFERRED]: [
            { weight: 1, preference: {} },
            { weight: 5, preference: { matchFields: [byName('In', 'n')] } },
            { weight: 2, preference: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } },
          ],
        },
        podAntiAffinity: {
          [PREFERRED]: [
            { weight: 9, podAffinityTerm: { ...zonal('web'), namespaceSelector: { matchLabels: { a: 'b' } } } },
            { weight: 3, podAffinityTerm: zonal('web') },
          ],
        },
      },
    });
    expect(demand).toMatchObject({ spread: [], podAffinity: [], podAntiAffinity: [], unsupported: [] });
    expect(demand.wishes).toMatchObject({
      nodeTerms: [
        { weight: 5, value: [{ key: NODE_NAME_KEY, operator: 'In', values: ['n'] }] },
        { weight: 2, value: [{ key: 'team', operator: 'Exists', values: [] }] },
      ],
      podAffinity: [],
      podAntiAffinity: [
        { weight: 9, value: { topologyKey: 'zone', selector: { namespaces: [] } } },
        { weight: 3, value: { topologyKey: 'zone', selector: { namespaces: ['shop'] } } },
      ],
      spread: [{ maxSkew: 2 }],
    });
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
    [
      'spec.topologySpreadConstraints[0].whenUnsatisfiable',
      { topologySpreadConstraints: [{ ...zonal(), maxSkew: 1, whenUnsatisfiable: 'Perhaps' }] },
    ],
    [
      `spec.affinity.podAffinity.${REQUIRED}[0].labelSelector.matchExpressions[0].operator`,
      {
        affinity: {
          podAffinity: {
            [REQUIRED]: [
              {
                topologyKey: 'zone',
                labelSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] },
              },
            ],
          },
        },
      },
    ],
    ['spec.nodeSelector[zone]', { nodeSelector: { zone: 7 } }],
    ['spec.nodeSelector', { nodeSelector: { 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/os': 'windows' } }],
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values',
      terms([{ matchExpressions: [{ key: 'cpu', operator: 'Gt', values: ['four'] }] }]),
    ],
    ['spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms', terms([{}])],
    [`${FIELDS}[0].key`, terms([{ matchFields: [{ ...byName('In', 'n'), key: 'metadata.uid' }] }])],
    [`${FIELDS}[1].operator`, terms([{ matchFields: [byName('In', 'n'), byName('Exists')] }])],
    [`${FIELDS}[0].values`, terms([{ matchFields: [byName('NotIn', 'n', 'm')] }])],
    [
      `spec.affinity.podAffinity.${REQUIRED}[0].namespaceSelector.matchExpressions[0].values`,
      {
        affinity: {
          podAffinity: {
            [REQUIRED]: [{ ...zonal(), namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }],
          },
        },
      },
    ],
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
