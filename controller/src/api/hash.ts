// Hashes that tell whether a node was made from the present spec. The algorithm and the Go names in it are upstream's, so that
// Machines which upstream made do not all look drifted on the day we take over.
import type { AWSNodeTemplateSpec, BlockDevice, BlockDeviceMapping, MetadataOptions } from './aws-node-template.gen.ts';
import { parseDurationNanos } from './duration.ts';
import type { KubeletConfiguration, ProvisionerSpec, TaintSpec } from './provisioner.gen.ts';
import { parseQuantity, quantityText } from './quantity.ts';
import { boolean, bytes, type Hash, int32, int64, map, set, string, struct } from './struct-hash.ts';

/**
 * Returns the value of the provisioner-hash annotation: an unsigned decimal over annotations, labels, taints and kubelet settings.
 * What only decides which instance is bought or when it goes (requirements, limits, TTLs, weight) does not count.
 * Of `systemReserved` and `kubeReserved` only the names and the style of writing count, not the amounts: upstream's slip, kept
 * because another hash would replace every node once.
 */
export function provisionerHash(spec: ProvisionerSpec): string {
  return struct('ProvisionerSpec', [
    ['Annotations', given(spec.annotations, stringMap)],
    ['Labels', given(spec.labels, stringMap)],
    ['Taints', given(spec.taints, taints)],
    ['StartupTaints', given(spec.startupTaints, taints)],
    ['KubeletConfiguration', given(spec.kubeletConfiguration, kubelet)],
  ]).toString();
}

/**
 * Returns the value of the nodetemplate-hash annotation: an unsigned decimal over all fields but the selectors, whose results
 * are compared with the instance itself, and the name of a launch template of the user's own.
 */
export function nodeTemplateHash(spec: AWSNodeTemplateSpec): string {
  return struct('AWSNodeTemplateSpec', [
    ['UserData', given(spec.userData, string)],
    ['AWS', hasAny(spec, AWS_FIELDS) ? awsHash(spec) : undefined],
    ['DetailedMonitoring', given(spec.detailedMonitoring, boolean)],
  ]).toString();
}

// A Go struct that is embedded by value is zero only when all its fields are, the unhashed ones too.
const LAUNCH_TEMPLATE_FIELDS = ['launchTemplate', 'metadataOptions', 'blockDeviceMappings'] as const;
const AWS_FIELDS = [
  ...(['apiVersion', 'kind', 'amiFamily', 'context', 'instanceProfile', 'subnetSelector'] as const),
  ...(['securityGroupSelector', 'tags'] as const),
  ...LAUNCH_TEMPLATE_FIELDS,
];

function hasAny(spec: AWSNodeTemplateSpec, fields: readonly (keyof AWSNodeTemplateSpec)[]): boolean {
  return fields.some((field) => spec[field] !== undefined);
}

function awsHash(spec: AWSNodeTemplateSpec): Hash {
  return struct('AWS', [
    ['AMIFamily', given(spec.amiFamily, string)],
    ['Context', given(spec.context, string)],
    ['InstanceProfile', given(spec.instanceProfile, string)],
    ['Tags', given(spec.tags, stringMap)],
    ['LaunchTemplate', hasAny(spec, LAUNCH_TEMPLATE_FIELDS) ? launchTemplate(spec) : undefined],
  ]);
}

function launchTemplate(spec: AWSNodeTemplateSpec): Hash {
  return struct('LaunchTemplate', [
    ['MetadataOptions', given(spec.metadataOptions, metadataOptions)],
    ['BlockDeviceMappings', given(spec.blockDeviceMappings, (items) => set(items.map(blockDeviceMapping)))],
  ]);
}

function metadataOptions(options: MetadataOptions): Hash {
  return struct('MetadataOptions', [
    ['HTTPEndpoint', given(options.httpEndpoint, string)],
    ['HTTPProtocolIPv6', given(options.httpProtocolIPv6, string)],
    ['HTTPPutResponseHopLimit', given(options.httpPutResponseHopLimit, int64)],
    ['HTTPTokens', given(options.httpTokens, string)],
  ]);
}

function blockDeviceMapping(mapping: BlockDeviceMapping): Hash {
  return struct('BlockDeviceMapping', [
    ['DeviceName', given(mapping.deviceName, string)],
    ['EBS', given(mapping.ebs, blockDevice)],
  ]);
}

