import { describe, expect, test } from '@jest/globals';
import { INSTANCE_LABELS, WINDOWS_BUILD_LABEL } from '../api/names.ts';
import type { KubeletConfiguration } from '../api/provisioner.gen.ts';
import type { Offering } from '../core/instance-type.ts';
import { toExpressions } from '../core/requirements.ts';
import { IMAGE_FAMILIES } from './image-families.ts';
import type { InstanceTypeFacts } from './instance-type-facts.ts';
import { type ModelContext, modelInstanceType } from './instance-type-model.ts';
import { kubeReservedCpuMilli, MEBIBYTE } from './kubelet-reserves.ts';

const GIB = 1024 * MEBIBYTE;

const M5_LARGE: InstanceTypeFacts = {
  name: 'm5.large',
  arch: 'amd64',
  cpuCount: 2,
  memoryMib: 8192,
  hypervisor: 'nitro',
  encryptsInTransit: false,
  localNvmeGb: undefined,
  interfacesMax: 3,
  ipv4PerInterface: 10,
  gpus: [],
  neurons: [],
  capacityTypes: ['on-demand', 'spot'],
};

const CONTEXT: ModelContext = {
  region: 'us-east-1',
  family: IMAGE_FAMILIES.AL2,
  kubelet: {},
  blockDeviceMappings: undefined,
  settings: { vmMemoryOverheadFraction: 0.075, enablePodEni: false, enableEniLimitedPodDensity: true, reservedEnis: 0 },
};

function typed(facts: Partial<InstanceTypeFacts>): InstanceTypeFacts {
  return { ...M5_LARGE, ...facts };
}

function model(
  facts: Partial<InstanceTypeFacts>,
  context: Partial<ModelContext> = {},
  offerings: readonly Offering[] = [],
) {
  return modelInstanceType(typed(facts), offerings, { ...CONTEXT, ...context });
}

function withKubelet(kubelet: KubeletConfiguration) {
  return model({}, { kubelet });
}

describe('capacity and allocatable of AL2 nodes', () => {
  test.each([
    ['a1.medium', 'arm64', 1, 2048, 2, 4, { pods: 8, capacityMib: 1835, allocatableMib: 1392, cpuMilli: 940 }],
    ['a1.large', 'arm64', 2, 4096, 3, 10, { pods: 29, capacityMib: 3729, allocatableMib: 3055, cpuMilli: 1930 }],
    ['a1.xlarge', 'arm64', 4, 8192, 4, 15, { pods: 58, capacityMib: 7518, allocatableMib: 6525, cpuMilli: 3920 }],
    ['m5.large', 'amd64', 2, 8192, 3, 10, { pods: 29, capacityMib: 7577, allocatableMib: 6903, cpuMilli: 1930 }],
    [
      'm5.4xlarge',
      'amd64',
      16,
      65_536,
      8,
      30,
      { pods: 234, capacityMib: 60_620, allocatableMib: 57_691, cpuMilli: 15_890 },
    ],
  ] as const)(
    '%s (%s) has what upstream reckons',
    (name, arch, cpuCount, memoryMib, interfacesMax, ipv4PerInterface, want) => {
      const type = model({ name, arch, cpuCount, memoryMib, interfacesMax, ipv4PerInterface });
      expect({
        pods: type.capacity.pods,
        capacityMib: (type.capacity.memory ?? 0) / MEBIBYTE,
        allocatableMib: (type.allocatable.memory ?? 0) / MEBIBYTE,
        cpuMilli: type.allocatable.cpu,
      }).toEqual(want);
      expect(type.allocatable['ephemeral-storage']).toBe(17 * GIB);
    },
  );

  test.each([
    [1, 60],
    [2, 70],
    [4, 80],
    [8, 90],
    [16, 110],
    [32, 150],
    [64, 230],
    [96, 310],
  ])('%d cores keep %d milli-CPU for the kubelet', (cpuCount, wantMilli) => {
    expect(kubeReservedCpuMilli(cpuCount)).toBe(wantMilli);
  });

  test('memory whose overhead is a whole number of MiB loses not one more', () => {
    expect(model({ memoryMib: 30_720 }).capacity.memory).toBe((30_720 - 2_304) * MEBIBYTE);
  });

  test('a type that owes more than it has offers nothing, not less than nothing', () => {
    expect(model({ memoryMib: 256 }).allocatable.memory).toBe(0);
  });
});

