import { describe, expect, test } from '@jest/globals';
import type { NodeManifest, PodManifest, PodSpecManifest, Problem, TypeRecord } from '../problem/problem-file.ts';
import type { PlannedNodeRecord, Result } from '../problem/result-file.ts';
import type { Rule } from './standing.ts';
import { validatePlan } from './validate-plan.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const CAPACITY_TYPE = 'karpenter.sh/capacity-type';
const WEB = { app: 'web' };

const type = (name: string, cpu: number, rest: Partial<TypeRecord> = {}): TypeRecord => ({
  name,
  arch: 'amd64',
  os: ['linux'],
  labels: { 'example.com/family': name[0] ?? '' },
  capacity: { cpu: `${cpu}`, memory: `${4 * cpu}Gi`, pods: '10' },
  overhead: { cpu: '100m' },
  offerings: ['a', 'b', 'c'].map((zone) => ({ zone, capacityType: 'on-demand', price: cpu / 10 })),
  ...rest,
});
const SMALL = type('m2', 2);
const LARGE = type('m8', 8, { labels: { 'example.com/family': 'm', 'example.com/gpu': 'yes' } });

const pod = (name: string, spec: Partial<PodSpecManifest> = {}, labels: Record<string, string> = {}): PodManifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'main', image: 'app', resources: { requests: { cpu: '1', memory: '1Gi' } } }], ...spec },
});
const on = (nodeName: string, each: PodManifest): PodManifest => ({ ...each, spec: { ...each.spec, nodeName } });

const node = (
  name: string,
  rest: { labels?: Record<string, string>; spec?: NodeManifest['spec'] } = {},
): NodeManifest => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { [ZONE]: 'a', 'karpenter.sh/initialized': 'true', ...rest.labels } },
  spec: rest.spec ?? {},
  status: { capacity: { cpu: '4', memory: '16Gi', pods: '10' }, allocatable: { cpu: '4', memory: '16Gi', pods: '10' } },
});

const problem = (pods: readonly PodManifest[], rest: Partial<Problem> & { spec?: object } = {}): Problem => ({
  format: 1,
  name: 'hand-made',
  instanceTypes: [SMALL, LARGE],
  provisioners: [
    { apiVersion: 'karpenter.sh/v1alpha5', kind: 'Provisioner', metadata: { name: 'default' }, spec: { ...rest.spec } },
  ],
  pods,
  ...rest,
});

/** A large node in zone a for these pods, unless told otherwise. */
const bought = (pods: readonly string[], rest: Partial<PlannedNodeRecord> = {}): PlannedNodeRecord => ({
  provisioner: 'default',
  instanceType: 'm8',
  zone: 'a',
  capacityType: 'on-demand',
  price: 0.8,
  zones: ['a'],
  instanceTypeOptions: ['m8'],
  instanceTypeOptionCount: rest.instanceTypeOptions?.length ?? 1,
  pods: pods.map((name) => `default/${name}`),
  podCount: pods.length,
  ...rest,
});
const there = (name: string, pods: readonly string[]) => ({
  name,
  pods: pods.map((each) => `default/${each}`),
  podCount: pods.length,
});

const result = (
  { pods = [] }: Problem,
  newNodeClaims: readonly PlannedNodeRecord[],
  existingNodes: readonly ReturnType<typeof there>[] = [],
): Result => {
  const sum = (nodes: readonly { podCount: number }[]) => nodes.reduce((total, { podCount }) => total + podCount, 0);
  const unscheduled =
    pods.filter(({ spec }) => spec.nodeName === undefined).length - sum(newNodeClaims) - sum(existingNodes);
  return {
    ms: 0,
    cpuMs: 0,
    decodeMs: 0,
    maxRssMiB: 0,
    newNodeClaimCount: newNodeClaims.length,
    costPerHour: newNodeClaims.reduce((total, { price }) => total + price, 0),
    podErrors: unscheduled,
    podsOnNewNodes: sum(newNodeClaims),
    podsOnExistingNodes: sum(existingNodes),
    unscheduled,
    instanceTypesUsed: {},
    newNodeClaims,
    existingNodes,
  };
};