function blockDevice(device: BlockDevice): Hash {
  return struct('BlockDevice', [
    ['DeleteOnTermination', given(device.deleteOnTermination, boolean)],
    ['Encrypted', given(device.encrypted, boolean)],
    ['IOPS', given(device.iops, int64)],
    ['KMSKeyID', given(device.kmsKeyID, string)],
    ['SnapshotID', given(device.snapshotID, string)],
    ['Throughput', given(device.throughput, int64)],
    ['VolumeSize', given(device.volumeSize, (size) => string(volumeSizeText(size)))],
    ['VolumeType', given(device.volumeType, string)],
  ]);
}

// Hashed by its one spelling, so that 1024Mi and 1Gi are no difference. What is no quantity is refused elsewhere.
function volumeSizeText(size: string | number): string {
  const quantity = parseQuantity(size);
  return quantity === undefined ? String(size) : quantityText(quantity);
}

function kubelet(settings: KubeletConfiguration): Hash {
  return struct('KubeletConfiguration', [
    ['ClusterDNS', given(settings.clusterDNS, (addresses) => set(addresses.map(string)))],
    ['ContainerRuntime', given(settings.containerRuntime, string)],
    ['MaxPods', given(settings.maxPods, int32)],
    ['PodsPerCore', given(settings.podsPerCore, int32)],
    ['SystemReserved', given(settings.systemReserved, quantityMap)],
    ['KubeReserved', given(settings.kubeReserved, quantityMap)],
    ['EvictionHard', given(settings.evictionHard, stringMap)],
    ['EvictionSoft', given(settings.evictionSoft, stringMap)],
    ['EvictionSoftGracePeriod', given(settings.evictionSoftGracePeriod, (periods) => mapOf(periods, duration))],
    ['EvictionMaxPodGracePeriod', given(settings.evictionMaxPodGracePeriod, int32)],
    ['ImageGCHighThresholdPercent', given(settings.imageGCHighThresholdPercent, int32)],
    ['ImageGCLowThresholdPercent', given(settings.imageGCLowThresholdPercent, int32)],
    ['CPUCFSQuota', given(settings.cpuCFSQuota, boolean)],
  ]);
}

const taints = (items: readonly TaintSpec[]): Hash => set(items.map(taint));

function taint(item: TaintSpec): Hash {
  return struct('Taint', [
    ['Key', given(item.key || undefined, string)],
    ['Value', given(item.value || undefined, string)],
    ['Effect', given(item.effect || undefined, string)],
    ['TimeAdded', given(item.timeAdded, time)],
  ]);
}

const stringMap = (entries: Readonly<Record<string, string>>): Hash => mapOf(entries, string);
const quantityMap = (entries: Readonly<Record<string, string | number>>): Hash => mapOf(entries, quantity);

function mapOf<T>(entries: Readonly<Record<string, T>>, hashOf: (value: T) => Hash): Hash {
  return map(Object.entries(entries).map(([key, value]) => [key, hashOf(value)] as const));
}

function quantity(written: string | number): Hash {
  const format = parseQuantity(written)?.format;
  return struct('Quantity', [['Format', given(format, string)]]);
}

function duration(text: string): Hash {
  const nanos = parseDurationNanos(text);
  return struct('Duration', [['Duration', given(nanos || undefined, int64)]]);
}

const UNIX_EPOCH_SECONDS_SINCE_YEAR_1 = 62_135_596_800n;

// Go's binary form of a time: a version, seconds since the year 1, nanoseconds, minutes east of UTC; numbers big-endian.
function time(text: string): Hash {
  const form = new DataView(new ArrayBuffer(15));
  form.setUint8(0, 1);
  form.setBigInt64(1, BigInt(Math.floor(Date.parse(text) / 1000)) + UNIX_EPOCH_SECONDS_SINCE_YEAR_1);
  return struct('Time', [['Time', bytes(new Uint8Array(form.buffer))]]);
}

/** Hash of a value that is there; undefined, which `struct` leaves out, of one that is not. */
function given<T>(value: T | undefined, hashOf: (value: T) => Hash): Hash | undefined {
  return value === undefined ? undefined : hashOf(value);
}
