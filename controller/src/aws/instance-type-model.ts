import type { BlockDeviceMapping } from '../api/aws-node-template.gen.ts';
import type { KubeletConfiguration } from '../api/provisioner.gen.ts';
import type { Settings } from '../config.ts';
import type { InstanceType, Offering } from '../core/instance-type.ts';
import { parseAmount, type Resources, subtractResources } from '../core/resources.ts';
import type { ImageFamily } from './image-families.ts';
import { instanceTypeRequirements } from './instance-labels.ts';
import type { AcceleratorFacts, InstanceTypeFacts } from './instance-type-facts.ts';
import { GIBIBYTE, kubeletReserves, MEBIBYTE } from './kubelet-reserves.ts';
import { branchInterfaces } from './network-limits.ts';
import { interfacePods, podsMax } from './pod-density.ts';

/** What decides how one Provisioner would see an instance type, beside the type itself. */
export interface ModelContext {
  readonly region: string;
  readonly family: ImageFamily;
  readonly kubelet: KubeletConfiguration;
  readonly blockDeviceMappings: readonly BlockDeviceMapping[] | undefined;
  readonly settings: Pick<
    Settings,
    'vmMemoryOverheadFraction' | 'enablePodEni' | 'enableEniLimitedPodDensity' | 'reservedEnis'
  >;
}

/** The type as the core knows it: labels, capacity, what is left for pods, and how it can be bought. Pure. */
export function modelInstanceType(
  facts: InstanceTypeFacts,
  offerings: readonly Offering[],
  context: ModelContext,
): InstanceType {
  const { family, kubelet, settings } = context;
  const pods = podsMax(facts, family, kubelet, settings);
  const capacity = capacityOf(facts, pods, context);
  const reserves = kubeletReserves({
    cpuCount: facts.cpuCount,
    capacity,
    reservedForPods: family.reservesMemoryByInterfaces ? interfacePods(facts, settings.reservedEnis) : pods,
    kubelet,
    family,
  });
  return {
    name: facts.name,
    requirements: instanceTypeRequirements(facts, { region: context.region, podsMax: pods, offerings }),
    capacity,
    allocatable: notNegative(subtractResources(capacity, reserves)),
    offerings,
  };
}

function capacityOf(facts: InstanceTypeFacts, pods: number, context: ModelContext): Resources {
  const { settings } = context;
  const known: Record<string, number> = {
    cpu: facts.cpuCount * 1_000,
    memory: usableMemoryMib(facts, settings.vmMemoryOverheadFraction) * MEBIBYTE,
    'ephemeral-storage': ephemeralStorageBytes(context),
    pods,
    'vpc.amazonaws.com/pod-eni': settings.enablePodEni ? branchInterfaces(facts.name) : 0,
    'nvidia.com/gpu': countOf(facts.gpus, 'NVIDIA'),
    'amd.com/gpu': countOf(facts.gpus, 'AMD'),
    'habana.ai/gaudi': countOf(facts.gpus, 'Habana'),
    'aws.amazon.com/neuron': facts.neurons.reduce((sum, { count }) => sum + count, 0),
  };
  return Object.fromEntries(Object.entries(known).filter(([, amount]) => amount > 0));
}

/** Memory that firmware of arm64 machines keeps for itself before the hypervisor's share is taken. */
const ARM64_FIRMWARE_MIB = 64;
/** Products such as 30720 × 0.075 must not become 2305 by a rounding error in the last bit. */
const ROUNDING_SLACK = 1e-6;

function usableMemoryMib(facts: InstanceTypeFacts, overheadFraction: number): number {
  const installedMib = facts.memoryMib - (facts.arch === 'arm64' ? ARM64_FIRMWARE_MIB : 0);
  return Math.max(installedMib - Math.ceil(installedMib * overheadFraction - ROUNDING_SLACK), 0);
}

const EPHEMERAL_STORAGE_BYTES = 20 * GIBIBYTE;

/** Size of the volume that pods' ephemeral storage lives on. */
function ephemeralStorageBytes({ family, blockDeviceMappings }: ModelContext): number {
  const mappings = blockDeviceMappings ?? family.defaultBlockDevices;
  const mapping =
    family.ephemeralDevice === undefined
      ? mappings.at(-1)
      : mappings.find(({ deviceName }) => deviceName === family.ephemeralDevice);
  const size = mapping?.ebs.volumeSize;
  return (size === undefined ? undefined : parseAmount('ephemeral-storage', size, 'down')) ?? EPHEMERAL_STORAGE_BYTES;
}

function countOf(cards: readonly AcceleratorFacts[], manufacturer: string): number {
  return cards.reduce((sum, card) => (card.manufacturer === manufacturer ? sum + card.count : sum), 0);
}

/** A tiny type can owe more than it has; then it has nothing to give. */
function notNegative(resources: Resources): Resources {
  return Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, Math.max(amount, 0)]));
}
