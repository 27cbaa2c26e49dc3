import {
  ARCH_LABEL,
  CAPACITY_TYPE_LABEL,
  INSTANCE_LABELS,
  INSTANCE_TYPE_LABEL,
  OS_LABEL,
  REGION_LABEL,
  WINDOWS_BUILD_LABEL,
  ZONE_LABEL,
} from '../api/names.ts';
import type { Offering } from '../core/instance-type.ts';
import { type Requirements, requirement } from '../core/requirements.ts';
import type { AcceleratorFacts, InstanceTypeFacts } from './instance-type-facts.ts';
import { baselineBandwidthMbps } from './network-limits.ts';

/** `m5d.large`, `u-6tb1.56xlarge`, `c7gn.metal`: letters, an optional size in terabytes, the generation. */
const TYPE_NAME = /^([a-z]+)(?:-[0-9]+tb)?([0-9]+).*\./;

/**
 * What the labels of a node of this type will be. A label that the type lacks must be absent.
 * Zone and capacity type hold the sets over available offerings.
 */
export function instanceTypeRequirements(
  facts: InstanceTypeFacts,
  where: { readonly region: string; readonly podsMax: number; readonly offerings: readonly Offering[] },
): Requirements {
  const available = where.offerings.filter((offering) => offering.available);
  const valuesByKey: Readonly<Record<string, readonly (string | number | undefined)[]>> = {
    [INSTANCE_TYPE_LABEL]: [facts.name],
    [ARCH_LABEL]: [facts.arch],
    [OS_LABEL]: ['linux'],
    [WINDOWS_BUILD_LABEL]: [],
    [REGION_LABEL]: [where.region],
    [ZONE_LABEL]: available.map(({ zone }) => zone),
    [CAPACITY_TYPE_LABEL]: available.map(({ capacityType }) => capacityType),
    ...nameLabels(facts.name),
    [INSTANCE_LABELS.hypervisor]: [facts.hypervisor],
    [INSTANCE_LABELS.encryptionInTransit]: [String(facts.encryptsInTransit)],
    [INSTANCE_LABELS.localNvme]: [facts.localNvmeGb],
    [INSTANCE_LABELS.cpu]: [facts.cpuCount],
    [INSTANCE_LABELS.memory]: [facts.memoryMib],
    [INSTANCE_LABELS.networkBandwidth]: [baselineBandwidthMbps(facts.name)],
    [INSTANCE_LABELS.pods]: [where.podsMax],
    ...gpuLabels(facts.gpus),
    ...acceleratorLabels(facts.neurons),
  };
  return new Map(
    Object.entries(valuesByKey).map(([key, values]) => {
      const known = [...new Set(values.flatMap((value) => (value === undefined ? [] : [String(value)])))].sort();
      return [key, known.length > 0 ? requirement(key, 'In', known) : requirement(key, 'DoesNotExist', [])];
    }),
  );
}

function nameLabels(name: string): Record<string, readonly (string | undefined)[]> {
  const [, category, generation] = TYPE_NAME.exec(name) ?? [];
  const [family, size] = name.split('.');
  return {
    [INSTANCE_LABELS.category]: [category],
    [INSTANCE_LABELS.generation]: [generation],
    [INSTANCE_LABELS.family]: [family],
    [INSTANCE_LABELS.size]: [size],
  };
}

/** Mixed cards have no one name, so the labels describe only types with cards of one kind. */
function gpuLabels(gpus: readonly AcceleratorFacts[]): Record<string, readonly (string | number | undefined)[]> {
  const [gpu] = gpus.length === 1 ? gpus : [];
  return {
    [INSTANCE_LABELS.gpuName]: [gpu && kebab(gpu.name)],
    [INSTANCE_LABELS.gpuManufacturer]: [gpu && kebab(gpu.manufacturer)],
    [INSTANCE_LABELS.gpuCount]: [gpu?.count],
    [INSTANCE_LABELS.gpuMemory]: [gpu?.memoryMib],
  };
}

function acceleratorLabels(
  neurons: readonly AcceleratorFacts[],
): Record<string, readonly (string | number | undefined)[]> {
  const [neuron] = neurons.length === 1 ? neurons : [];
  return {
    [INSTANCE_LABELS.acceleratorName]: [neuron && kebab(neuron.name)],
    [INSTANCE_LABELS.acceleratorManufacturer]: [neuron && kebab(neuron.manufacturer)],
    [INSTANCE_LABELS.acceleratorCount]: [neuron?.count],
  };
}

function kebab(text: string): string {
  return text.toLowerCase().replaceAll(' ', '-');
}
