import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PodManifest, Problem, TypeRecord } from '../problem/problem-file.ts';
import { maximise } from './linear-program.ts';
import { fluidLowerBound } from './lower-bound.ts';

const type = (name: string, cpu: number, memoryGib: number, price: number): TypeRecord => ({
  name,
  arch: 'amd64',
  os: ['linux'],
  labels: {},
  capacity: { cpu: `${cpu}`, memory: `${memoryGib}Gi`, pods: '100' },
  overhead: {},
  offerings: [{ zone: 'a', capacityType: 'on-demand', price }],
});
const pod = (name: string, cpu: number, memoryGib: number): PodManifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    containers: [{ name: 'main', image: 'app', resources: { requests: { cpu: `${cpu}`, memory: `${memoryGib}Gi` } } }],
  },
});
const problem = (instanceTypes: readonly TypeRecord[], pods: readonly PodManifest[], requirements: object[] = []) =>
  ({
    format: 1,
    name: 'bounded',
    instanceTypes,
    provisioners: [{ metadata: { name: 'default' }, spec: { requirements } }],
    pods,
  }) as unknown as Problem;

/** The cheapest way to hold one or two pods: every split over every pair of types. */
function cheapest(types: readonly TypeRecord[], pods: readonly PodManifest[]): number {
  const amounts = (of: readonly PodManifest[], name: string) =>
    of.reduce((sum, { spec }) => sum + Number.parseInt(spec.containers[0]?.resources?.requests?.[name] ?? '0', 10), 0);
  const priceOf = (of: readonly PodManifest[]): number =>
    Math.min(
      ...types
        .filter(({ capacity }) =>
          ['cpu', 'memory'].every((name) => amounts(of, name) <= Number.parseInt(capacity[name] ?? '0', 10)),
        )
        .map(({ offerings }) => offerings[0]?.price ?? 0),
    );
  return Math.min(
    priceOf(pods),
    pods.reduce((sum, each) => sum + priceOf([each]), 0),
  );
}

describe('the lower bound', () => {
  test('mixes types when that is cheapest: eight cpu and forty Gi from one for cpu and one for memory', () => {
    const types = [type('cpu', 8, 8, 0.3), type('memory', 2, 32, 0.2)];
    // x of the first and y of the second: 8x + 2y >= 8, 8x + 32y >= 40: x = 11/15, y = 16/15.
    expect(fluidLowerBound(problem(types, [pod('all', 8, 40)]))).toBeCloseTo((0.3 * 11 + 0.2 * 16) / 15, 9);
  });

  test('counts no type that no Provisioner may buy', () => {
    const types = [type('cheap', 8, 8, 0.1), type('dear', 8, 8, 0.4)];
    const notCheap = [{ key: 'node.kubernetes.io/instance-type', operator: 'NotIn', values: ['cheap'] }];
    expect(fluidLowerBound(problem(types, [pod('one', 4, 4)], notCheap))).toBeCloseTo(0.2, 9);
  });

  test('is unknown when nothing has what is asked for', () => {
    const gpu = pod('gpu', 1, 1);
    const wanting = {
      ...gpu,
      spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { gpu: '1' } } }] },
    };
    expect(fluidLowerBound(problem([type('plain', 8, 8, 1)], [wanting]))).toBeUndefined();
  });

  test('never lies above what brute force finds', () => {
    const drawnType = fc.tuple(
      fc.integer({ min: 4, max: 16 }),
      fc.integer({ min: 4, max: 64 }),
      fc.integer({ min: 1, max: 99 }),
    );
    const drawnPod = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(
        fc.array(drawnType, { minLength: 1, maxLength: 5 }),
        fc.array(drawnPod, { minLength: 1, maxLength: 2 }),
        (types, pods) => {
          const records = types.map(([cpu, memory, price], index) => type(`t${index}`, cpu, memory, price));
          const wanted = pods.map(([cpu, memory], index) => pod(`p${index}`, cpu, memory));
          expect(fluidLowerBound(problem(records, wanted))).toBeLessThanOrEqual(cheapest(records, wanted) + 1e-9);
        },
      ),
      { seed: 5 },
    );
  });

  test('has no largest value where nothing bounds it', () => {
    expect(maximise([1], [[0]], [1])).toBe(Number.POSITIVE_INFINITY);
    expect(
      maximise(
        [3, 2],
        [
          [1, 1],
          [1, 3],
        ],
        [4, 6],
      ),
    ).toBeCloseTo(12, 9);
  });
});
