import {
  type EC2Client,
  type InstanceTypeInfo,
  paginateDescribeInstanceTypeOfferings,
  paginateDescribeInstanceTypes,
} from '@aws-sdk/client-ec2';
import type { CapacityType } from '../core/instance-type.ts';
import type { Clock } from '../ports/clock.ts';
import { collectPages, PAGE_SIZE_TYPES } from './answer-pages.ts';
import { createCachedAnswers } from './cached-answers.ts';
import type { Arch } from './image-families.ts';

/** Accelerator cards of one kind. */
export interface AcceleratorFacts {
  readonly name: string;
  readonly manufacturer: string;
  readonly count: number;
  /** Of one card; 0 when unknown. */
  readonly memoryMib: number;
}

/** What EC2 says of an instance type, as far as we use it. */
export interface InstanceTypeFacts {
  readonly name: string;
  readonly arch: Arch;
  readonly cpuCount: number;
  readonly memoryMib: number;
  /** `nitro`, `xen`, or empty for bare metal. */
  readonly hypervisor: string;
  readonly encryptsInTransit: boolean;
  /** Total of the local NVMe disks; undefined without any. */
  readonly localNvmeGb: number | undefined;
  /** Of the default network card. */
  readonly interfacesMax: number;
  readonly ipv4PerInterface: number;
  readonly gpus: readonly AcceleratorFacts[];
  /** Inferentia and Trainium devices. */
  readonly neurons: readonly AcceleratorFacts[];
  readonly capacityTypes: readonly CapacityType[];
}

/** All instance types of the region that Kubernetes can run on, with the zones that offer them. */
export interface InstanceTypeCatalogue {
  /** Differs from that of any other reading in this process. */
  readonly reading: number;
  /** By name. */
  readonly types: readonly InstanceTypeFacts[];
  readonly zonesByType: ReadonlyMap<string, ReadonlySet<string>>;
}

/** EC2 adds types and zones a few times a month; the list is 1,400 records long. */
const CATALOGUE_TTL_MS = 5 * 60_000;

/** Reads the catalogue, at most every five minutes. */
export function createInstanceTypeCatalogue(
  ec2: EC2Client,
  clock: Pick<Clock, 'nowMs'>,
): () => Promise<InstanceTypeCatalogue> {
  const answers = createCachedAnswers<InstanceTypeCatalogue>(clock, CATALOGUE_TTL_MS);
  let readings = 0;
  return () =>
    answers.get('all', async () => {
      readings += 1;
      return { reading: readings, ...(await readCatalogue(ec2)) };
    });
}

async function readCatalogue(ec2: EC2Client): Promise<Omit<InstanceTypeCatalogue, 'reading'>> {
  const [infos, offerings] = await Promise.all([
    collectPages(
      'DescribeInstanceTypes',
      paginateDescribeInstanceTypes(
        { client: ec2, pageSize: PAGE_SIZE_TYPES },
        {
          Filters: [
            { Name: 'supported-virtualization-type', Values: ['hvm'] },
            { Name: 'processor-info.supported-architecture', Values: ['x86_64', 'arm64'] },
          ],
        },
      ),
      (page) => page.InstanceTypes,
    ),
    collectPages(
      'DescribeInstanceTypeOfferings',
      paginateDescribeInstanceTypeOfferings({ client: ec2 }, { LocationType: 'availability-zone' }),
      (page) => page.InstanceTypeOfferings,
    ),
  ]);
  const types = infos.flatMap((info) => instanceTypeFacts(info) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
  const zonesByType = new Map<string, Set<string>>();
  for (const { InstanceType = '', Location = '' } of offerings) {
    const zones = zonesByType.get(InstanceType);
    if (zones === undefined) zonesByType.set(InstanceType, new Set([Location]));
    else zones.add(Location);
  }
  return { types, zonesByType };
}

const ARCHES: Readonly<Record<string, Arch>> = { x86_64: 'amd64', arm64: 'arm64' };
const CAPACITY_TYPES: Readonly<Record<string, CapacityType>> = { spot: 'spot', 'on-demand': 'on-demand' };

/** Facts of EC2's record; undefined when it lacks what a node needs (an architecture of ours, CPU, memory, a network card). */
function instanceTypeFacts(info: InstanceTypeInfo): InstanceTypeFacts | undefined {
  const arch = info.ProcessorInfo?.SupportedArchitectures?.map((name) => ARCHES[name]).find(
    (known) => known !== undefined,
  );
  const network = info.NetworkInfo;
  const card = network?.NetworkCards?.find(
    ({ NetworkCardIndex }) => NetworkCardIndex === (network.DefaultNetworkCardIndex ?? 0),
  );
  const interfacesMax = card?.MaximumNetworkInterfaces ?? network?.MaximumNetworkInterfaces;
  const cpuCount = info.VCpuInfo?.DefaultVCpus;
  const memoryMib = info.MemoryInfo?.SizeInMiB;
  if (!info.InstanceType || !arch || !cpuCount || !memoryMib || !interfacesMax) return undefined;
  const hasLocalNvme = info.InstanceStorageInfo !== undefined && info.InstanceStorageInfo.NvmeSupport !== 'unsupported';
  return {
    name: info.InstanceType,
    arch,
    cpuCount,
    memoryMib,
    hypervisor: info.Hypervisor ?? '',
    encryptsInTransit: network?.EncryptionInTransitSupported ?? false,
    localNvmeGb: hasLocalNvme ? info.InstanceStorageInfo?.TotalSizeInGB : undefined,
    interfacesMax,
    ipv4PerInterface: network?.Ipv4AddressesPerInterface ?? 0,
    gpus: (info.GpuInfo?.Gpus ?? []).map(({ Name, Manufacturer, Count, MemoryInfo }) => ({
      name: Name ?? '',
      manufacturer: Manufacturer ?? '',
      count: Count ?? 0,
      memoryMib: MemoryInfo?.SizeInMiB ?? 0,
    })),
    neurons: neurons(info),
    capacityTypes: (info.SupportedUsageClasses ?? []).flatMap((usage) => CAPACITY_TYPES[usage] ?? []),
  };
}

/** Trainium of the first generation as EC2 described it before NeuronInfo came: not at all. */
const TRN1_DEVICES: Readonly<Record<string, number>> = { 'trn1.2xlarge': 1, 'trn1.32xlarge': 16, 'trn1n.32xlarge': 16 };

function neurons(info: InstanceTypeInfo): readonly AcceleratorFacts[] {
  const trn1 = TRN1_DEVICES[info.InstanceType ?? ''];
  if (trn1 !== undefined) return [{ name: 'inferentia', manufacturer: 'aws', count: trn1, memoryMib: 0 }];
  const accelerators = info.InferenceAcceleratorInfo?.Accelerators ?? [];
  if (accelerators.length > 0) {
    return accelerators.map(({ Name, Manufacturer, Count }) => ({
      name: Name ?? '',
      manufacturer: Manufacturer ?? '',
      count: Count ?? 0,
      memoryMib: 0,
    }));
  }
  return (info.NeuronInfo?.NeuronDevices ?? []).map(({ Name, Count, MemoryInfo }) => ({
    name: Name ?? '',
    manufacturer: 'aws',
    count: Count ?? 0,
    memoryMib: MemoryInfo?.SizeInMiB ?? 0,
  }));
}
