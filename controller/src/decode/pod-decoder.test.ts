import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { KubeObject } from '../api/meta.ts';
import { decodePod } from './pod.ts';
import { createPodDecoder, type PodDecoder } from './pod-decoder.ts';
import { isUndecodable } from './undecodable.ts';

const SEED = 20266;
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

const requesting = (requests: object, rest: object = {}) => ({
  name: 'main',
  image: 'app',
  resources: { requests },
  ...rest,
});
const podOf = (name: string, spec: object, metadata: object = {}): KubeObject => ({
  metadata: { name, uid: `uid-${name}`, namespace: 'shop', ...metadata },
  spec: { containers: [requesting({ cpu: '1' })], ...spec },
});
const demandOf = (decode: PodDecoder, pod: KubeObject) => {
  const decoded = decode(pod);
  if (isUndecodable(decoded)) throw new Error(`${decoded.path}: ${decoded.message}`);
  return decoded.demand;
};

const zonal = { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'a' } } };
const spread = { ...zonal, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' };
const byHash = { ...spread, matchLabelKeys: ['hash'] };
/** Few values for each field, so that pods often differ in one of them; some cannot be read. */
const FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  nodeSelector: [{ a: '1', b: '2' }, { b: '2', a: '1' }, { a: '2' }, { a: 1 }],
  tolerations: [[{ key: 'x', operator: 'Exists' }], [{ key: 'x', effect: 'NoSchedule' }], 'all'],
  topologySpreadConstraints: [[spread], [byHash], [{ ...spread, whenUnsatisfiable: 'ScheduleAnyway' }], [{}]],
  affinity: [
    { podAntiAffinity: { [REQUIRED]: [zonal] } },
    { podAffinity: { [REQUIRED]: [{ ...zonal, mismatchLabelKeys: ['hash'] }] } },
    { podAffinity: { [PREFERRED]: [{ weight: 2, podAffinityTerm: zonal }] } },
    { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'k', operator: 'Exists' }] }] } } },
  ],
  containers: [
    [requesting({ cpu: '1', memory: '1Gi' })],
    [requesting({ memory: '1Gi', cpu: '1' }, { ports: [{ containerPort: 1, hostPort: 1 }] })],
    [requesting({ cpu: '1' }), { image: 'x' }],
    [requesting({ cpu: '-1' })],
    ['main'],
  ],
  initContainers: [[requesting({ cpu: '3' })], [requesting({ cpu: '3' }, { restartPolicy: 'Always' })]],
  overhead: [{ cpu: '100m' }],
  resources: [{ requests: { cpu: '4' } }],
  volumes: [
    [{ name: 'token', projected: {} }],
    [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    [{ name: 'scratch', ephemeral: {} }],
    [{ persistentVolumeClaim: null }],
    [1],
  ],
  resourceClaims: [[{ name: 'gpu' }]],
  nodeName: ['n1'],
  priority: [10],
};
const held = (cpu: string) => ({ containerStatuses: [{ name: 'main', allocatedResources: { cpu } }] });
const drawnPod = fc
  .record({
    spec: fc.record(
      Object.fromEntries(Object.entries(FIELDS).map(([name, values]) => [name, fc.constantFrom(...values)])),
      {
        requiredKeys: [],
      },
    ),
    status: fc.constantFrom(undefined, {}, { phase: 'Running' }, held('2'), held('-2'), 'lost'),
    labels: fc.constantFrom(undefined, { app: 'a', hash: '1' }, { hash: '2' }, { hash: 3 }),
    namespace: fc.constantFrom('shop', 'farm'),
  })
  .map(({ spec, status, labels, namespace }): KubeObject => ({ ...podOf('p', spec, { namespace, labels }), status }));

describe('a pod decoder', () => {
  test('reads each of many pods as if it were the only one', () => {
    fc.assert(
      fc.property(fc.array(drawnPod, { minLength: 2, maxLength: 12 }), (pods) => {
        const decode = createPodDecoder();
        expect(pods.map((pod) => decode(pod))).toEqual(pods.map((pod) => decodePod(pod)));
      }),
      { seed: SEED, numRuns: 600 },
    );
  });

  test('gives pods of one template the same parts, whatever each is called', () => {
    const decode = createPodDecoder();
    const volume = (name: string) => [
      { name: `kube-api-access-${name}`, projected: {} },
      { name: 'data', persistentVolumeClaim: { claimName: `data-${name}` } },
    ];
    const [first, second] = ['x', 'y'].map((name) =>
      demandOf(decode, podOf(name, { nodeName: `node-${name}`, volumes: volume(name) }, { labels: { app: 'a' } })),
    );
    expect(second).toEqual({ ...first, name: 'y', uid: 'uid-y' });
    expect(second?.requests).toBe(first?.requests);
    expect(second?.labels).toBe(first?.labels);
    expect(second?.wishes).toBe(first?.wishes);
  });

  test('gives equal parts of different templates as one object, whatever order their keys are in', () => {
    const decode = createPodDecoder();
    const tolerations = () => [{ key: 'team', operator: 'Exists' }];
    const one = demandOf(decode, podOf('x', { tolerations: tolerations(), nodeSelector: { a: '1', b: '2' } }));
    const other = demandOf(
      decode,
      podOf('y', {
        tolerations: tolerations(),
        nodeSelector: { b: '2', a: '1' },
        containers: [requesting({ cpu: '500m' }), requesting({ cpu: '500m' })],
        topologySpreadConstraints: [spread],
      }),
    );
    expect(other.tolerations).toBe(one.tolerations);
    expect(other.nodeSelector).toBe(one.nodeSelector);
    expect(other.requests).toBe(one.requests);
    expect(other.spread).not.toBe(one.spread);
  });

  test('keeps what a constraint says of pods in its own namespace', () => {
    const decode = createPodDecoder();
    const namespaces = ['shop', 'farm'].map((namespace) => {
      const { spread: constraints } = demandOf(
        decode,
        podOf('x', { topologySpreadConstraints: [spread] }, { namespace }),
      );
      return constraints[0]?.selector.namespaces;
    });
    expect(namespaces).toEqual([['shop'], ['farm']]);
  });

  test('lets nobody change what many pods share', () => {
    const { spread: shared } = demandOf(createPodDecoder(), podOf('x', { topologySpreadConstraints: [spread] }));
    expect(() => (shared as unknown[]).push('more')).toThrow(TypeError);
    expect(() => Object.assign(shared[0]?.selector ?? {}, { namespaces: 'all' })).toThrow(TypeError);
  });
});
