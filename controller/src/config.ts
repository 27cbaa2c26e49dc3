// Settings of the cluster (ConfigMap `karpenter-global-settings`, environment) and options of the process (flags, environment).
// Each is read whole, reports every problem at once with its path, and is frozen.

import { LAUNCHES_PAUSED_SETTING } from './api/names.ts';
import {
  durationFrom,
  integerBetween,
  type Parsed,
  parseBase64,
  parseBoolean,
  parseClusterName,
  parseDriftGate,
  parseEndpoint,
  parseFraction,
  parseLogLevel,
  parseNamespace,
  parseShare,
  parseTags,
  parseText,
  parseUsdPerHour,
} from './config-values.ts';
import { NODE_COST_NANO_USD_PER_HOUR } from './core/scheduling/plan.ts';

/** Settings as the rest of the program reads them; units in the names. */
export interface Settings {
  readonly batchMaxDurationMs: number;
  readonly batchIdleDurationMs: number;
  readonly driftEnabled: boolean;
  /** True: nothing new is bought, what runs goes on. */
  readonly launchesPaused: boolean;
  /** What a node is taken to cost beside its instance, in billionths of a dollar per hour. */
  readonly nodeCostNanoUsdPerHour: number;
  /** The largest part of one plan's pods that one new node may get; 1: all of them. */
  readonly nodeShareMax: number;
  readonly clusterName: string;
  /** Undefined: asked of EKS. */
  readonly clusterEndpoint: string | undefined;
  /** Undefined: taken from the kubeconfig. */
  readonly clusterCaBundleBase64: string | undefined;
  readonly defaultInstanceProfile: string | undefined;
  readonly enablePodEni: boolean;
  readonly enableEniLimitedPodDensity: boolean;
  /** True where the pricing endpoints cannot be reached: the bundled prices stay. */
  readonly isolatedVpc: boolean;
  /** Part of an instance's memory that its operating system never sees: 0.075 is 7.5 %. */
  readonly vmMemoryOverheadFraction: number;
  /** Undefined: interruption handling is off. */
  readonly interruptionQueueName: string | undefined;
  /** Tags for everything we create in EC2, below those of a template. */
  readonly tags: Readonly<Record<string, string>>;
  readonly reservedEnis: number;
  readonly assumeRoleArn: string | undefined;
  readonly assumeRoleDurationMs: number;
}

/** Where a value is wrong (`aws.reservedENIs`, `env CLUSTER_ENDPOINT`, `flag --metrics-port`) and what is wrong with it. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface SettingRow<T> {
  /** Key in the ConfigMap. */
  readonly key: string;
  /** Environment variable that overrides it: upper snake case of upstream v0.32's flag. */
  readonly env?: string;
  /** Value when neither is there; a row without it is required. */
  readonly fallback?: T;
  readonly parse: (text: string) => Parsed<T>;
  /** How the environment words it, where that differs. */
  readonly parseEnv?: (text: string) => Parsed<T>;
  /** True when a change takes effect without a restart. */
  readonly live: boolean;
}

const BATCH_DURATION_MS_MIN = 1_000;
/** STS grants no role for less. */
const ASSUME_ROLE_DURATION_MS_MIN = 15 * 60_000;

