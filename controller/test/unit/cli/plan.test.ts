import { describe, expect, test } from '@jest/globals';
import { container, files, namespace, node, plan, pod, problem, provisioner, solved, typeOf } from './plan-fixture.ts';

const GPU = 'example.com/gpu-name';

describe('a plan of new nodes', () => {
  test('says what is bought, where, for how much and for whom', () => {
    const instanceTypes = [typeOf('tiny', 1), typeOf('large', 8)];
    const result = solved(problem({ name: 'three', instanceTypes, pods: ['x', 'y', 'z'].map((name) => pod(name)) }));
    expect(result).toMatchObject({
      newNodeClaimCount: 1,
      costPerHour: 0.8,
      podErrors: 0,
      podsOnNewNodes: 3,
      podsOnExistingNodes: 0,
      unscheduled: 0,
      instanceTypesUsed: { large: 1 },
      utilisation: { cpu: 3 / 7.5, memory: 1.5 / 8 },
      existingNodes: [],
      podErrorSamples: {},
      problem: { name: 'three', file: 'problem.json', pods: 3, instanceTypes: 2, provisioners: 1, nodes: 0 },
    });
    expect(result.newNodeClaims).toEqual([
      {
        provisioner: 'default',
        instanceType: 'large',
        zone: 'a',
        capacityType: 'on-demand',
        price: 0.8,
        podCount: 3,
        instanceTypeOptionCount: 1,
        requests: { cpu: '3', memory: '1536Mi', pods: '3' },
        zones: ['a', 'b'],
      },
    ]);
  });

  test('measures its parts apart, at the edge', () => {
    const result = solved(problem({ pods: [pod('x')] }));
    for (const key of ['ms', 'cpuMs', 'decodeMs', 'maxRssMiB']) expect(result[key]).toBeGreaterThan(0);
    const { ms, cpuMs } = result;
    expect(result.reps).toEqual([
      {
        setupMs: expect.any(Number),
        solveMs: ms,
        solveCpuMs: cpuMs,
        newNodeClaims: 1,
        podErrors: 0,
        costPerHour: 0.2,
      },
    ]);
  });

  test('counts each node at its cheapest offering for sale; of equal ones at the type that sorts first', () => {
    const offerings = [
      { zone: 'a', capacityType: 'spot', price: 0.01, available: false },
      { zone: 'b', capacityType: 'on-demand', price: 0.15, available: true },
    ];
    const instanceTypes = [typeOf('zeta', 2, { offerings }), typeOf('alpha', 2, { offerings }), typeOf('dear', 2)];
    const result = solved(problem({ instanceTypes, pods: [pod('x')] }), '--detail', 'full');
    expect(result.newNodeClaims).toMatchObject([
      { instanceType: 'alpha', zone: 'b', capacityType: 'on-demand', price: 0.15, instanceTypeOptionCount: 3 },
    ]);
    expect(result.newNodeClaims[0].instanceTypeOptions).toEqual(['alpha', 'zeta', 'dear']);
    expect(result.costPerHour).toBe(0.15);
  });

  test('takes Provisioners as they stand: arm64 and spot need not be asked for', () => {
    const offerings = [{ zone: 'a', capacityType: 'spot', price: 0.01 }];
    const instanceTypes = [typeOf('graviton', 2, { arch: 'arm64', offerings }), typeOf('small', 2)];
    const [bought] = solved(problem({ instanceTypes, pods: [pod('x')] })).newNodeClaims;
    expect(bought).toMatchObject({ instanceType: 'graviton', capacityType: 'spot', instanceTypeOptionCount: 2 });
  });

  test('keeps pods to the labels that instance types have', () => {
    const instanceTypes = [typeOf('plain', 2), typeOf('fancy', 2, { labels: { [GPU]: 't4' } })];
    const affine = (operator: string, key: string, ...values: string[]) => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
          },
        },
      },
    });
    const pods = [
      pod('in', affine('In', GPU, 't4')),
      pod('exists', affine('Exists', GPU)),
      pod('not-in', affine('NotIn', GPU, 't4')),
      pod('none', affine('DoesNotExist', GPU)),
      pod('unknown', affine('Exists', 'karpenter.k8s.aws/instance-category')),
      pod('custom', { nodeSelector: { team: 'a' } }),
    ];
    const provisioners = [provisioner('default', { labels: { team: 'a' } })];
    const result = solved(problem({ instanceTypes, provisioners, pods }), '--detail', 'full');
    const typesOf = (name: string) =>
      result.newNodeClaims.find(({ pods }: { pods: string[] }) => pods.includes(`default/${name}`))
        ?.instanceTypeOptions;
    expect(Object.fromEntries(pods.map(({ metadata: { name } }) => [name, typesOf(name)]))).toEqual({
      in: ['fancy'],
      exists: ['fancy'],
      'not-in': ['plain'],
      none: ['plain'],
      unknown: undefined,
      custom: ['fancy', 'plain'],
    });
    expect(result.unplacedPods).toMatchObject([{ pod: 'default/unknown', code: 'requirements-incompatible' }]);
  });

  test('leaves room for the DaemonSets that each type will run', () => {
    const daemon = {
      metadata: { name: 'agent', namespace: 'kube-system' },
      spec: { template: { spec: { containers: [container('900m', '64Mi')] } } },
    };
    const result = solved(problem({ daemonSets: [daemon], pods: [pod('x')] }));
    // 2 cores less 0.5 of overhead and 0.9 of the daemon leave no whole one.
    expect(result.newNodeClaims).toMatchObject([{ instanceType: 'large', requests: { cpu: '1900m' } }]);
    expect(result.utilisation.cpu).toBe(1 / 7.5);
  });

  test('numbers the pods of a set after those of the list, and names them after their template', () => {
    const podSets = [
      { count: 2, template: pod('web', { containers: [container('100m')] }, { namespace: 'shop' }) },
      { count: 1, template: { spec: { containers: [container('50m')] } } },
    ];
    const result = solved(problem({ podSets, pods: [pod('x')] }), '--detail', 'full');
    expect(result.newNodeClaims[0].pods).toEqual(['default/x', 'shop/web-0', 'shop/web-1', 'default/set1-0']);
    expect(result.problem.pods).toBe(4);
  });

  test('grants what pods merely prefer, unless told to forget it', () => {
    const preference = { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['b'] }] };
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] } };
    const zonesUnder = (options: object) =>
      solved(problem({ pods: [pod('x', { affinity })], ...options })).newNodeClaims[0].zones;
    expect(zonesUnder({})).toEqual(['b']);
    expect(zonesUnder({ options: { preferencePolicy: 'Respect' } })).toEqual(['b']);
    expect(zonesUnder({ options: { preferencePolicy: 'Ignore' } })).toEqual(['a', 'b']);
  });
});