describe('pods', () => {
  test('a reserved interface takes its addresses away', () => {
    const settings = { ...CONTEXT.settings, reservedEnis: 1 };
    expect(model({}, { settings }).capacity.pods).toBe(20);
  });

  test('without any interface left there is no pod, and so no resource of that name', () => {
    const settings = { ...CONTEXT.settings, reservedEnis: 3 };
    expect(model({}, { settings }).capacity.pods).toBeUndefined();
  });

  test('maxPods wins over the interfaces, podsPerCore bounds both', () => {
    expect(withKubelet({ maxPods: 50 }).capacity.pods).toBe(50);
    expect(withKubelet({ maxPods: 50, podsPerCore: 4 }).capacity.pods).toBe(8);
    expect(model({}, { kubelet: { podsPerCore: 4 }, family: IMAGE_FAMILIES.Bottlerocket }).capacity.pods).toBe(29);
  });

  test('without density by interfaces 110 run', () => {
    const settings = { ...CONTEXT.settings, enableEniLimitedPodDensity: false };
    expect(model({}, { settings }).capacity.pods).toBe(110);
  });

  test('AL2 reserves memory by interfaces whatever maxPods says, Bottlerocket by maxPods', () => {
    const reservedMib = (family: ModelContext['family']) => {
      const { capacity, allocatable } = model({}, { kubelet: { maxPods: 10 }, family });
      return ((capacity.memory ?? 0) - (allocatable.memory ?? 0)) / MEBIBYTE;
    };
    expect(reservedMib(IMAGE_FAMILIES.AL2)).toBe(11 * 29 + 255 + 100);
    expect(reservedMib(IMAGE_FAMILIES.Bottlerocket)).toBe(11 * 10 + 255 + 100);
  });
});

describe('reserves that users set', () => {
  const reservedMib = (kubelet: KubeletConfiguration, family = IMAGE_FAMILIES.AL2): number => {
    const { capacity, allocatable } = model({ memoryMib: 8192 }, { kubelet, family });
    return ((capacity.memory ?? 0) - (allocatable.memory ?? 0)) / MEBIBYTE;
  };

  test('kubeReserved replaces what is computed, key by key; systemReserved comes on top', () => {
    const type = withKubelet({ kubeReserved: { cpu: '200m' }, systemReserved: { cpu: '100m', memory: '1Gi' } });
    expect(type.allocatable.cpu).toBe(1_700);
    expect(reservedMib({ kubeReserved: { cpu: '200m' }, systemReserved: { memory: '1Gi' } })).toBe(574 + 1024 + 100);
  });

  test('an eviction threshold replaces the default, of two the larger one counts', () => {
    expect(reservedMib({ evictionHard: { 'memory.available': '50Mi' } })).toBe(574 + 50);
    const both = { evictionHard: { 'memory.available': '200Mi' }, evictionSoft: { 'memory.available': '300Mi' } };
    expect(reservedMib(both)).toBe(574 + 300);
    expect(reservedMib(both, IMAGE_FAMILIES.Bottlerocket)).toBe(574 + 200);
  });

  test('a percentage is of the capacity, and 100% turns the threshold off', () => {
    expect(reservedMib({ evictionHard: { 'memory.available': '10%' } })).toBeCloseTo(574 + 757.7, 1);
    expect(reservedMib({ evictionHard: { 'memory.available': '100%' } })).toBe(574);
  });
});

describe('ephemeral storage', () => {
  const mapping = (deviceName: string, volumeSize?: string) => ({
    deviceName,
    ebs: volumeSize === undefined ? {} : { volumeSize },
  });
  test.each([
    [
      'AL2 counts its root volume',
      IMAGE_FAMILIES.AL2,
      [mapping('/dev/xvda', '100Gi'), mapping('/dev/xvdb', '1Ti')],
      100,
    ],
    [
      'Bottlerocket counts its data volume',
      IMAGE_FAMILIES.Bottlerocket,
      [mapping('/dev/xvda', '4Gi'), mapping('/dev/xvdb', '50Gi')],
      50,
    ],
    [
      'a custom image counts the last volume',
      IMAGE_FAMILIES.Custom,
      [mapping('/dev/a', '30Gi'), mapping('/dev/b', '40Gi')],
      40,
    ],
    ['a volume of a snapshot has a size we do not know', IMAGE_FAMILIES.AL2, [mapping('/dev/xvda')], 20],
    ['without mappings the family has its own', IMAGE_FAMILIES.Bottlerocket, undefined, 20],
  ])('%s', (_, family, blockDeviceMappings, wantGib) => {
    expect(model({}, { family, blockDeviceMappings }).capacity['ephemeral-storage']).toBe(wantGib * GIB);
  });
});

describe('extended resources', () => {
  const t4 = { name: 'T4', manufacturer: 'NVIDIA', count: 4, memoryMib: 16_384 };
  test('cards become resources by manufacturer', () => {
    expect(model({ gpus: [t4] }).capacity).toMatchObject({ 'nvidia.com/gpu': 4 });
    expect(model({ gpus: [{ ...t4, manufacturer: 'AMD' }] }).capacity).toMatchObject({ 'amd.com/gpu': 4 });
    expect(model({ gpus: [{ ...t4, manufacturer: 'Habana' }] }).capacity).toMatchObject({ 'habana.ai/gaudi': 4 });
    const inferentia = { name: 'Inferentia', manufacturer: 'AWS', count: 2, memoryMib: 0 };
    expect(model({ neurons: [inferentia] }).capacity).toMatchObject({ 'aws.amazon.com/neuron': 2 });
  });

  test('pods get branch interfaces only when the setting says so', () => {
    expect(model({}).capacity).not.toHaveProperty('vpc.amazonaws.com/pod-eni');
    const settings = { ...CONTEXT.settings, enablePodEni: true };
    expect(model({}, { settings }).capacity).toMatchObject({ 'vpc.amazonaws.com/pod-eni': 9 });
  });
});

