import { describe, expect, test } from '@jest/globals';
import { container, files, namespace, node, plan, pod, problem, provisioner, typeOf } from './plan-fixture.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const OPERATORS = 'must be one of In, NotIn, Exists, DoesNotExist, Gt, Lt';

/** What `plan` complains of, one line each, without the folder. Nothing may have gone out. */
function complaints(content: unknown): string[] {
  const path = files({ 'p.json': content })('p.json');
  const run = plan('-f', path, '-o', 'json');
  expect({ code: run.code, out: run.out }).toEqual({ code: 2, out: '' });
  return run.err.trimEnd().replaceAll(path, 'p.json').split('\n');
}

const affine = (...expressions: object[]) => ({
  affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [{ matchExpressions: expressions }] } } },
});

describe('a problem that cannot be solved as it stands is refused with every mistake in it', () => {
  test.each<[string, unknown, string[]]>([
    ['an unknown field', problem({ pod: [], nodepools: {} }), ['pod: unknown field', 'nodepools: unknown field']],
    ['an unknown option', problem({ options: { preferences: 'Ignore' } }), ['options.preferences: unknown field']],
    [
      'an unknown policy',
      problem({ options: { preferencePolicy: 'Maybe' } }),
      ['options.preferencePolicy: must be one of Respect, Ignore, is "Maybe"'],
    ],
    ['another format', problem({ format: 2 }), ['format: must be 1, is 2']],
    ['a list that is none', problem({ pods: {} }), ['pods: must be a list']],
    ['no Provisioner', problem({ provisioners: [] }), ['provisioners: needs at least one Provisioner']],
    [
      'no instance types',
      { provisioners: [provisioner('default')] },
      ['instanceTypes: needs instance types, here or in an instanceTypesFile'],
    ],
    [
      'negative amounts of pods',
      problem({
        pods: [pod('x', { containers: [container('-1', '-2Gi')], overhead: { cpu: 'much' } }), pod('y')],
        podSets: [{ count: 2, template: pod('z', { containers: [container('1'), container('-1m')] }) }],
      }),
      [
        'pods[0].spec.containers[0].resources.requests[cpu]: must not be negative, is -1',
        'pods[0].spec.containers[0].resources.requests[memory]: must not be negative, is -2Gi',
        'pods[0].spec.overhead[cpu]: must be a quantity, is "much"',
        'podSets[0].template.spec.containers[1].resources.requests[cpu]: must not be negative, is -1m',
      ],
    ],
    [
      'negative amounts of nodes, limits and types',
      problem({
        provisioners: [provisioner('default', { limits: { resources: { cpu: '-1', memory: '-1' } } })],
        nodes: [node('n', { status: { capacity: { cpu: '-4' }, allocatable: { memory: '-1' } } })],
        instanceTypes: [typeOf('t', -2, { overhead: { cpu: '-1' }, offerings: [offering(-0.5), offering('free')] })],
      }),
      [
        'instanceTypes[0].capacity[cpu]: must not be negative, is -2',
        'instanceTypes[0].capacity[memory]: must not be negative, is -2Gi',
        'instanceTypes[0].overhead[cpu]: must not be negative, is -1',
        'instanceTypes[0].offerings[0].price: must be a price in USD per hour, is -0.5',
        'instanceTypes[0].offerings[1].price: must be a price in USD per hour, is "free"',
        'provisioners[0].spec.limits.resources[cpu]: must not be negative, is -1',
        'provisioners[0].spec.limits.resources[memory]: must not be negative, is -1',
        'nodes[0].status.capacity[cpu]: must not be negative, is -4',
        'nodes[0].status.allocatable[memory]: must not be negative, is -1',
      ],
    ],
    [
      'a negative count',
      problem({ podSets: [{ count: -1, template: pod('x') }] }),
      ['podSets[0].count: must be between 0 and 10000000 pods in all, is -1'],
    ],
    [
      'annotations on preferences that say nothing we know',
      problem({
        provisioners: [
          annotated('p', { 'karpenter.sh/preference-policy': 'maybe', 'karpenter.sh/unmet-preference-cost': 'much' }),
          annotated('q', { 'karpenter.sh/preference-policy': 'priced' }),
        ],
      }),
      [
        'provisioners[0].metadata.annotations[karpenter.sh/preference-policy]: must be one of respect, ignore, priced, is "maybe"',
        'provisioners[0].metadata.annotations[karpenter.sh/unmet-preference-cost]: must be USD per hour as a decimal number such as "0.02", with at most 9 decimals, is "much"',
        'provisioners[1].metadata.annotations[karpenter.sh/unmet-preference-cost]: is required with karpenter.sh/preference-policy: priced',
      ],
    ],
    [
      'namespaces that cannot be read',
      problem({ namespaces: [namespace('a', { tier: 1 }), { metadata: { labels: {} } }, 'b'] }),
      [
        'namespaces[0].metadata.labels[tier]: must be a text, is 1',
        'namespaces[1].metadata.name: must be a text, is absent',
        'namespaces[2]: must be an object, is "b"',
      ],
    ],
    [
      'names that stand twice',
      problem({
        instanceTypes: [typeOf('t', 2), typeOf('t', 4)],
        provisioners: [provisioner('p'), provisioner('p')],
        namespaces: [namespace('s'), namespace('s')],
        nodes: [node('n'), node('n')],
        daemonSets: [daemonSet('d'), daemonSet('d')],
        pods: [pod('x', {}, { uid: 'u' }), pod('y', {}, { uid: 'u' }), pod('x', {}, { namespace: 'other' }), pod('x')],
      }),
      [
        'instanceTypes[1].name: another instance type is named t already',
        'provisioners[1].metadata.name: another Provisioner is named p already',
        'namespaces[1].metadata.name: another namespace is named s already',
        'nodes[1].metadata.name: another node is named n already',
        'daemonSets[1].metadata.name: another DaemonSet is named default/d already',
        'pods[1].metadata.uid: another pod has the uid u already',
        'pods[3].metadata.name: another pod is named default/x already',
      ],
    ],
    [
      'names that a set takes as well',
      problem({
        podSets: [
          { count: 3, template: pod('web') },
          { count: 1, template: pod('web') },
          { count: 2, template: pod('db') },
        ],
        pods: [pod('web-2'), pod('db-2', {}, { uid: '00000000-0000-4000-8000-000000000007' })],
      }),
      [
        'podSets[0].template: another pod has the name default/web-2 already',
        'podSets[1].template: another pod has the name default/web-0 already',
        'podSets[2].template: another pod has the uid 00000000-0000-4000-8000-000000000007 already',
      ],
    ],
    [
      'nodes that are not there',
      problem({ nodes: [node('n')], pods: [pod('x', { nodeName: 'm' }), pod('y', { nodeName: 'n' })] }),
      ['pods[0].spec.nodeName: there is no node m'],
    ],
    [
      'unknown operators',
      problem({
        provisioners: [
          provisioner('default', {
            requirements: [
              { key: 'a', operator: 'Is' },
              { key: 'b', operator: 'in' },
            ],
          }),
        ],
        pods: [
          pod(
            'x',
            affine({ key: 'a', operator: 'Exists' }, { key: 'a', operator: '==' }, { key: 'b', operator: 'In' }),
          ),
        ],
      }),
      [
        `provisioners[0].spec.requirements[0].operator: ${OPERATORS}, is "Is"`,
        `provisioners[0].spec.requirements[1].operator: ${OPERATORS}, is "in"`,
        `pods[0].spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[0].matchExpressions[1].operator: ${OPERATORS}, is "=="`,
        `pods[0].spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[0].matchExpressions[2].values: In needs a value`,
      ],
    ],
    [
      'objects that are none',
      problem({ pods: [3, { spec: {} }], nodes: [null], provisioners: [{}], instanceTypes: ['t'], daemonSets: [[]] }),
      [
        'instanceTypes[0]: must be an object, is "t"',
        'provisioners[0].metadata.name: must be a text, is absent',
        'pods[0].metadata.name: must be a text, is absent',
        'pods[1].metadata.name: must be a text, is absent',
        'nodes[0].metadata.name: must be a text, is absent',
        'daemonSets[0]: must be an object, is []',
      ],
    ],
    ['a field that stands twice', '{"pods":[],"pods":[{"bad":1}]}', ['pods: stands twice']],
    ['what is no JSON', '{"pods":[\n{"metadata":{"name":"x"},}]}', ['line 2 column 26: not JSON, found "}"']],
    ['half a file', '{"pods":[\n{"metadata"', ['line 2 column 12: not JSON, found the end']],
    ['another kind of file', 'apiVersion: v1', ['line 1 column 1: not JSON, found "a"']],
  ])('%s', (_, content, wantComplaints) => {
    const found = complaints(content);
    expect(found.filter((line) => !isAboutBasics(line) || wantComplaints.some((want) => line.endsWith(want)))).toEqual(
      wantComplaints.map((complaint) => `p.json: ${complaint}`),
    );
  });
});

