import { parseAmount, type Resources } from '../../src/core/resources.ts';
import type { Hardware } from './catalogue.ts';
import type { KubeletSettings } from './node-boot.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Firmware, kernel and crash kernel take 5 % of a small machine and 3 % of a large one, measured in log2 of its GiB. */
const MEMORY_LOSS_MAX = 0.05;
const MEMORY_LOSS_MIN = 0.03;
const MEMORY_LOSS_PER_DOUBLING = 0.003;
/** XFS keeps this much of the root volume for its own structures. */
const FILE_SYSTEM_BYTES = 12 * MIB;

/** What EKS images reserve: memory by pods, CPU by tiers of cores (in permille of each core), disk for images and logs. */
const RESERVED_MEMORY_MIB_PER_POD = 11;
const RESERVED_MEMORY_MIB = 255;
const RESERVED_STORAGE_BYTES = GIB;
const RESERVED_CPU_TIERS = [
  { cores: 1, perCoreMilli: 60 },
  { cores: 1, perCoreMilli: 10 },
  { cores: 2, perCoreMilli: 5 },
  { cores: Number.POSITIVE_INFINITY, perCoreMilli: 2.5 },
] as const;
const EVICTION_DEFAULTS: Readonly<Record<string, string>> = { 'memory.available': '100Mi', 'nodefs.available': '10%' };

const DEVICE_RESOURCES: Readonly<Record<string, string>> = {
  NVIDIA: 'nvidia.com/gpu',
  AMD: 'amd.com/gpu',
  Habana: 'habana.ai/gaudi',
};

/**
 * What the kubelet of a machine reports. Deliberately a model of its own, a little below what EC2 advertises and above what
 * a careful controller promises, so that a controller that promises too much is found out.
 */
export function reportNode(
  hardware: Hardware,
  settings: KubeletSettings,
  volumeBytes: number,
): { capacity: Resources; allocatable: Resources } {
  const capacity = {
    cpu: hardware.vcpus * 1000,
    memory: visibleMemoryBytes(hardware),
    'ephemeral-storage': volumeBytes - FILE_SYSTEM_BYTES,
    pods: podLimit(hardware, settings),
    ...deviceCounts(hardware),
  };
  const reserved = reserve(hardware, settings, capacity);
  const allocatable = Object.fromEntries(
    Object.entries(capacity).map(([name, amount]) => [name, Math.max(0, amount - (reserved[name] ?? 0))]),
  );
  return { capacity, allocatable };
}

function visibleMemoryBytes({ memoryMiB, arch }: Hardware): number {
  const doublings = Math.max(0, Math.log2(memoryMiB / 1024));
  const loss = Math.max(MEMORY_LOSS_MIN, MEMORY_LOSS_MAX - doublings * MEMORY_LOSS_PER_DOUBLING);
  // On Graviton, EC2's figure includes 64 MiB that the hypervisor keeps.
  const bytes = (memoryMiB - (arch === 'arm64' ? 64 : 0)) * MIB;
  return Math.floor((bytes * (1 - loss)) / KIB) * KIB;
}

/** Pods that the VPC network plugin has addresses for: one of each interface's is its own, two host-network pods need none. */
export function addressablePods({ enis, ipv4PerEni }: Hardware): number {
  return enis * (ipv4PerEni - 1) + 2;
}

function podLimit(hardware: Hardware, { maxPods, podsPerCore }: KubeletSettings): number {
  const limit = maxPods ?? addressablePods(hardware);
  return podsPerCore === undefined || podsPerCore === 0 ? limit : Math.min(limit, podsPerCore * hardware.vcpus);
}

/** Devices by the resource name under which their plugins register them. */
export function deviceCounts(hardware: Hardware): Record<string, number> {
  const counts: Record<string, number> = {};
  const add = (resource: string | undefined, count: number): void => {
    if (resource !== undefined && count > 0) counts[resource] = (counts[resource] ?? 0) + count;
  };
  for (const gpu of hardware.gpus ?? []) add(DEVICE_RESOURCES[gpu.manufacturer], gpu.count);
  for (const neuron of hardware.neuron ?? []) add('aws.amazon.com/neuron', neuron.count);
  return counts;
}

function reserve(hardware: Hardware, settings: KubeletSettings, capacity: Resources): Record<string, number> {
  const eviction = settings.evictionHard ?? EVICTION_DEFAULTS;
  const total: Record<string, number> = {};
  const add = (resource: string, amount: number): void => void (total[resource] = (total[resource] ?? 0) + amount);
  for (const resource of ['cpu', 'memory', 'ephemeral-storage']) {
    // A flag replaces the image's whole map, as kubelet flags do.
    const kube =
      settings.kubeReserved === undefined
        ? defaultReserve(hardware, resource)
        : amountOf(settings.kubeReserved[resource], resource);
    add(resource, kube + amountOf(settings.systemReserved?.[resource], resource));
  }
  add('memory', thresholdBytes(eviction['memory.available'], capacity.memory ?? 0));
  add('ephemeral-storage', thresholdBytes(eviction['nodefs.available'], capacity['ephemeral-storage'] ?? 0));
  return total;
}

/** Milli-CPU or bytes that EKS images reserve of a resource, unless told otherwise. */
export function defaultReserve(hardware: Hardware, resource: string): number {
  if (resource === 'memory')
    return (RESERVED_MEMORY_MIB_PER_POD * addressablePods(hardware) + RESERVED_MEMORY_MIB) * MIB;
  if (resource === 'ephemeral-storage') return RESERVED_STORAGE_BYTES;
  let coresLeft = hardware.vcpus;
  let milli = 0;
  for (const { cores, perCoreMilli } of RESERVED_CPU_TIERS) {
    const taken = Math.min(cores, coresLeft);
    milli += Math.floor(taken * perCoreMilli);
    coresLeft -= taken;
  }
  return milli;
}

function thresholdBytes(threshold: string | undefined, capacity: number): number {
  if (threshold === undefined) return 0;
  return threshold.endsWith('%')
    ? Math.ceil((capacity * Number(threshold.slice(0, -1))) / 100)
    : amountOf(threshold, 'memory');
}

/** A quantity in milli-CPU or bytes, rounded up; 0 when absent or not understood, as a kubelet that ignores the key. */
function amountOf(quantity: string | undefined, resource: string): number {
  return quantity === undefined ? 0 : (parseAmount(resource, quantity, 'up') ?? 0);
}