const SETTING_ROWS: { readonly [Field in keyof Settings]: SettingRow<Settings[Field]> } = {
  batchMaxDurationMs: {
    key: 'batchMaxDuration',
    env: 'BATCH_MAX_DURATION',
    fallback: 10_000,
    parse: durationFrom(BATCH_DURATION_MS_MIN),
    live: true,
  },
  batchIdleDurationMs: {
    key: 'batchIdleDuration',
    env: 'BATCH_IDLE_DURATION',
    fallback: 1_000,
    parse: durationFrom(BATCH_DURATION_MS_MIN),
    live: true,
  },
  driftEnabled: {
    key: 'featureGates.driftEnabled',
    env: 'FEATURE_GATES',
    fallback: false,
    parse: parseBoolean,
    parseEnv: parseDriftGate,
    live: true,
  },
  launchesPaused: { key: LAUNCHES_PAUSED_SETTING, fallback: false, parse: parseBoolean, live: true },
  nodeCostNanoUsdPerHour: {
    key: 'planning.nodeCostPerHour',
    fallback: NODE_COST_NANO_USD_PER_HOUR,
    parse: parseUsdPerHour,
    live: true,
  },
  nodeShareMax: { key: 'planning.nodeShareMax', fallback: 1, parse: parseShare, live: true },
  clusterName: { key: 'aws.clusterName', env: 'CLUSTER_NAME', parse: parseClusterName, live: false },
  clusterEndpoint: {
    key: 'aws.clusterEndpoint',
    env: 'CLUSTER_ENDPOINT',
    fallback: undefined,
    parse: parseEndpoint,
    live: false,
  },
  clusterCaBundleBase64: {
    key: 'aws.clusterCABundle',
    env: 'CLUSTER_CA_BUNDLE',
    fallback: undefined,
    parse: parseBase64,
    live: false,
  },
  defaultInstanceProfile: { key: 'aws.defaultInstanceProfile', fallback: undefined, parse: parseText, live: true },
  enablePodEni: { key: 'aws.enablePodENI', fallback: false, parse: parseBoolean, live: true },
  enableEniLimitedPodDensity: {
    key: 'aws.enableENILimitedPodDensity',
    fallback: true,
    parse: parseBoolean,
    live: true,
  },
  isolatedVpc: { key: 'aws.isolatedVPC', env: 'ISOLATED_VPC', fallback: false, parse: parseBoolean, live: true },
  vmMemoryOverheadFraction: {
    key: 'aws.vmMemoryOverheadPercent',
    env: 'VM_MEMORY_OVERHEAD_PERCENT',
    fallback: 0.075,
    parse: parseFraction,
    live: true,
  },
  interruptionQueueName: {
    key: 'aws.interruptionQueueName',
    env: 'INTERRUPTION_QUEUE',
    fallback: undefined,
    parse: parseText,
    live: false,
  },
  tags: { key: 'aws.tags', fallback: Object.freeze({}), parse: parseTags, live: true },
  reservedEnis: {
    key: 'aws.reservedENIs',
    env: 'RESERVED_ENIS',
    fallback: 0,
    parse: integerBetween(0, 100),
    live: true,
  },
  assumeRoleArn: {
    key: 'aws.assumeRoleARN',
    env: 'ASSUME_ROLE_ARN',
    fallback: undefined,
    parse: parseText,
    live: false,
  },
  assumeRoleDurationMs: {
    key: 'aws.assumeRoleDuration',
    env: 'ASSUME_ROLE_DURATION',
    fallback: ASSUME_ROLE_DURATION_MS_MIN,
    parse: durationFrom(ASSUME_ROLE_DURATION_MS_MIN),
    live: false,
  },
};

const SETTING_FIELDS = Object.keys(SETTING_ROWS) as (keyof Settings)[];

/** Settings whose change needs no restart; main restarts the process when another one changes. */
export const LIVE_SETTINGS: ReadonlySet<keyof Settings> = new Set(
  SETTING_FIELDS.filter((field) => SETTING_ROWS[field].live),
);

/**
 * Settings from the ConfigMap's `data`, overridden by the environment; or every problem. An empty string counts as unset,
 * as charts render absent values. `ignoredKeys` are keys of the ConfigMap that mean nothing to us, sorted: worth a warning.
 */
export function parseSettings(
  data: Readonly<Record<string, string>>,
  env: Environment,
):
  | { readonly settings: Settings; readonly ignoredKeys: readonly string[] }
  | { readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const entries = SETTING_FIELDS.map((field) => [field, settingOf<unknown>(SETTING_ROWS[field], data, env, problems)]);
  if (problems.length > 0) return { problems };
  const known = new Set(SETTING_FIELDS.map((field) => SETTING_ROWS[field].key));
  const ignoredKeys = Object.keys(data)
    .filter((key) => !known.has(key))
    .sort();
  return { settings: Object.freeze(Object.fromEntries(entries)) as Settings, ignoredKeys };
}

/** Fields in which two settings differ, in declaration order. */
export function changedSettings(before: Settings, after: Settings): readonly (keyof Settings)[] {
  return SETTING_FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}

function settingOf<T>(
  row: SettingRow<T>,
  data: Readonly<Record<string, string>>,
  env: Environment,
  problems: ConfigProblem[],
): T | undefined {
  const fromEnv = row.env === undefined ? undefined : env[row.env] || undefined;
  const text = fromEnv ?? (data[row.key] || undefined);
  const path = fromEnv === undefined ? row.key : `env ${row.env}`;
  if (text === undefined) {
    if (!('fallback' in row)) problems.push({ path, message: `is required${row.env ? ` (or env ${row.env})` : ''}` });
    return row.fallback;
  }
  const parse = fromEnv === undefined ? row.parse : (row.parseEnv ?? row.parse);
  const parsed = parse(text.trim());
  if ('value' in parsed) return parsed.value;
  problems.push({ path, message: `${parsed.problem}, is ${JSON.stringify(text)}` });
  return undefined;
}

/** How the process runs; changes need a restart. */
export interface ProcessOptions {
  readonly metricsPort: number;
  readonly healthProbePort: number;
  readonly kubeClientQps: number;
  readonly kubeClientBurst: number;
  readonly leaderElect: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Where the settings, the lease and the controller's own pods live. */
  readonly namespace: string;
}

