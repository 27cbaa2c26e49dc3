import {
  ARCH_LABEL,
  CAPACITY_TYPE_LABEL,
  INSTANCE_LABELS,
  INSTANCE_TYPE_LABEL,
  OS_LABEL,
  REGION_LABEL,
  WINDOWS_BUILD_LABEL,
  ZONE_LABEL,
} from '../../src/api/names.ts';
import type { KubeletConfiguration } from '../../src/api/provisioner.gen.ts';
import type { CapacityType, InstanceType, Offering } from '../../src/core/instance-type.ts';
import type { Requirement, Requirements } from '../../src/core/requirements.ts';
import { parseAmount, type Resources } from '../../src/core/resources.ts';
import type { Device, Hardware } from './catalogue.ts';
import { addressablePods, defaultReserve, deviceCounts } from './kubelet-report.ts';
import { priceNanoUsdPerHour } from './prices.ts';

const MIB = 1024 ** 2;
/** Share of the advertised memory that upstream writes off beforehand, because no API tells what a guest really sees. */
const MEMORY_WRITE_OFF = 0.075;
const EVICTION_MEMORY_BYTES = 100 * MIB;
const EVICTION_STORAGE_PERCENT = 10;
const CAPACITY_TYPES: readonly CapacityType[] = ['on-demand', 'spot'];

export interface OfferingContext {
  readonly region: string;
  /** Zones that have a subnet. */
  readonly zones: readonly string[];
  readonly kubelet: KubeletConfiguration;
  readonly volumeBytes: number;
  /** False while an offering has no stock. */
  isInStock(instanceType: string, zone: string, capacityType: CapacityType): boolean;
}

/** The type as a controller's core sees it under upstream's v0.31 rules, or undefined when none of the zones sells it. */
export function offeredInstanceType(hardware: Hardware, context: OfferingContext): InstanceType | undefined {
  const offerings = offeringsOf(hardware, context);
  if (offerings.length === 0) return undefined;
  const capacity = promisedCapacity(hardware, context);
  return {
    name: hardware.name,
    requirements: labelsOf(
      hardware,
      context.region,
      capacity.pods ?? 0,
      offerings.filter(({ available }) => available),
    ),
    capacity,
    allocatable: promisedAllocatable(hardware, context.kubelet, capacity),
    offerings,
  };
}

function offeringsOf(hardware: Hardware, { zones, isInStock }: OfferingContext): readonly Offering[] {
  return zones.flatMap((zone) =>
    CAPACITY_TYPES.flatMap((capacityType): Offering[] => {
      const price = priceNanoUsdPerHour(hardware, zone, capacityType);
      if (price === undefined) return [];
      return [
        { zone, capacityType, priceNanoUsdPerHour: price, available: isInStock(hardware.name, zone, capacityType) },
      ];
    }),
  );
}

function promisedCapacity(hardware: Hardware, { kubelet, volumeBytes }: OfferingContext): Resources {
  const visibleMiB = hardware.memoryMiB - (hardware.arch === 'arm64' ? 64 : 0);
  const pods = kubelet.maxPods ?? addressablePods(hardware);
  const byCore = kubelet.podsPerCore ? kubelet.podsPerCore * hardware.vcpus : Number.POSITIVE_INFINITY;
  return {
    cpu: hardware.vcpus * 1000,
    memory: (visibleMiB - Math.ceil(visibleMiB * MEMORY_WRITE_OFF)) * MIB,
    'ephemeral-storage': volumeBytes,
    pods: Math.min(pods, byCore),
    ...deviceCounts(hardware),
  };
}

function promisedAllocatable(hardware: Hardware, kubelet: KubeletConfiguration, capacity: Resources): Resources {
  const allocatable: Record<string, number> = { ...capacity };
  for (const resource of ['cpu', 'memory', 'ephemeral-storage']) {
    const kube = amount(resource, kubelet.kubeReserved?.[resource]) ?? defaultReserve(hardware, resource);
    const system = amount(resource, kubelet.systemReserved?.[resource]) ?? 0;
    const held = kube + system + evictionReserve(resource, kubelet, capacity[resource] ?? 0);
    allocatable[resource] = Math.max(0, (capacity[resource] ?? 0) - held);
  }
  return allocatable;
}

const EVICTION_SIGNALS: Readonly<Record<string, string>> = {
  memory: 'memory.available',
  'ephemeral-storage': 'nodefs.available',
};

