import type { TypeRecord } from '../problem/problem-file.ts';

const GIB = 2 ** 30;
/** Of Karpenter's test prices: USD an hour for a cpu, and for a billion bytes. */
const FAKE_USD = { perCpu: 0.1, perBillionBytes: 0.1 };
const FAKE_TYPES = 400;
const FAKE_OFFERINGS = [
  ['spot', 1],
  ['spot', 2],
  ['on-demand', 1],
  ['on-demand', 2],
  ['on-demand', 3],
] as const;

/** The types of Karpenter's scheduling benchmark: type i has i cpu, 2i Gi and 10i pods, and its price is linear in i. */
export function fakeTypes(): readonly TypeRecord[] {
  return Array.from({ length: FAKE_TYPES }, (_, index) => {
    const cpu = index + 1;
    const isLarge = cpu > 4;
    const price = FAKE_USD.perCpu * cpu + (FAKE_USD.perBillionBytes * 2 * cpu * GIB) / 1e9;
    return {
      name: `fake-it-${index}`,
      arch: 'amd64',
      os: ['darwin', 'linux', 'windows'],
      labels: { integer: `${cpu}`, size: isLarge ? 'large' : 'small', ...(isLarge ? { special: 'optional' } : {}) },
      capacity: { cpu: `${cpu}`, memory: `${2 * cpu}Gi`, pods: `${10 * cpu}` },
      overhead: { cpu: '100m', memory: '10Mi' },
      offerings: FAKE_OFFERINGS.map(([capacityType, zone]) => ({
        zone: `test-zone-${zone}`,
        capacityType,
        price,
        available: true,
      })),
    };
  });
}

const KWOK_CPUS = [1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256];
const KWOK_FAMILIES = [
  ['c', 2],
  ['s', 4],
  ['m', 8],
] as const;
const KWOK_USD = { perCpu: 0.025, perBillionBytes: 0.001 };
const KWOK_SPOT_FRACTION = 0.7;
const KWOK_PODS_MAX = 1024;

/** The types of Karpenter's kwok provider: twelve sizes, three ratios of memory to cpu, two systems, two architectures. */
export function kwokTypes(): readonly TypeRecord[] {
  return KWOK_CPUS.flatMap((cpu) =>
    KWOK_FAMILIES.flatMap(([family, gibPerCpu]) =>
      ['linux', 'windows'].flatMap((os) =>
        ['amd64', 'arm64'].map((arch) => kwokType({ cpu, family, memoryGib: cpu * gibPerCpu, os, arch })),
      ),
    ),
  );
}

function kwokType(of: { cpu: number; family: string; memoryGib: number; os: string; arch: string }): TypeRecord {
  const { cpu, family, memoryGib, os, arch } = of;
  const onDemand = KWOK_USD.perCpu * cpu + (KWOK_USD.perBillionBytes * memoryGib * GIB) / 1e9;
  return {
    name: `${family}-${cpu}x-${arch}-${os}`,
    arch,
    os: [os],
    labels: {
      'karpenter.kwok.sh/instance-size': `${cpu}`,
      'karpenter.kwok.sh/instance-family': family,
      'karpenter.kwok.sh/instance-cpu': `${cpu}`,
      'karpenter.kwok.sh/instance-memory': `${memoryGib * 1024}`,
    },
    capacity: {
      cpu: `${cpu}`,
      memory: `${memoryGib}Gi`,
      pods: `${Math.min(16 * cpu, KWOK_PODS_MAX)}`,
      'ephemeral-storage': '20Gi',
    },
    overhead: { cpu: '100m', memory: '10Mi' },
    offerings: ['a', 'b', 'c', 'd'].flatMap((letter) =>
      (['on-demand', 'spot'] as const).map((capacityType) => ({
        zone: `test-zone-${letter}`,
        capacityType,
        price: capacityType === 'spot' ? onDemand * KWOK_SPOT_FRACTION : onDemand,
        available: true,
      })),
    ),
  };
}
