// Writes controller/sandbox/aws/catalogue/us-east-1.json: the EC2 instance types that have both hardware facts and an
// on-demand price. Needs pip, python3 and go on the PATH, because both sources come through their ordinary registry clients:
//   moto (PyPI wheel)                          what EC2 answers to DescribeInstanceTypes and -Offerings
//   github.com/aws/karpenter-provider-aws (Go) on-demand prices, branch interfaces, baseline bandwidth
// Deterministic: same versions, same bytes. Run by hand when the versions below move; nothing is fetched at run time.
//   node scripts/generate-catalogue.ts [output file]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const MOTO_VERSION = '5.2.5';
const PROVIDER_MODULE = 'github.com/aws/karpenter-provider-aws';
const PROVIDER_VERSION = 'v1.14.1';
const REGION = 'us-east-1';
const OUTPUT = new URL(`../controller/sandbox/aws/catalogue/${REGION}.json`, import.meta.url);
/** The compact file must stay reviewable and quick to load. */
const OUTPUT_BYTES_MAX = 500_000;
const OUTPUT_TYPES_MIN = 700;

const KUBERNETES_ARCH: Readonly<Record<string, string>> = { x86_64: 'amd64', arm64: 'arm64' };

/** The part of a DescribeInstanceTypes answer that the catalogue keeps. */
interface TypeInfo {
  readonly InstanceType: string;
  readonly BareMetal?: boolean;
  readonly BurstablePerformanceSupported?: boolean;
  readonly CurrentGeneration?: boolean;
  readonly Hypervisor?: string;
  readonly SupportedUsageClasses: readonly string[];
  readonly SupportedVirtualizationTypes: readonly string[];
  readonly ProcessorInfo: { readonly SupportedArchitectures: readonly string[]; readonly Manufacturer?: string };
  readonly VCpuInfo: { readonly DefaultVCpus: number };
  readonly MemoryInfo: { readonly SizeInMiB: number };
  readonly NetworkInfo: {
    readonly DefaultNetworkCardIndex?: number;
    readonly NetworkCards: readonly { readonly MaximumNetworkInterfaces: number }[];
    readonly Ipv4AddressesPerInterface: number;
    readonly NetworkPerformance: string;
    readonly EncryptionInTransitSupported?: boolean;
    readonly EfaInfo?: { readonly MaximumEfaInterfaces?: number };
  };
  readonly GpuInfo?: { readonly Gpus: readonly Device[] };
  readonly InferenceAcceleratorInfo?: { readonly Accelerators: readonly Device[] };
  readonly NeuronInfo?: {
    readonly NeuronDevices: readonly (Device & { readonly CoreInfo: { readonly Count: number } })[];
  };
  readonly InstanceStorageInfo?: { readonly TotalSizeInGB: number; readonly NvmeSupport?: string };
}

interface Device {
  readonly Name: string;
  readonly Manufacturer: string;
  readonly Count: number;
  readonly MemoryInfo: { readonly SizeInMiB: number };
}