describe('labels', () => {
  const labelsOf = (type: ReturnType<typeof model>): Record<string, string> =>
    Object.fromEntries(
      toExpressions(type.requirements).map(({ key, operator, values }) => [
        key,
        operator === 'In' ? values.join(',') : operator,
      ]),
    );
  const offering = (zone: string, capacityType: Offering['capacityType'], available = true): Offering => ({
    zone,
    capacityType,
    available,
    priceNanoUsdPerHour: 1,
  });

  test('an ordinary type has every label of its own and lacks those of accelerators', () => {
    const offerings = [offering('us-east-1a', 'spot', false), offering('us-east-1b', 'on-demand')];
    expect(labelsOf(model({}, {}, offerings))).toEqual({
      'node.kubernetes.io/instance-type': 'm5.large',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/os': 'linux',
      [WINDOWS_BUILD_LABEL]: 'DoesNotExist',
      'topology.kubernetes.io/region': 'us-east-1',
      'topology.kubernetes.io/zone': 'us-east-1b',
      'karpenter.sh/capacity-type': 'on-demand',
      [INSTANCE_LABELS.hypervisor]: 'nitro',
      [INSTANCE_LABELS.encryptionInTransit]: 'false',
      [INSTANCE_LABELS.category]: 'm',
      [INSTANCE_LABELS.generation]: '5',
      [INSTANCE_LABELS.family]: 'm5',
      [INSTANCE_LABELS.size]: 'large',
      [INSTANCE_LABELS.localNvme]: 'DoesNotExist',
      [INSTANCE_LABELS.cpu]: '2',
      [INSTANCE_LABELS.memory]: '8192',
      [INSTANCE_LABELS.networkBandwidth]: '750',
      [INSTANCE_LABELS.pods]: '29',
      [INSTANCE_LABELS.gpuName]: 'DoesNotExist',
      [INSTANCE_LABELS.gpuManufacturer]: 'DoesNotExist',
      [INSTANCE_LABELS.gpuCount]: 'DoesNotExist',
      [INSTANCE_LABELS.gpuMemory]: 'DoesNotExist',
      [INSTANCE_LABELS.acceleratorName]: 'DoesNotExist',
      [INSTANCE_LABELS.acceleratorManufacturer]: 'DoesNotExist',
      [INSTANCE_LABELS.acceleratorCount]: 'DoesNotExist',
    });
  });

  test.each([
    ['u-6tb1.56xlarge', 'u', '1', 'u-6tb1', '56xlarge'],
    ['trn1n.32xlarge', 'trn', '1', 'trn1n', '32xlarge'],
    ['c7gn.metal', 'c', '7', 'c7gn', 'metal'],
    ['u7i-12tb.224xlarge', 'u', '7', 'u7i-12tb', '224xlarge'],
    ['x2iedn.metal-48xl', 'x', '2', 'x2iedn', 'metal-48xl'],
  ])('%s is of category %s, generation %s, family %s, size %s', (name, category, generation, family, size) => {
    expect(labelsOf(model({ name }))).toMatchObject({
      [INSTANCE_LABELS.category]: category,
      [INSTANCE_LABELS.generation]: generation,
      [INSTANCE_LABELS.family]: family,
      [INSTANCE_LABELS.size]: size,
    });
  });

  test('one kind of card is described, two kinds are not', () => {
    const card = { name: 'Radeon Pro V520', manufacturer: 'AMD', count: 1, memoryMib: 8_192 };
    expect(labelsOf(model({ gpus: [card] }))).toMatchObject({
      [INSTANCE_LABELS.gpuName]: 'radeon-pro-v520',
      [INSTANCE_LABELS.gpuManufacturer]: 'amd',
      [INSTANCE_LABELS.gpuCount]: '1',
      [INSTANCE_LABELS.gpuMemory]: '8192',
    });
    expect(labelsOf(model({ gpus: [card, card] }))).toMatchObject({ [INSTANCE_LABELS.gpuName]: 'DoesNotExist' });
  });

  test('bare metal has an empty hypervisor, local disks their total', () => {
    expect(labelsOf(model({ hypervisor: '', localNvmeGb: 900 }))).toMatchObject({
      [INSTANCE_LABELS.hypervisor]: '',
      [INSTANCE_LABELS.localNvme]: '900',
    });
  });
});