interface OptionRow<T> {
  /** Absent for what only the environment says. */
  readonly flag?: string;
  readonly env: string;
  readonly fallback: T;
  readonly parse: (text: string) => Parsed<T>;
}

const PORT = integerBetween(1, 65_535);
/** Above this the client is no longer limited in any sense; a larger value is a typing error. */
const KUBE_CLIENT_RATE_MAX = 100_000;
const RATE = integerBetween(1, KUBE_CLIENT_RATE_MAX);

const OPTION_ROWS: { readonly [Field in keyof ProcessOptions]: OptionRow<ProcessOptions[Field]> } = {
  metricsPort: { flag: 'metrics-port', env: 'METRICS_PORT', fallback: 8000, parse: PORT },
  healthProbePort: { flag: 'health-probe-port', env: 'HEALTH_PROBE_PORT', fallback: 8081, parse: PORT },
  kubeClientQps: { flag: 'kube-client-qps', env: 'KUBE_CLIENT_QPS', fallback: 200, parse: RATE },
  kubeClientBurst: { flag: 'kube-client-burst', env: 'KUBE_CLIENT_BURST', fallback: 300, parse: RATE },
  leaderElect: { flag: 'leader-elect', env: 'LEADER_ELECT', fallback: true, parse: parseBoolean },
  logLevel: { flag: 'log-level', env: 'LOG_LEVEL', fallback: 'info', parse: parseLogLevel },
  namespace: { env: 'SYSTEM_NAMESPACE', fallback: 'karpenter', parse: parseNamespace },
};

/** Flags of upstream that mean nothing here (no webhook, no Go runtime) and that old manifests still pass. */
const RETIRED_FLAGS: ReadonlySet<string> = new Set([
  'karpenter-service',
  'disable-webhook',
  'webhook-port',
  'webhook-metrics-port',
  'enable-profiling',
  'memory-limit',
  'port',
]);
const OPTION_FIELDS = Object.keys(OPTION_ROWS) as (keyof ProcessOptions)[];
const SWITCHES: ReadonlySet<string> = new Set(['leader-elect', 'disable-webhook', 'enable-profiling']);

/**
 * Options from flags (`--flag=value`, `--flag value`, `--switch`), else the environment, else defaults; or every problem,
 * unknown flags and stray arguments included. `retiredFlags` were given, are accepted, and do nothing.
 */
export function parseProcessOptions(
  argv: readonly string[],
  env: Environment,
):
  | { readonly options: ProcessOptions; readonly retiredFlags: readonly string[] }
  | { readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const flags = readFlags(argv, problems);
  const entries = OPTION_FIELDS.map((field) => [field, optionOf<unknown>(OPTION_ROWS[field], flags, env, problems)]);
  if (problems.length > 0) return { problems };
  const retiredFlags = [...flags.keys()].filter((flag) => RETIRED_FLAGS.has(flag)).sort();
  return { options: Object.freeze(Object.fromEntries(entries)) as ProcessOptions, retiredFlags };
}

function readFlags(argv: readonly string[], problems: ConfigProblem[]): ReadonlyMap<string, string> {
  const known = new Set([...OPTION_FIELDS.map((field) => OPTION_ROWS[field].flag), ...RETIRED_FLAGS]);
  const flags = new Map<string, string>();
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [, flag, inline] = /^--?([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(argument) ?? [];
    if (flag === undefined) problems.push({ path: `argument ${JSON.stringify(argument)}`, message: 'is not a flag' });
    else if (!known.has(flag)) problems.push({ path: `flag --${flag}`, message: 'is unknown' });
    else if (inline !== undefined) flags.set(flag, inline);
    else if (SWITCHES.has(flag)) flags.set(flag, 'true');
    else if (rest[0] === undefined) problems.push({ path: `flag --${flag}`, message: 'needs a value' });
    else flags.set(flag, rest.shift() as string);
  }
  return flags;
}

function optionOf<T>(
  row: OptionRow<T>,
  flags: ReadonlyMap<string, string>,
  env: Environment,
  problems: ConfigProblem[],
): T {
  const fromFlag = row.flag === undefined ? undefined : flags.get(row.flag);
  const text = fromFlag ?? (env[row.env] || undefined);
  if (text === undefined) return row.fallback;
  const parsed = row.parse(text.trim());
  if ('value' in parsed) return parsed.value;
  const path = fromFlag === undefined ? `env ${row.env}` : `flag --${row.flag}`;
  problems.push({ path, message: `${parsed.problem}, is ${JSON.stringify(text)}` });
  return row.fallback;
}