/** Follows from a text that is too short to be a problem. */
function isAboutBasics(line: string): boolean {
  return line.includes('needs at least one Provisioner') || line.includes('needs instance types');
}

describe('a file that is not there', () => {
  test('is the problem of who names it', () => {
    const path = files({ 'p.json': { instanceTypesFile: 'types.json', provisioners: [provisioner('p')] } })('p.json');
    const run = plan('-f', path);
    expect(run).toMatchObject({ code: 2, out: '' });
    expect(run.err).toContain('types.json: cannot be read: ENOENT');
    expect(run.err).toContain(`${path}: instanceTypesFile: types.json holds no list of instanceTypes`);
    expect(plan('-f', `${path}.gone`)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${path}.gone: cannot be read: ENOENT`),
    });
  });

  test('and one of types is told by its own name', () => {
    const pathOf = files({
      'types.json': { instanceTypes: [typeOf('t', 2, { arch: '', os: [] })] },
      'p.json': { instanceTypesFile: 'types.json', instanceTypes: [typeOf('t', 2)], provisioners: [provisioner('p')] },
    });
    expect(plan('-f', pathOf('p.json')).err.split('\n')).toEqual([
      `${pathOf('types.json')}: instanceTypes[0].arch: must not be empty`,
      `${pathOf('types.json')}: instanceTypes[0].os: needs one`,
      '',
    ]);
  });
});

test('what scheduling does not read may be anything', () => {
  const extra = { restartPolicy: 7, serviceAccountName: [], schedulerName: {} };
  const path = files({
    'p.json': problem({
      pods: [{ ...pod('x', extra), status: { podIP: 3 }, extra: true }],
      provisioners: [{ ...provisioner('default', { ttlSecondsAfterEmpty: 30, unknown: 1 }), status: 'none' }],
    }),
  })('p.json');
  expect(plan('-f', path)).toMatchObject({ code: 0 });
});

test('the same mistake made in thousands of pods is told a thousand times', () => {
  const pods = Array.from({ length: 1005 }, (_, index) => pod(`p${index}`, { containers: [container('-1')] }));
  const told = complaints(problem({ pods }));
  expect(told).toHaveLength(1001);
  expect(told.at(-1)).toBe('and 5 more');
});

describe('wrong usage', () => {
  test.each([
    [[], '-f: a problem file is needed'],
    [['-f', 'p.json', '-o', 'yaml'], '-o: must be json or table, is yaml'],
    [['-f', 'p.json', '--detail', 'all'], '--detail: must be nodes or full, is all'],
    [['-f', 'p.json', '--repeat', '0'], '--repeat: must be a whole number from 1 to 1000, is 0'],
    [['-f', 'p.json', '--fast'], "Unknown option '--fast'"],
    [['p.json'], "Unexpected argument 'p.json'"],
  ])('%j: %s', (args, wantMessage) => {
    const run = plan(...args);
    expect(run).toMatchObject({ code: 2, out: '' });
    expect(run.err).toContain(wantMessage);
    expect(run.err).toContain('usage: kubectl-provisioner plan');
  });

  test('-h says how to use it', () => {
    expect(plan('-h')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--detail') });
  });
});

function offering(price: unknown) {
  return { zone: 'a', capacityType: 'on-demand', price };
}

function annotated(name: string, annotations: object) {
  return { ...provisioner(name), metadata: { name, annotations } };
}

function daemonSet(name: string) {
  return { metadata: { name }, spec: { template: { spec: { containers: [container('10m')] } } } };
}
