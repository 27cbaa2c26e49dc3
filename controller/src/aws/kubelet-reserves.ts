import type { KubeletConfiguration } from '../api/provisioner.gen.ts';
import { addResources, amountOf, parseAmount, type Resources } from '../core/resources.ts';
import type { ImageFamily } from './image-families.ts';

export const MEBIBYTE = 2 ** 20;
export const GIBIBYTE = 2 ** 30;

/** Milli-CPU that the EKS images set aside, by the share of each core: parts per 10,000, and how many cores it covers. */
const CPU_RESERVES = [
  { perTenThousand: 600, cores: 1 },
  { perTenThousand: 100, cores: 1 },
  { perTenThousand: 50, cores: 2 },
  { perTenThousand: 25, cores: Number.POSITIVE_INFINITY },
];

/** Milli-CPU kept for the kubelet on a machine of `cpuCount` cores; each share is cut to whole milli-CPU. */
export function kubeReservedCpuMilli(cpuCount: number): number {
  let left = cpuCount;
  let reservedMilli = 0;
  for (const { perTenThousand, cores } of CPU_RESERVES) {
    const covered = Math.min(left, cores);
    reservedMilli += Math.floor((covered * perTenThousand) / 10);
    left -= covered;
  }
  return reservedMilli;
}

/** Amounts of a ResourceList that users wrote, reserves rounded up; what is no quantity was refused at the API and counts as absent. */
function amounts(list: Readonly<Record<string, string | number>> | undefined): Resources {
  const entries = Object.entries(list ?? {}).map(([name, quantity]) => [name, parseAmount(name, quantity, 'up') ?? 0]);
  return Object.fromEntries(entries);
}

/** What the node keeps from its pods: kube and system reserves, and the room below which the kubelet evicts. */
export function kubeletReserves(options: {
  readonly cpuCount: number;
  readonly capacity: Resources;
  /** Pods that the memory reserve is reckoned with. */
  readonly reservedForPods: number;
  readonly kubelet: KubeletConfiguration;
  readonly family: ImageFamily;
}): Resources {
  const { cpuCount, capacity, reservedForPods, kubelet, family } = options;
  const kubeReserved = {
    cpu: kubeReservedCpuMilli(cpuCount),
    memory: (11 * reservedForPods + 255) * MEBIBYTE,
    'ephemeral-storage': GIBIBYTE,
    ...amounts(kubelet.kubeReserved),
  };
  const reserved = addResources(kubeReserved, amounts(kubelet.systemReserved));
  return addResources(reserved, evictionThreshold(capacity, kubelet, family));
}

const EVICTION_MEMORY_BYTES = 100 * MEBIBYTE;
const EVICTION_STORAGE_DIVISOR = 10;
const SIGNALS = { 'memory.available': 'memory', 'nodefs.available': 'ephemeral-storage' } as const;

function evictionThreshold(capacity: Resources, kubelet: KubeletConfiguration, family: ImageFamily): Resources {
  const signalMaps = [kubelet.evictionHard, family.supportsEvictionSoft ? kubelet.evictionSoft : undefined];
  const threshold: Record<string, number> = {
    memory: EVICTION_MEMORY_BYTES,
    'ephemeral-storage': Math.ceil(amountOf(capacity, 'ephemeral-storage') / EVICTION_STORAGE_DIVISOR),
  };
  for (const [signal, resource] of Object.entries(SIGNALS)) {
    const stated = signalMaps.flatMap((signals) => signals?.[signal] ?? []);
    const bytes = stated.flatMap((value) => signalBytes(value, resource, amountOf(capacity, resource)) ?? []);
    if (bytes.length > 0) threshold[resource] = Math.max(...bytes);
  }
  return threshold;
}

/** Bytes of a threshold such as `5%` or `100Mi`; 0 for `100%`, which turns it off; undefined when it is neither. */
function signalBytes(value: string, resource: string, capacityBytes: number): number | undefined {
  if (!value.endsWith('%')) return parseAmount(resource, value, 'up');
  const percent = Number(value.slice(0, -1));
  if (!Number.isFinite(percent)) return undefined;
  return percent >= 100 ? 0 : Math.ceil((capacityBytes * percent) / 100);
}
