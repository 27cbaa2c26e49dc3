import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readProblem } from '../problem/problem-file.ts';
import { writeWorkload } from '../problem/write-problem.ts';
import { awsTypes } from './aws-types.ts';
import { fakeTypes, kwokTypes } from './benchmark-types.ts';
import { WORKLOADS, type WorkloadChoice, workloadOf } from './catalogue.ts';
import { CONSTRAINT_KINDS } from './random-constraints.ts';
import { randomProblem } from './random-problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-workloads-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const choice = (rest: Partial<WorkloadChoice>): WorkloadChoice => ({
  letter: 'D',
  pods: 60,
  seed: 1,
  shapes: 10,
  preferencePolicy: 'Respect',
  zones: 'abc',
  ...rest,
});
const written = (rest: Partial<WorkloadChoice>, into: string) => {
  const workload = workloadOf(choice(rest));
  if (workload === undefined) throw new Error('no such workload');
  return writeWorkload(join(folder, into), workload);
};

describe('workloads', () => {
  test.each(Object.keys(WORKLOADS))('%s is the same bytes for the same seed, others for another', (letter) => {
    const text = (rest: Partial<WorkloadChoice>, into: string) =>
      readFileSync(written({ letter, ...rest }, into), 'utf8');
    const first = text({}, 'first');
    expect(text({}, 'second')).toBe(first);
    expect(text({ seed: 2 }, 'third')).not.toBe(first);
  });

  test.each(Object.keys(WORKLOADS).filter((letter) => letter !== 'C'))(
    '%s has as many pods as asked for, each its own',
    (letter) => {
      const { pods } = readProblem(written({ letter }, 'counted'));
      expect(pods).toHaveLength(60);
      expect(new Set(pods.map(({ metadata }) => metadata.uid)).size).toBe(60);
    },
  );

  test("D is a fifth of each of Karpenter's five kinds", () => {
    const { pods } = readProblem(written({ letter: 'D' }, 'kinds'));
    const kinds = Object.groupBy(pods, ({ metadata }) => metadata.name.replace(/-\d+$/, ''));
    expect(Object.entries(kinds).map(([kind, of = []]) => [kind, of.length])).toEqual([
      ['generic', 12],
      ['zone-spread', 12],
      ['host-spread', 12],
      ['zone-affinity', 12],
      ['host-anti', 12],
    ]);
  });

  test('U asks for more cpu than its limit', () => {
    const { pods, provisioners } = readProblem(written({ letter: 'U', pods: 200 }, 'limited'));
    const cpuMilli = pods.reduce(
      (sum, { spec }) => sum + Number.parseInt(spec.containers[0]?.resources?.requests?.cpu ?? '', 10),
      0,
    );
    const limitMilli = 1000 * Number(provisioners[0]?.spec.limits?.resources?.cpu);
    expect(limitMilli / cpuMilli).toBeCloseTo(0.7, 2);
  });

  test('C leaves no node over the level it was filled to', () => {
    const { pods, nodes = [] } = readProblem(written({ letter: 'C' }, 'cluster'));
    expect(nodes).toHaveLength(60);
    expect(pods.every(({ spec }) => nodes.some(({ metadata }) => metadata.name === spec.nodeName))).toBe(true);
  });
});

describe('instance types', () => {
  test.each([
    ['a1.medium', '1835Mi', '443Mi', '60m', '8'],
    ['m5.large', '7577Mi', '674Mi', '70m', '29'],
    ['m5.4xlarge', '60620Mi', '2929Mi', '110m', '234'],
  ])('%s has what the AWS provider computes for it', (name, memory, overheadMemory, overheadCpu, pods) => {
    const found = awsTypes('abc').find((each) => each.name === name);
    expect(found?.capacity).toMatchObject({ memory, pods });
    expect(found?.overhead).toMatchObject({ memory: overheadMemory, cpu: overheadCpu });
  });

  test('a GPU is a resource and labels; a type without one has neither', () => {
    const byName = new Map(awsTypes('abc').map((each) => [each.name, each]));
    expect(byName.get('g4dn.xlarge')?.capacity['nvidia.com/gpu']).toBe('1');
    expect(byName.get('g4dn.xlarge')?.labels['karpenter.k8s.aws/instance-gpu-name']).toBe('t4');
    expect(Object.keys(byName.get('m5.large')?.labels ?? {}).filter((key) => key.includes('gpu'))).toEqual([]);
  });

  test("Karpenter's own are 400 at a price that is linear, and 144", () => {
    expect(fakeTypes()).toHaveLength(400);
    expect(fakeTypes()[9]?.offerings[0]?.price).toBeCloseTo(3.147483648, 9);
    expect(kwokTypes()).toHaveLength(144);
  });
});

describe('random problems', () => {
  const kinds = new Set(CONSTRAINT_KINDS);

  test('are the same for the same seed', () => {
    expect(randomProblem(7, kinds)).toEqual(randomProblem(7, kinds));
    expect(randomProblem(7, kinds)).not.toEqual(randomProblem(8, kinds));
  });

  test('hold every kind of constraint, and none that was not asked for', () => {
    const textOf = (asked: typeof kinds) =>
      JSON.stringify(Array.from({ length: 60 }, (_, seed) => randomProblem(seed, asked)));
    const signs = ['nodeSelector"', 'taints":[{', 'weight"', 'daemonSets"', '"nodes"', 'hostPort"', 'topologySpread'];
    const more = ['podAffinity"', 'podAntiAffinity"', 'nodeSelectorTerms"'];
    const [all, none] = [textOf(kinds), textOf(new Set())];
    expect([...signs, ...more].filter((sign) => !all.includes(sign))).toEqual([]);
    expect([...signs, ...more].filter((sign) => none.includes(sign))).toEqual([]);
  });
});