interface ProviderTables {
  readonly pricedAt: string;
  readonly usdPerHour: ReadonlyMap<string, number>;
  readonly networkMbps: ReadonlyMap<string, number>;
  readonly branchEnis: ReadonlyMap<string, number>;
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function run(command: string, args: readonly string[], options: { cwd: string; mayFail?: boolean }): string {
  const result = spawnSync(command, args, { cwd: options.cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0 && options.mayFail !== true) {
    throw new Error(`${command} ${args.join(' ')} exited with ${result.status}: ${result.stderr}`);
  }
  return result.stdout;
}

/** Downloads the moto wheel into `folder`, unpacks it, and returns the folder of its EC2 data. */
function fetchMoto(folder: string): string {
  run('pip', ['download', '--quiet', '--no-deps', '--dest', folder, `moto==${MOTO_VERSION}`], { cwd: folder });
  const wheel = readdirSync(folder).find((file) => file.startsWith('moto-') && file.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip left no moto wheel in ${folder}`);
  run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), join(folder, 'moto')], { cwd: folder });
  return join(folder, 'moto', 'moto', 'ec2', 'resources');
}

/** Downloads the Go module into the module cache, unpacks it in `folder`, and returns the folder of its providers. */
function fetchProvider(folder: string): string {
  // The zip is what we want: a toolchain older than the module's `go` line refuses to unpack, but reports the zip.
  const answer = run('go', ['mod', 'download', '-json', `${PROVIDER_MODULE}@${PROVIDER_VERSION}`], {
    cwd: folder,
    mayFail: true,
  });
  const { Zip: zip } = JSON.parse(answer) as { Zip?: string };
  if (zip === undefined) throw new Error(`go mod download gave no zip: ${answer}`);
  run('python3', ['-m', 'zipfile', '-e', zip, join(folder, 'provider')], { cwd: folder });
  return join(folder, 'provider', `${PROVIDER_MODULE}@${PROVIDER_VERSION}`, 'pkg', 'providers');
}

const readGzippedJson = <T>(file: string): T => JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as T;

function readProviderTables(folder: string): ProviderTables {
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const pricing = read('pricing/zz_generated.pricing_aws.go');
  const regionAt = pricing.indexOf(`"${REGION}": {`);
  const regionBlock = pricing.slice(regionAt, pricing.indexOf('\n\t},', regionAt));
  const pricedAt = /generated at (\S+)/.exec(pricing)?.[1];
  if (regionAt < 0 || pricedAt === undefined) throw new Error(`no prices for ${REGION}`);
  return {
    pricedAt,
    usdPerHour: readNumbers(regionBlock),
    networkMbps: readNumbers(read('instancetype/zz_generated.bandwidth.go')),
    branchEnis: readBranchEnis(read('instancetype/zz_generated.vpclimits.go')),
  };
}

/** All `"name.size": number` pairs of a Go map. */
function readNumbers(source: string): Map<string, number> {
  const pairs = source.matchAll(/"([a-z0-9-]+\.[a-z0-9-]+)":\s*([0-9.]+),/g);
  return new Map([...pairs].map(([, name, amount]) => [name as string, Number(amount)]));
}

/** Branch interfaces of the types that can trunk. */
function readBranchEnis(source: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name, body] of source.matchAll(/\n\t"([a-z0-9-]+\.[a-z0-9-]+)": \{\n([\s\S]*?)\n\t\},/g)) {
    const branches = /BranchInterface:\s*(\d+)/.exec(body as string)?.[1];
    if (/IsTrunkingCompatible:\s*true/.test(body as string) && branches !== undefined) {
      found.set(name as string, Number(branches));
    }
  }
  return found;
}

const device = ({ Name, Manufacturer, Count, MemoryInfo }: Device) => ({
  name: Name,
  manufacturer: Manufacturer,
  count: Count,
  memoryMiB: MemoryInfo.SizeInMiB,
});

/** One record; fields that are absent or false are left out (JSON.stringify drops undefined). */
function toRecord(info: TypeInfo, zones: string, usdPerHour: number, tables: ProviderTables): Record<string, unknown> {
  const name = info.InstanceType;
  const net = info.NetworkInfo;
  const card = net.NetworkCards[net.DefaultNetworkCardIndex ?? 0];
  const arch = info.ProcessorInfo.SupportedArchitectures.map((a) => KUBERNETES_ARCH[a]).find((a) => a !== undefined);
  if (card === undefined || arch === undefined) throw new Error(`${name} has no default network card or architecture`);
  const storage = info.InstanceStorageInfo;
  return {
    name,
    arch,
    vcpus: info.VCpuInfo.DefaultVCpus,
    memoryMiB: info.MemoryInfo.SizeInMiB,
    enis: card.MaximumNetworkInterfaces,
    ipv4PerEni: net.Ipv4AddressesPerInterface,
    cards: net.NetworkCards.length > 1 ? net.NetworkCards.length : undefined,
    branchEnis: tables.branchEnis.get(name),
    network: net.NetworkPerformance,
    networkMbps: tables.networkMbps.get(name),
    efa: net.EfaInfo?.MaximumEfaInterfaces,
    encryptionInTransit: net.EncryptionInTransitSupported || undefined,
    gpus: info.GpuInfo?.Gpus.map(device),
    accelerators: info.InferenceAcceleratorInfo?.Accelerators.map(device),
    neuron: info.NeuronInfo?.NeuronDevices.map((d) => ({
      name: d.Name,
      count: d.Count,
      cores: d.CoreInfo.Count,
      memoryMiB: d.MemoryInfo.SizeInMiB,
    })),
    storageGB: storage?.TotalSizeInGB,
    nvme: (storage !== undefined && storage.NvmeSupport !== 'unsupported') || undefined,
    hypervisor: info.Hypervisor,
    metal: info.BareMetal || undefined,
    cpu: info.ProcessorInfo.Manufacturer,
    burstable: info.BurstablePerformanceSupported || undefined,
    current: info.CurrentGeneration || undefined,
    spot: info.SupportedUsageClasses.includes('spot') || undefined,
    zones,
    usdPerHour,
  };
}

function buildRecords(
  infos: Readonly<Record<string, TypeInfo>>,
  zonesByType: ReadonlyMap<string, string>,
  tables: ProviderTables,
) {
  return Object.keys(infos)
    .sort(byName)
    .flatMap((name) => {
      const info = infos[name] as TypeInfo;
      const zones = zonesByType.get(name);
      const usdPerHour = tables.usdPerHour.get(name);
      const runsKubernetes =
        info.SupportedVirtualizationTypes.includes('hvm') &&
        info.ProcessorInfo.SupportedArchitectures.some((arch) => arch in KUBERNETES_ARCH);
      const isBuyable =
        zones !== undefined && usdPerHour !== undefined && info.SupportedUsageClasses.includes('on-demand');
      return runsKubernetes && isBuyable ? [toRecord(info, zones, usdPerHour, tables)] : [];
    });
}

function zoneLettersByType(offerings: readonly { InstanceType: string; Location: string }[]): Map<string, string> {
  const letters = Map.groupBy(offerings, (offering) => offering.InstanceType);
  return new Map(
    [...letters].map(([name, list]) => [
      name,
      list
        .map((o) => o.Location.slice(REGION.length))
        .sort(byName)
        .join(''),
    ]),
  );
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
  try {
    const moto = fetchMoto(folder);
    const tables = readProviderTables(fetchProvider(folder));
    const zones = zoneLettersByType(
      readGzippedJson(join(moto, `instance_type_offerings/availability-zone/${REGION}.json.gz`)),
    );
    const records = buildRecords(readGzippedJson(join(moto, 'instance_types.json.gz')), zones, tables);
    const meta = {
      region: REGION,
      zones: [...new Set([...zones.values()].join(''))].sort(byName).map((letter) => REGION + letter),
      prices: `USD per hour, on-demand, Linux, ${tables.pricedAt}`,
      sources: [
        `PyPI moto ${MOTO_VERSION} (Apache-2.0): instance types and their zones`,
        `Go module ${PROVIDER_MODULE} ${PROVIDER_VERSION} (Apache-2.0): on-demand prices, branch interfaces, bandwidth`,
      ],
      licence: 'Apache-2.0',
      generatedBy: 'scripts/generate-catalogue.ts',
      count: records.length,
    };
    const lines = records.map((record) => JSON.stringify(record)).join(',\n');
    const text = `{"meta":${JSON.stringify(meta)},\n"types":[\n${lines}\n]}\n`;
    if (text.length > OUTPUT_BYTES_MAX) throw new Error(`${text.length} bytes are more than ${OUTPUT_BYTES_MAX}`);
    if (records.length < OUTPUT_TYPES_MIN)
      throw new Error(`${records.length} types are fewer than ${OUTPUT_TYPES_MIN}`);
    writeFileSync(process.argv[2] ?? OUTPUT, text);
    process.stderr.write(`${records.length} types, ${text.length} bytes\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
