import { readFileSync } from 'node:fs';

/** An add-on device of an instance type, as EC2 names it (`A10G`, `NVIDIA`). `count` is 0 for a slice of a GPU. */
export interface Device {
  readonly name: string;
  readonly manufacturer: string;
  readonly count: number;
  readonly memoryMiB: number;
}

/** What EC2 knows of one instance type. Absent booleans are false; absent lists and numbers mean there is none. */
export interface Hardware {
  readonly name: string;
  readonly arch: 'amd64' | 'arm64';
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Interfaces of the default network card, and IPv4 addresses of each. */
  readonly enis: number;
  readonly ipv4PerEni: number;
  /** Network cards, where there are several. */
  readonly cards?: number;
  /** Branch interfaces, on types that can trunk. */
  readonly branchEnis?: number;
  /** EC2's words: `Up to 10 Gigabit`. */
  readonly network: string;
  /** Baseline bandwidth, where it is published. */
  readonly networkMbps?: number;
  /** EFA interfaces. */
  readonly efa?: number;
  readonly encryptionInTransit?: boolean;
  readonly gpus?: readonly Device[];
  readonly accelerators?: readonly Device[];
  readonly neuron?: readonly {
    readonly name: string;
    readonly count: number;
    readonly cores: number;
    readonly memoryMiB: number;
  }[];
  readonly storageGB?: number;
  readonly nvme?: boolean;
  /** Absent on bare metal. */
  readonly hypervisor?: 'nitro' | 'xen';
  readonly metal?: boolean;
  readonly cpu?: string;
  readonly burstable?: boolean;
  readonly current?: boolean;
  readonly spot?: boolean;
  /** Letters of the zones that offer it: `abcdf`. */
  readonly zones: string;
  /** On-demand, Linux. */
  readonly usdPerHour: number;
}

/** A region's instance types, by name in code-unit order. */
export interface Catalogue {
  readonly region: string;
  readonly types: ReadonlyMap<string, Hardware>;
}

let wholeCatalogue: Catalogue | undefined;

/**
 * The committed catalogue of us-east-1, read once; with `names`, only those types.
 * Throws when a name is unknown, or the file is not as its generator writes it.
 */
export function loadCatalogue(names?: readonly string[]): Catalogue {
  wholeCatalogue ??= readCatalogue(new URL('./catalogue/us-east-1.json', import.meta.url));
  if (names === undefined) return wholeCatalogue;
  const { region, types } = wholeCatalogue;
  const unknown = names.filter((name) => !types.has(name));
  if (unknown.length > 0) throw new Error(`not in the catalogue of ${region}: ${unknown.join(', ')}`);
  const wanted = new Set(names);
  return { region, types: new Map([...types].filter(([name]) => wanted.has(name))) };
}

function readCatalogue(file: URL): Catalogue {
  const { meta, types } = JSON.parse(readFileSync(file, 'utf8')) as {
    meta: { region: string; count: number };
    types: Hardware[];
  };
  if (types.length !== meta.count)
    throw new Error(`${file.pathname} holds ${types.length} types, its head says ${meta.count}`);
  return { region: meta.region, types: new Map(types.map((type) => [type.name, type])) };
}

/** Whether `zone` (`us-east-1a`) sells the type. */
export function isOfferedIn(hardware: Hardware, zone: string): boolean {
  return hardware.zones.includes(zone.slice(-1));
}