const spread = (topologyKey: string, rest: object = {}): Partial<PodSpecManifest> => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: WEB }, ...rest },
  ],
});
const required = (
  kind: 'podAffinity' | 'podAntiAffinity',
  topologyKey: string,
  matchLabels: Record<string, string>,
) => ({
  affinity: {
    [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels }, topologyKey }] },
  },
});
const nodeAffinity = (...terms: { key: string; operator: string; values?: string[] }[][]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })),
      },
    },
  },
});
const storePods = (namespaceSelector: object) => [{ labelSelector: {}, namespaceSelector, topologyKey: ZONE }];
const avoiding = (selector: object) => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: storePods(selector) } },
});
const following = (selector: object) => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: storePods(selector) } },
});
const naming = (operator: string, name: string) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator, values: [name] }] }],
      },
    },
  },
});
const inStore = (name: string): PodManifest => {
  const each = pod(name);
  return { ...each, metadata: { ...each.metadata, namespace: 'store' } };
};
const namespace = (name: string, labels: Record<string, string>) => ({
  apiVersion: 'v1' as const,
  kind: 'Namespace' as const,
  metadata: { name, labels },
});
const port = (hostPort: number, hostIP?: string): Partial<PodSpecManifest> => ({
  containers: [
    {
      name: 'main',
      image: 'app',
      ports: [{ containerPort: 80, hostPort, ...(hostIP === undefined ? {} : { hostIP }) }],
    },
  ],
});
const daemon = (spec: Partial<PodSpecManifest>) => ({
  apiVersion: 'apps/v1' as const,
  kind: 'DaemonSet' as const,
  metadata: { name: 'agent' },
  spec: { selector: {}, template: { metadata: {}, spec: { ...pod('agent').spec, ...spec } } },
});
const TAINT = { key: 'team', value: 'blue', effect: 'NoSchedule' };
const TOLERATION = { key: 'team', operator: 'Equal', value: 'blue', effect: 'NoSchedule' };

interface Case {
  readonly of: Problem;
  readonly planned?: readonly PlannedNodeRecord[];
  readonly existing?: readonly ReturnType<typeof there>[];
  readonly wantRules: readonly Rule[];
}

const rulesOf = ({ of, planned = [], existing = [] }: Case): Rule[] => [
  ...new Set(validatePlan(of, result(of, planned, existing)).map(({ rule }) => rule)),
];

const two = [pod('one'), pod('two')];
const inZones = (...zones: string[]) => zones.map((zone, index) => bought([`web-${index}`], { zone, zones: [zone] }));
const webs = (count: number, spec: Partial<PodSpecManifest>) =>
  Array.from({ length: count }, (_, index) => pod(`web-${index}`, spec, WEB));

