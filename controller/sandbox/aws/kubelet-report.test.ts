import { describe, expect, test } from '@jest/globals';
import { loadCatalogue } from './catalogue.ts';
import { reportNode } from './kubelet-report.ts';
import { offeredInstanceType } from './offered-instance-type.ts';

const GIB = 1024 ** 3;
const { types } = loadCatalogue();
const hardware = (name: string) => {
  const found = types.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe('what a kubelet reports', () => {
  test('is a little less than EC2 advertises, as on a real m5.large', () => {
    const { capacity, allocatable } = reportNode(hardware('m5.large'), {}, 20 * GIB);
    expect(capacity).toMatchObject({ cpu: 2000, pods: 29 });
    expect((capacity.memory ?? 0) / GIB).toBeCloseTo(7.67, 1);
    expect((capacity.memory ?? 0) - (allocatable.memory ?? 0)).toBe((11 * 29 + 255 + 100) * 1024 ** 2);
    expect(allocatable.cpu).toBe(1930);
  });

  test('follows the user data: pod limits, reserves and thresholds', () => {
    const settings = {
      podsPerCore: 4,
      kubeReserved: { cpu: '500m' },
      systemReserved: { memory: '1Gi' },
      evictionHard: { 'memory.available': '10%' },
    };
    const { capacity, allocatable } = reportNode(hardware('m5.large'), settings, 20 * GIB);
    expect(allocatable).toMatchObject({ cpu: 1500, pods: 8 });
    expect((capacity.memory ?? 0) - (allocatable.memory ?? 0)).toBe(GIB + Math.ceil((capacity.memory ?? 0) / 10));
  });

  test('counts the devices', () => {
    expect(reportNode(hardware('p5.48xlarge'), {}, 20 * GIB).capacity['nvidia.com/gpu']).toBe(8);
    expect(reportNode(hardware('trn1.32xlarge'), {}, 20 * GIB).capacity['aws.amazon.com/neuron']).toBe(16);
  });

  test('is never below what the v1alpha5 rules promise, for any type in the catalogue', () => {
    const context = {
      region: 'us-east-1',
      zones: ['us-east-1a', 'us-east-1b', 'us-east-1c', 'us-east-1d', 'us-east-1e', 'us-east-1f'],
      kubelet: {},
      volumeBytes: 20 * GIB,
      isInStock: () => true,
    };
    const broken = [...types.values()].filter((type) => {
      const real = reportNode(type, {}, 20 * GIB).allocatable;
      const promised = offeredInstanceType(type, context)?.allocatable ?? {};
      return (['cpu', 'memory', 'pods'] as const).some((resource) => (real[resource] ?? 0) < (promised[resource] ?? 0));
    });
    expect(broken.map(({ name }) => name)).toEqual([]);
  });
});