describe('a plan around nodes that exist', () => {
  test('fills what bound pods leave free, and lists whom it put there', () => {
    const bound = [pod('old', { nodeName: 'n1', containers: [container('2')] })];
    const finished = {
      ...pod('done', { nodeName: 'n1', containers: [container('2')] }),
      status: { phase: 'Succeeded' },
    };
    const pods = [...bound, finished, pod('first'), pod('second'), pod('third')];
    const result = solved(problem({ nodes: [node('n1')], pods }), '--detail', 'full');
    expect(result).toMatchObject({ podsOnExistingNodes: 2, podsOnNewNodes: 1, newNodeClaimCount: 1 });
    expect(result.existingNodes).toEqual([{ name: 'n1', podCount: 2, pods: ['default/first', 'default/second'] }]);
    expect(result.problem).toMatchObject({ pods: 3, nodes: 1, boundPods: 2 });
  });

  test('counts the nodes of a Provisioner against its limits, cordoned ones too', () => {
    const provisioners = [provisioner('default', { limits: { resources: { cpu: '9' } } })];
    const nodes = [node('n1', { spec: { unschedulable: true } })];
    const result = solved(problem({ provisioners, nodes, pods: [pod('x', { containers: [container('3')] })] }));
    expect(result).toMatchObject({ unscheduled: 1, podErrorReasons: [{ code: 'limits-exceeded', podCount: 1 }] });
    expect(result.podErrorSamples['default/x']).toContain('cpu limit of 9 leaves 5');
  });

  test('does not count taints that go while a node of ours starts', () => {
    const startupTaints = [{ key: 'cni', value: 'x', effect: 'NoExecute' }];
    const taints = [...startupTaints, { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }];
    const provisioners = [provisioner('default', { startupTaints })];
    const startingAs = (initialized: string) =>
      solved(
        problem({
          provisioners,
          nodes: [node('n1', { spec: { taints }, labels: { 'karpenter.sh/initialized': initialized } })],
          pods: [pod('x')],
        }),
      ).podsOnExistingNodes;
    expect(startingAs('false')).toBe(1);
    expect(startingAs('true')).toBe(0);
  });

  test('fills initialized nodes first', () => {
    const nodes = [node('a', { labels: { 'karpenter.sh/initialized': 'false' } }), node('b')];
    expect(solved(problem({ nodes, pods: [pod('x')] })).existingNodes).toEqual([{ name: 'b', podCount: 1 }]);
  });

  test('keeps a distance from bound pods, those on cordoned nodes too', () => {
    const zonal = { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { app: 'db' } } };
    const spec = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [zonal] } } };
    const db = (name: string, rest = {}) => pod(name, { ...spec, ...rest }, { labels: { app: 'db' } });
    const nodes = [node('n1', { spec: { unschedulable: true } })];
    const result = solved(problem({ nodes, pods: [db('old', { nodeName: 'n1' }), db('new')] }));
    expect(result.newNodeClaims).toMatchObject([{ podCount: 1, zones: ['b'] }]);
  });

  test('keeps a distance in the namespaces that a pod chooses by label', () => {
    const zonal = {
      topologyKey: 'topology.kubernetes.io/zone',
      labelSelector: {},
      namespaceSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['data'] }] },
    };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [zonal] } };
    const zonesOf = (namespaces: readonly object[], old: object = {}) => {
      const pods = [
        pod('old', { nodeName: 'n', ...old }, { namespace: 'store' }),
        pod('new', { affinity }, { namespace: 'shop' }),
      ];
      const podSets = [{ count: 1, template: pod('set', { affinity }, { namespace: 'shop' }) }];
      // Full, so that both go to new nodes.
      const status = { capacity: { cpu: '1', pods: '1' }, allocatable: { cpu: '1', pods: '1' } };
      const result = solved(problem({ namespaces, nodes: [node('n', { status })], pods, podSets }));
      return [...new Set(result.newNodeClaims.flatMap(({ zones }: { zones: string[] }) => zones))];
    };
    expect(zonesOf([namespace('store', { tier: 'data' })])).toEqual(['b']);
    expect(zonesOf([namespace('store', { tier: 'web' })])).toEqual(['a']);
    // All that is known of a namespace which the file does not list is its name.
    expect(zonesOf([])).toEqual(['a']);
    const byName = { matchLabels: { 'kubernetes.io/metadata.name': 'store' } };
    Object.assign(zonal, { namespaceSelector: byName });
    expect(zonesOf([])).toEqual(['b']);
  });

  test('heeds whom bound pods keep away by the labels of namespaces', () => {
    const zonal = {
      topologyKey: 'topology.kubernetes.io/zone',
      labelSelector: {},
      namespaceSelector: { matchLabels: { tier: 'web' } },
    };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [zonal] } };
    const pods = [
      pod('old', { nodeName: 'n', affinity }, { namespace: 'store' }),
      pod('new', {}, { namespace: 'shop' }),
    ];
    const zonesOf = (labels: object) => {
      const result = solved(problem({ pods, nodes: [node('n')], namespaces: [namespace('shop', labels)] }));
      return result.newNodeClaims.map(({ zones }: { zones: string[] }) => zones);
    };
    expect(zonesOf({ tier: 'web' })).toEqual([['b']]);
    expect(zonesOf({})).toEqual([]);
  });

  test('puts a pod on the one node that it names, and buys none in its place', () => {
    const named = (operator: string) => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator, values: ['b'] }] }],
          },
        },
      },
    });
    const nodes = [node('a'), node('b')];
    const on = (operator: string) => solved(problem({ nodes, pods: [pod('x', named(operator))] })).existingNodes;
    expect([on('In'), on('NotIn')]).toEqual([[{ name: 'b', podCount: 1 }], [{ name: 'a', podCount: 1 }]]);
    const alone = solved(problem({ pods: [pod('x', named('In')), pod('y', named('NotIn'))] }));
    expect(alone).toMatchObject({ newNodeClaimCount: 1, podErrorReasons: [{ pod: 'default/x' }] });
  });
});

