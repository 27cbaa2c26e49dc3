import { type Hardware, isOfferedIn, loadCatalogue } from '../../sandbox/aws/catalogue.ts';
import { usageClasses } from '../../sandbox/aws/instance-types.ts';
import { addressablePods, defaultReserve, deviceCounts } from '../../sandbox/aws/kubelet-report.ts';
import { priceNanoUsdPerHour } from '../../sandbox/aws/prices.ts';
import { INSTANCE_LABELS, REGION_LABEL } from '../../src/api/names.ts';
import type { OfferingRecord, TypeRecord } from '../problem/problem-file.ts';

const NANO_PER_USD = 1e9;
const MIB = 2 ** 20;
/** What the controller allows for firmware and hypervisor, by default. */
const MEMORY_OVERHEAD_FRACTION = 0.075;
/** Graviton's hypervisor keeps this much of what EC2 advertises. */
const ARM_MEMORY_MIB = 64;
const EVICTION_MEMORY_MIB = 100;
const STORAGE_GIB = 20;
/** One for the kubelet, and the tenth below which it evicts. */
const STORAGE_OVERHEAD_GIB = 3;
const TYPE_NAME = /^([a-z]+)(?:-\d+tb)?(\d+).*\./;

/** Every type that the committed catalogue has in one of the zones `a`, `b`, …; spot prices are synthetic. By name. */
export function awsTypes(zoneLetters: string): readonly TypeRecord[] {
  const { region, types } = loadCatalogue();
  const zones = [...zoneLetters].map((letter) => region + letter);
  return [...types.values()].flatMap((hardware) => {
    const offerings = zones.flatMap((zone) => offeringsIn(zone, hardware));
    return offerings.length === 0 ? [] : [typeRecord(hardware, region, offerings)];
  });
}

function offeringsIn(zone: string, hardware: Hardware): OfferingRecord[] {
  if (!isOfferedIn(hardware, zone)) return [];
  return usageClasses(hardware).flatMap((capacityType) => {
    const price = priceNanoUsdPerHour(hardware, zone, capacityType);
    return price === undefined ? [] : [{ zone, capacityType, price: price / NANO_PER_USD, available: true }];
  });
}

function typeRecord(hardware: Hardware, region: string, offerings: readonly OfferingRecord[]): TypeRecord {
  const { name, arch, vcpus, memoryMiB } = hardware;
  const pods = addressablePods(hardware);
  const advertisedMib = arch === 'arm64' ? memoryMiB - ARM_MEMORY_MIB : memoryMiB;
  const memoryMib = advertisedMib - Math.ceil(advertisedMib * MEMORY_OVERHEAD_FRACTION);
  const devices: Record<string, number> = {
    ...deviceCounts(hardware),
    'vpc.amazonaws.com/pod-eni': hardware.branchEnis ?? 0,
    'vpc.amazonaws.com/efa': hardware.efa ?? 0,
  };
  return {
    name,
    arch,
    os: ['linux'],
    labels: labelsOf(hardware, region, pods),
    capacity: {
      cpu: `${vcpus}`,
      memory: `${memoryMib}Mi`,
      pods: `${pods}`,
      'ephemeral-storage': `${STORAGE_GIB}Gi`,
      ...Object.fromEntries(
        Object.entries(devices).flatMap(([resource, count]) => (count > 0 ? [[resource, `${count}`]] : [])),
      ),
    },
    overhead: {
      cpu: `${defaultReserve(hardware, 'cpu')}m`,
      memory: `${defaultReserve(hardware, 'memory') / MIB + EVICTION_MEMORY_MIB}Mi`,
      'ephemeral-storage': `${STORAGE_OVERHEAD_GIB}Gi`,
    },
    offerings,
  };
}

function labelsOf(hardware: Hardware, region: string, pods: number): Record<string, string> {
  const [, category, generation] = TYPE_NAME.exec(hardware.name) ?? [];
  const [family, size] = hardware.name.split('.');
  // A label describes cards of one kind; mixed ones have no one name.
  const [gpu] = hardware.gpus?.length === 1 ? hardware.gpus : [];
  const [neuron] = hardware.neuron?.length === 1 ? hardware.neuron : [];
  const values: Record<string, string | number | undefined> = {
    [REGION_LABEL]: region,
    [INSTANCE_LABELS.category]: category,
    [INSTANCE_LABELS.generation]: generation,
    [INSTANCE_LABELS.family]: family,
    [INSTANCE_LABELS.size]: size,
    [INSTANCE_LABELS.cpu]: hardware.vcpus,
    [INSTANCE_LABELS.memory]: hardware.memoryMiB,
    [INSTANCE_LABELS.pods]: pods,
    [INSTANCE_LABELS.hypervisor]: hardware.hypervisor ?? '',
    [INSTANCE_LABELS.encryptionInTransit]: String(hardware.encryptionInTransit === true),
    [INSTANCE_LABELS.localNvme]: hardware.nvme === true ? hardware.storageGB : undefined,
    [INSTANCE_LABELS.networkBandwidth]: hardware.networkMbps,
    [INSTANCE_LABELS.gpuName]: gpu?.name.toLowerCase().replaceAll(' ', '-'),
    [INSTANCE_LABELS.gpuManufacturer]: gpu?.manufacturer.toLowerCase(),
    [INSTANCE_LABELS.gpuCount]: gpu?.count,
    [INSTANCE_LABELS.gpuMemory]: gpu?.memoryMiB,
    [INSTANCE_LABELS.acceleratorName]: neuron?.name.toLowerCase(),
    [INSTANCE_LABELS.acceleratorManufacturer]: neuron && 'aws',
    [INSTANCE_LABELS.acceleratorCount]: neuron?.count,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
}
