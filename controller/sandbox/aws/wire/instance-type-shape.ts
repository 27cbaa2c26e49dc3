import type { Device, Hardware } from '../catalogue.ts';
import { ec2Architecture } from '../images.ts';
import { usageClasses } from '../instance-types.ts';
import type { XmlRecord } from './xml.ts';

/** The type as DescribeInstanceTypes words it, as far as the catalogue knows it. */
export function instanceTypeShape(hardware: Hardware): XmlRecord {
  return {
    instanceType: hardware.name,
    currentGeneration: hardware.current === true,
    freeTierEligible: false,
    supportedUsageClasses: usageClasses(hardware),
    supportedRootDeviceTypes: ['ebs'],
    supportedVirtualizationTypes: ['hvm'],
    bareMetal: hardware.metal === true,
    hypervisor: hardware.hypervisor,
    processorInfo: { supportedArchitectures: [ec2Architecture(hardware.arch)], manufacturer: hardware.cpu },
    vCpuInfo: { defaultVCpus: hardware.vcpus },
    memoryInfo: { sizeInMiB: hardware.memoryMiB },
    instanceStorageSupported: hardware.storageGB !== undefined,
    instanceStorageInfo: storageShape(hardware),
    networkInfo: networkShape(hardware),
    gpuInfo: gpuShape(hardware.gpus),
    inferenceAcceleratorInfo: acceleratorShape(hardware.accelerators),
    neuronInfo: neuronShape(hardware.neuron),
    burstablePerformanceSupported: hardware.burstable === true,
  };
}

function storageShape({ storageGB, nvme }: Hardware): XmlRecord | undefined {
  return storageGB === undefined
    ? undefined
    : { totalSizeInGB: storageGB, nvmeSupport: nvme === true ? 'required' : 'unsupported' };
}

function networkShape(hardware: Hardware): XmlRecord {
  const cardCount = hardware.cards ?? 1;
  const card = {
    networkPerformance: hardware.network,
    maximumNetworkInterfaces: hardware.enis,
    baselineBandwidthInGbps: hardware.networkMbps === undefined ? undefined : hardware.networkMbps / 1000 / cardCount,
  };
  return {
    networkPerformance: hardware.network,
    maximumNetworkInterfaces: hardware.enis * cardCount,
    maximumNetworkCards: cardCount,
    defaultNetworkCardIndex: 0,
    networkCards: Array.from({ length: cardCount }, (_, networkCardIndex) => ({ networkCardIndex, ...card })),
    ipv4AddressesPerInterface: hardware.ipv4PerEni,
    ipv6AddressesPerInterface: hardware.ipv4PerEni,
    ipv6Supported: true,
    efaSupported: hardware.efa !== undefined,
    efaInfo: hardware.efa === undefined ? undefined : { maximumEfaInterfaces: hardware.efa },
    encryptionInTransitSupported: hardware.encryptionInTransit === true,
  };
}

const deviceShape = ({ name, manufacturer, count, memoryMiB }: Device): XmlRecord => ({
  name,
  manufacturer,
  count,
  memoryInfo: { sizeInMiB: memoryMiB },
});

function gpuShape(gpus: Hardware['gpus']): XmlRecord | undefined {
  if (gpus === undefined) return undefined;
  return {
    gpus: gpus.map(deviceShape),
    totalGpuMemoryInMiB: gpus.reduce((sum, gpu) => sum + gpu.count * gpu.memoryMiB, 0),
  };
}

function acceleratorShape(accelerators: Hardware['accelerators']): XmlRecord | undefined {
  return accelerators && { accelerators: accelerators.map(deviceShape) };
}

function neuronShape(neuron: Hardware['neuron']): XmlRecord | undefined {
  if (neuron === undefined) return undefined;
  const devices = neuron.map(({ name, count, cores, memoryMiB }) => ({
    count,
    name,
    coreInfo: { count: cores },
    memoryInfo: { sizeInMiB: memoryMiB },
  }));
  return { neuronDevices: devices };
}