describe('pods without a place', () => {
  const pods = [
    ...Array.from({ length: 7 }, (_, index) => pod(`big-${index}`, { containers: [container('64')] })),
    pod('x'),
  ];

  test('are counted by reason, and some of them shown', () => {
    const result = solved(problem({ pods }));
    expect(result).toMatchObject({ podErrors: 7, unscheduled: 7, podsOnNewNodes: 1 });
    expect(result.podErrorReasons).toMatchObject([
      { code: 'no-instance-type-fits', podCount: 7, pod: 'default/big-0' },
    ]);
    expect(Object.keys(result.podErrorSamples)).toHaveLength(5);
    expect(result.unplacedPods).toBeUndefined();
  });

  test('are told from the most frequent reason to the rarest', () => {
    const rare = pod('a-rare', { nodeSelector: { team: 'x' } });
    const result = solved(problem({ pods: [rare, ...pods] }));
    expect(result.podErrorReasons.map(({ podCount }: { podCount: number }) => podCount)).toEqual([7, 1]);
  });

  test('all have their reason and every miss in full detail', () => {
    const result = solved(problem({ pods }), '--detail', 'full');
    expect(Object.keys(result.podErrorSamples)).toHaveLength(7);
    expect(result.unplacedPods).toHaveLength(7);
    expect(result.unplacedPods[0]).toMatchObject({
      pod: 'default/big-0',
      code: 'no-instance-type-fits',
      misses: [{ provisionerName: 'default' }],
    });
  });
});