describe('the validator', () => {
  test.each<[string, Case]>([
    ['two pods on a node that holds both', { of: problem(two), planned: [bought(['one', 'two'])], wantRules: [] }],
    [
      'an option that is too small for what the chosen type holds',
      {
        of: problem(two),
        planned: [bought(['one', 'two'], { instanceType: 'm2', price: 0.2, instanceTypeOptions: ['m2', 'm8'] })],
        wantRules: ['resources'],
      },
    ],
    [
      'a daemon that leaves too little room',
      {
        of: problem([pod('one')], { daemonSets: [daemon({})] }),
        planned: [bought(['one'], { instanceType: 'm2', price: 0.2, instanceTypeOptions: ['m2'] })],
        wantRules: ['resources'],
      },
    ],
    [
      'the same daemon, kept off such nodes by its selector',
      {
        of: problem([pod('one')], { daemonSets: [daemon({ nodeSelector: { 'example.com/gpu': 'yes' } })] }),
        planned: [bought(['one'], { instanceType: 'm2', price: 0.2, instanceTypeOptions: ['m2'] })],
        wantRules: [],
      },
    ],
    [
      'a selector on a label that one of the options lacks',
      {
        of: problem([pod('one', { nodeSelector: { 'example.com/gpu': 'yes' } })]),
        planned: [bought(['one'], { instanceTypeOptions: ['m8', 'm2'] })],
        wantRules: ['selector'],
      },
    ],
    [
      'a label that only the Provisioner could set, and does not',
      {
        of: problem([pod('one', { nodeSelector: { tier: 'web' } })]),
        planned: [bought(['one'])],
        wantRules: ['selector', 'offering'],
      },
    ],
    [
      'a label that the Provisioner leaves open, for which two pods want different values',
      {
        of: problem([pod('one', { nodeSelector: { tier: 'web' } }), pod('two', { nodeSelector: { tier: 'db' } })], {
          spec: { requirements: [{ key: 'tier', operator: 'Exists' }] },
        }),
        planned: [bought(['one', 'two'])],
        wantRules: ['selector', 'offering'],
      },
    ],
    [
      'the same label, wanted once',
      {
        of: problem([pod('one', { nodeSelector: { tier: 'web' } })], {
          spec: { requirements: [{ key: 'tier', operator: 'Exists' }] },
        }),
        planned: [bought(['one'])],
        wantRules: [],
      },
    ],
    [
      'one of two ORed terms that holds',
      {
        of: problem([
          pod(
            'one',
            nodeAffinity(
              [{ key: ZONE, operator: 'In', values: ['b'] }],
              [{ key: 'example.com/gpu', operator: 'Exists' }],
            ),
          ),
        ]),
        planned: [bought(['one'])],
        wantRules: [],
      },
    ],
    [
      'a zone that the Provisioner does not allow',
      {
        of: problem([pod('one')], { spec: { requirements: [{ key: ZONE, operator: 'In', values: ['b'] }] } }),
        planned: [bought(['one'])],
        wantRules: ['selector', 'offering'],
      },
    ],
    [
      'capacity that nobody sells',
      { of: problem([pod('one')]), planned: [bought(['one'], { capacityType: 'spot' })], wantRules: ['offering'] },
    ],
    [
      'a price that is not the offering’s',
      { of: problem([pod('one')]), planned: [bought(['one'], { price: 0.7 })], wantRules: ['cost'] },
    ],
    [
      'a dear type where an option is cheaper',
      {
        of: problem([pod('one')]),
        planned: [bought(['one'], { instanceTypeOptions: ['m8', 'm2'] })],
        wantRules: ['cost'],
      },
    ],
    [
      'a taint that is not tolerated',
      { of: problem([pod('one')], { spec: { taints: [TAINT] } }), planned: [bought(['one'])], wantRules: ['taint'] },
    ],
    [
      'a taint that is tolerated, and one that is only a startup taint',
      {
        of: problem([pod('one', { tolerations: [TOLERATION] })], {
          spec: { taints: [TAINT], startupTaints: [{ key: 'cni', effect: 'NoExecute' }] },
        }),
        planned: [bought(['one'])],
        wantRules: [],
      },
    ],
    [
      'one host port twice, the second on a single address',
      {
        of: problem([pod('one', port(80)), pod('two', port(80, '10.0.0.1'))]),
        planned: [bought(['one', 'two'])],
        wantRules: ['host-port'],
      },
    ],
    [
      'one host port on two addresses',
      {
        of: problem([pod('one', port(80, '10.0.0.2')), pod('two', port(80, '10.0.0.1'))]),
        planned: [bought(['one', 'two'])],
        wantRules: [],
      },
    ],
    [
      'nodes that exceed a limit only if the larger option is bought',
      {
        of: problem([pod('one')], { spec: { limits: { resources: { cpu: '4' } } } }),
        planned: [bought(['one'], { instanceType: 'm2', price: 0.2, instanceTypeOptions: ['m2', 'm8'] })],
        wantRules: ['limit'],
      },
    ],
    [
      'a limit that existing nodes use up',
      {
        of: problem([pod('one')], {
          nodes: [node('old', { labels: { 'karpenter.sh/provisioner-name': 'default' } })],
          spec: { limits: { resources: { cpu: '5' } } },
        }),
        planned: [bought(['one'], { instanceType: 'm2', price: 0.2, instanceTypeOptions: ['m2'] })],
        wantRules: ['limit'],
      },
    ],
    [
      'a pod in two places',
      { of: problem(two), planned: [bought(['one', 'two']), bought(['one'])], wantRules: ['result'] },
    ],
    ['a pod that nobody asked for', { of: problem(two), planned: [bought(['three'])], wantRules: ['result'] }],
    ['a node that does not exist', { of: problem(two), existing: [there('ghost', ['one'])], wantRules: ['result'] }],
    [
      'a pod on a node that has room',
      { of: problem([pod('one')], { nodes: [node('old')] }), existing: [there('old', ['one'])], wantRules: [] },
    ],
    [
      'an existing node that is full, counting a daemon still to come',
      {
        of: problem([on('old', pod('b1')), on('old', pod('b2')), pod('one'), pod('two')], {
          nodes: [node('old')],
          daemonSets: [daemon({})],
        }),
        existing: [there('old', ['one', 'two'])],
        wantRules: ['resources'],
      },
    ],
    [
      'an existing node with a taint, cordoned and in the wrong zone',
      {
        of: problem([pod('one', { nodeSelector: { [ZONE]: 'b' } })], {
          nodes: [node('old', { spec: { taints: [TAINT], unschedulable: true } })],
        }),
        existing: [there('old', ['one'])],
        wantRules: ['selector', 'taint'],
      },
    ],
    [
      'an existing node whose host port is taken',
      {
        of: problem([on('old', pod('b1', port(80))), pod('one', port(80))], { nodes: [node('old')] }),
        existing: [there('old', ['one'])],
        wantRules: ['host-port'],
      },
    ],
    [
      'a pod beside one that it avoids',
      {
        of: problem([pod('one', required('podAntiAffinity', HOST, WEB)), pod('two', {}, WEB)]),
        planned: [bought(['one', 'two'])],
        wantRules: ['anti-affinity'],
      },
    ],
    [
      'a newcomer in the zone of one who avoids it',
      {
        of: problem([on('old', pod('b1', required('podAntiAffinity', ZONE, WEB))), pod('two', {}, WEB)], {
          nodes: [node('old')],
        }),
        planned: [bought(['two'])],
        wantRules: ['anti-affinity'],
      },
    ],
    [
      'a pod beside one of a namespace that it avoids by label',
      {
        of: problem(
          [pod('one', avoiding({ matchLabels: { tier: 'data' } })), inStore('two'), on('old', inStore('b1'))],
          { nodes: [node('old', { labels: { [ZONE]: 'b' } })], namespaces: [namespace('store', { tier: 'data' })] },
        ),
        planned: [bought(['one'], { pods: ['default/one', 'store/two'], podCount: 2 })],
        wantRules: ['anti-affinity'],
      },
    ],
    [
      'the same pods, when the namespace has another label',
      {
        of: problem([pod('one', avoiding({ matchLabels: { tier: 'data' } })), inStore('two')], {
          namespaces: [namespace('store', { tier: 'web' })],
        }),
        planned: [bought(['one'], { pods: ['default/one', 'store/two'], podCount: 2 })],
        wantRules: [],
      },
    ],
    [
      'a pod beside one of a namespace that it avoids by name, of which nothing else is known',
      {
        of: problem([
          pod('one', avoiding({ matchLabels: { 'kubernetes.io/metadata.name': 'store' } })),
          inStore('two'),
        ]),
        planned: [bought(['one'], { pods: ['default/one', 'store/two'], podCount: 2 })],
        wantRules: ['anti-affinity'],
      },
    ],
    [
      'a follower of a namespace that has the label, and of one that has not',
      {
        of: problem([pod('one', following({ matchLabels: { tier: 'data' } })), on('old', inStore('b1'))], {
          nodes: [node('old')],
          namespaces: [namespace('store', { tier: 'web' })],
        }),
        planned: [bought(['one'])],
        wantRules: ['affinity'],
      },
    ],
    [
      'a node that the pod does not name',
      {
        of: problem([pod('one', naming('In', 'old')), pod('two', naming('NotIn', 'old'))], {
          nodes: [node('old'), node('young')],
        }),
        existing: [there('old', ['one', 'two'])],
        wantRules: ['selector'],
      },
    ],
    [
      'a new node for a pod that names one, beside a pod that only keeps off one',
      {
        of: problem([pod('one', naming('In', 'old')), pod('two', naming('NotIn', 'old'))]),
        planned: [bought(['one']), bought(['two'])],
        wantRules: ['selector', 'offering'],
      },
    ],
    [
      'pods that avoid themselves, one to a zone',
      { of: problem(webs(3, required('podAntiAffinity', ZONE, WEB))), planned: inZones('a', 'b', 'c'), wantRules: [] },
    ],
    [
      'a group that means itself, started in two zones',
      {
        of: problem(webs(4, required('podAffinity', ZONE, WEB))),
        planned: inZones('a', 'b', 'a', 'b'),
        wantRules: ['affinity'],
      },
    ],
    [
      'the same group in one zone',
      { of: problem(webs(4, required('podAffinity', ZONE, WEB))), planned: inZones('b', 'b', 'b', 'b'), wantRules: [] },
    ],
    [
      'a follower in another zone than whom it follows',
      {
        of: problem([pod('web-0', required('podAffinity', ZONE, { app: 'db' })), pod('web-1', {}, { app: 'db' })]),
        planned: inZones('a', 'b'),
        wantRules: ['affinity'],
      },
    ],
    [
      'a spread that stays within its skew',
      { of: problem(webs(4, spread(ZONE))), planned: inZones('a', 'b', 'c', 'a'), wantRules: [] },
    ],
    [
      'a spread that exceeds it',
      {
        of: problem(webs(4, spread(ZONE))),
        planned: inZones('a', 'b', 'c', 'c', 'c').slice(1),
        wantRules: ['spread', 'result'],
      },
    ],
    [
      'a spread that leaves out a zone that could be opened',
      { of: problem(webs(4, spread(ZONE))), planned: inZones('a', 'b', 'a', 'b'), wantRules: ['spread'] },
    ],
    [
      'the same, when the pods may not use that zone',
      {
        of: problem(webs(4, { ...spread(ZONE), ...nodeAffinity([{ key: ZONE, operator: 'NotIn', values: ['c'] }]) })),
        planned: inZones('a', 'b', 'a', 'b'),
        wantRules: [],
      },
    ],
    [
      'a spread that wants more domains than there are',
      {
        of: problem(webs(4, spread(ZONE, { minDomains: 4 }))),
        planned: inZones('a', 'b', 'c', 'a'),
        wantRules: ['spread'],
      },
    ],
    [
      'a spread over a label that the nodes lack',
      { of: problem(webs(1, spread('rack'))), planned: inZones('a'), wantRules: ['spread'] },
    ],
    [
      'a spread over capacity types of which only one is for sale',
      { of: problem(webs(2, spread(CAPACITY_TYPE))), planned: inZones('a', 'b'), wantRules: [] },
    ],
    [
      'preferences that nobody heeds',
      {
        of: problem(webs(3, spread(ZONE, { whenUnsatisfiable: 'ScheduleAnyway' }))),
        planned: inZones('a', 'a', 'a'),
        wantRules: [],
      },
    ],
  ])('judges %s', (_, scene) => {
    expect(rulesOf(scene).toSorted()).toEqual(scene.wantRules.toSorted());
  });

  test('counts init containers, sidecars, overhead and the pod’s own statement as kube-scheduler does', () => {
    const requests = (cpu: string) => ({ name: 'c', image: 'i', resources: { requests: { cpu } } });
    const spec: PodSpecManifest = {
      containers: [requests('1')],
      initContainers: [{ ...requests('1'), restartPolicy: 'Always' }, requests('6')],
      overhead: { cpu: '950m' },
    };
    // The init container runs beside the sidecar: 1 + 6, and overhead, is just over the 7.9 that the type has.
    const over = problem([pod('one', spec)]);
    expect(rulesOf({ of: over, planned: [bought(['one'])], wantRules: [] })).toEqual(['resources']);
    const stated = problem([pod('one', { ...spec, resources: { requests: { cpu: '2' } } })]);
    expect(rulesOf({ of: stated, planned: [bought(['one'])], wantRules: [] })).toEqual([]);
  });

  test('says where: the pod’s place in the result', () => {
    const of = problem([pod('one'), pod('two')], { spec: { taints: [TAINT] } });
    expect(validatePlan(of, result(of, [bought(['one', 'two'])])).map(({ path }) => path)).toEqual([
      'newNodeClaims[0].pods[0]',
      'newNodeClaims[0].pods[1]',
    ]);
  });
});