/** The larger of the hard and the soft threshold, where either is set. */
function evictionReserve(
  resource: string,
  { evictionHard, evictionSoft }: KubeletConfiguration,
  capacity: number,
): number {
  const signal = EVICTION_SIGNALS[resource];
  if (signal === undefined) return 0;
  const set = [evictionHard?.[signal], evictionSoft?.[signal]].filter((threshold) => threshold !== undefined);
  if (set.length > 0) return Math.max(...set.map((threshold) => thresholdAmount(resource, threshold, capacity)));
  return resource === 'memory' ? EVICTION_MEMORY_BYTES : Math.ceil((capacity * EVICTION_STORAGE_PERCENT) / 100);
}

function thresholdAmount(resource: string, threshold: string, capacity: number): number {
  if (!threshold.endsWith('%')) return amount(resource, threshold) ?? 0;
  const percent = Number(threshold.slice(0, -1));
  // Kubelet reads 100 % as "this threshold is off".
  return percent === 100 ? 0 : Math.ceil((capacity * percent) / 100);
}

function amount(resource: string, quantity: string | number | undefined): number | undefined {
  return quantity === undefined ? undefined : parseAmount(resource, quantity, 'up');
}

function labelsOf(hardware: Hardware, region: string, pods: number, available: readonly Offering[]): Requirements {
  const [family = '', size = ''] = hardware.name.split('.');
  const [, category, generation] = /^([a-z]+)(?:-[0-9]+tb)?([0-9]+).*\./.exec(hardware.name) ?? [];
  const gpu = only(hardware.gpus);
  const accelerator = acceleratorOf(hardware);
  const values: Readonly<Record<string, readonly (string | number | undefined)[]>> = {
    [INSTANCE_TYPE_LABEL]: [hardware.name],
    [ARCH_LABEL]: [hardware.arch],
    [OS_LABEL]: ['linux'],
    [WINDOWS_BUILD_LABEL]: [],
    [REGION_LABEL]: [region],
    [ZONE_LABEL]: available.map(({ zone }) => zone),
    [CAPACITY_TYPE_LABEL]: available.map(({ capacityType }) => capacityType),
    [INSTANCE_LABELS.hypervisor]: [hardware.hypervisor ?? ''],
    [INSTANCE_LABELS.encryptionInTransit]: [String(hardware.encryptionInTransit === true)],
    [INSTANCE_LABELS.category]: [category],
    [INSTANCE_LABELS.generation]: [generation],
    [INSTANCE_LABELS.family]: [family],
    [INSTANCE_LABELS.size]: [size],
    [INSTANCE_LABELS.localNvme]: [hardware.nvme === true ? hardware.storageGB : undefined],
    [INSTANCE_LABELS.cpu]: [hardware.vcpus],
    [INSTANCE_LABELS.memory]: [hardware.memoryMiB],
    [INSTANCE_LABELS.networkBandwidth]: [hardware.networkMbps],
    [INSTANCE_LABELS.pods]: [pods],
    [INSTANCE_LABELS.gpuName]: [kebab(gpu?.name)],
    [INSTANCE_LABELS.gpuManufacturer]: [kebab(gpu?.manufacturer)],
    [INSTANCE_LABELS.gpuCount]: [gpu?.count],
    [INSTANCE_LABELS.gpuMemory]: [gpu?.memoryMiB],
    [INSTANCE_LABELS.acceleratorName]: [kebab(accelerator?.name)],
    [INSTANCE_LABELS.acceleratorManufacturer]: [kebab(accelerator?.manufacturer)],
    [INSTANCE_LABELS.acceleratorCount]: [accelerator?.count],
  };
  return new Map(Object.entries(values).map(([key, list]) => [key, oneOf(key, list)]));
}

/** EC2 lists no accelerator for the first Trainium types; upstream names them after Inferentia, and manifests rely on it. */
function acceleratorOf({
  name,
  accelerators,
  neuron,
}: Hardware): Pick<Device, 'name' | 'manufacturer' | 'count'> | undefined {
  if (!name.startsWith('trn1')) return only(accelerators);
  return { name: 'inferentia', manufacturer: 'aws', count: neuron?.[0]?.count ?? 0 };
}

const only = <T>(list: readonly T[] | undefined): T | undefined => (list?.length === 1 ? list[0] : undefined);
const kebab = (text: string | undefined): string | undefined => text?.toLowerCase().replaceAll(' ', '-');

/** `In` the known values; without any, `DoesNotExist`. */
function oneOf(key: string, values: readonly (string | number | undefined)[]): Requirement {
  const known = values.filter((value) => value !== undefined).map(String);
  return { key, complement: false, values: new Set(known.sort()) };
}