describe('the output', () => {
  test('is the same bytes for the same input, times and memory aside', () => {
    const input = problem({ nodes: [node('n1')], pods: Array.from({ length: 30 }, (_, index) => pod(`p${index}`)) });
    const runOnce = () => {
      const { ms, cpuMs, decodeMs, encodeMs, reps, maxRssMiB, ...rest } = solved(input, '--detail', 'full');
      expect([ms, cpuMs, decodeMs, encodeMs, reps, maxRssMiB]).not.toContain(undefined);
      return JSON.stringify(rest);
    };
    expect(runOnce()).toBe(runOnce());
  });

  test('has the times of each solve when the problem is solved several times, and the middle one apart', () => {
    const { ms, cpuMs, reps, newNodeClaimCount } = solved(problem({ pods: [pod('x')] }), '--repeat', '5');
    const times: { solveMs: number; solveCpuMs: number }[] = reps;
    expect(times).toHaveLength(5);
    const [, , median] = times.toSorted((left, right) => left.solveMs - right.solveMs);
    expect([ms, cpuMs]).toEqual([median?.solveMs, median?.solveCpuMs]);
    expect(newNodeClaimCount).toBe(1);
  });

  test('is a table for people unless asked otherwise', () => {
    const pods = [pod('x'), pod('big', { containers: [container('64')] }), pod('y', { containers: [container('7')] })];
    const path = files({ 'p.json': problem({ pods, nodes: [node('n1')] }) })('p.json');
    const run = plan('-f', path);
    expect(run.code).toBe(0);
    expect(
      run.out,
    ).toBe(`NODES   PROVISIONER   INSTANCE TYPE   ZONE   CAPACITY TYPE   $/HOUR   PODS   CPU   MEMORY   TYPES LEFT
    1   default       large           a      on-demand       0.8000      1     7    512Mi            1

EXISTING NODE   PODS
n1                 1

1 pod without a place
  default/big: Provisioner default: no instance type has 64 cpu free; the largest allows 7.5 (request at most 7.5 cpu)

1 new node for 0.8000 $/hour; 1 pod on new nodes, 1 on existing ones, 1 without a place
`);
  });

  test('shares a line among nodes that read the same, and lists pods in full detail', () => {
    const pods = ['x', 'y'].map((name) => pod(name, { containers: [container('7')] }));
    const path = files({ 'p.json': problem({ pods }) })('p.json');
    expect(plan('-f', path).out).toContain('    2   default       large ');
    const full = plan('-f', path, '--detail', 'full').out;
    expect(full).toContain('    1   default       large ');
    expect(full).toContain('\n       types: large\n       default/y\n');
  });
});

describe('several files', () => {
  test('state one problem together', () => {
    const paths = files({
      'types.json': { instanceTypes: [typeOf('small', 2)] },
      'base.json': { format: 1, instanceTypesFile: 'types.json', provisioners: [provisioner('default')] },
      'more.json': {
        instanceTypes: [typeOf('large', 8)],
        pods: [pod('x'), pod('y', { containers: [container('7')] })],
      },
    });
    const run = plan('-f', paths('base.json'), '--filename', paths('more.json'), '-o', 'json');
    expect(run.err).toMatch(/^read 2 pods/);
    expect(JSON.parse(run.out)).toMatchObject({
      podsOnNewNodes: 2,
      instanceTypesUsed: { large: 1, small: 1 },
      problem: { file: 'base.json, more.json', instanceTypes: 2 },
    });
  });
});
