import { parse, stringify, TomlError, type TomlTable } from 'smol-toml';
import { templateUnresolved } from './errors.ts';
import type { NodeBoot } from './node-boot.ts';

/**
 * User data for Bottlerocket: the template's settings with ours on top, as TOML. Taints of both are joined, labels of
 * ours win, and settings that we know nothing of stay. `template-unresolved` when the template's settings are no TOML.
 */
export function bottlerocketUserData(boot: NodeBoot): string {
  const custom = parseSettings(boot.customUserData ?? '');
  const settings = tableOf(custom, 'settings');
  const kubernetes = tableOf(settings, 'kubernetes');
  return stringify({
    ...custom,
    settings: {
      ...settings,
      kubernetes: {
        ...kubernetes,
        ...kubernetesSettings(boot),
        'node-labels': { ...tableOf(kubernetes, 'node-labels'), ...Object.fromEntries(boot.labels) },
        'node-taints': joinedTaints(tableOf(kubernetes, 'node-taints'), boot),
      },
    },
  });
}

function parseSettings(text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Where, and no more: the parser's own message quotes the lines around, and user data may hold secrets.
    throw templateUnresolved(`userData is no TOML: see its line ${error.line}, column ${error.column}`);
  }
}

function tableOf(table: TomlTable, key: string): TomlTable {
  const value = table[key] ?? {};
  if (typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)) return value;
  throw templateUnresolved(`userData: ${key} must be a table`);
}

function kubernetesSettings({ cluster, kubelet }: NodeBoot): TomlTable {
  const known: Record<string, string | number | boolean | Record<string, string> | undefined> = {
    'cluster-name': cluster.clusterName,
    'api-server': cluster.clusterEndpoint,
    'cluster-certificate': cluster.caBundleBase64,
    'cluster-dns-ip': kubelet.clusterDNS?.[0],
    'max-pods': kubelet.maxPods,
    'system-reserved': texts(kubelet.systemReserved),
    'kube-reserved': texts(kubelet.kubeReserved),
    'eviction-hard': texts(kubelet.evictionHard),
    // Bottlerocket's schema wants these two as strings.
    'image-gc-high-threshold-percent': kubelet.imageGCHighThresholdPercent?.toString(),
    'image-gc-low-threshold-percent': kubelet.imageGCLowThresholdPercent?.toString(),
    'cpu-cfs-quota-enforced': kubelet.cpuCFSQuota,
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function texts(values: Readonly<Record<string, string | number>> | undefined): Record<string, string> | undefined {
  const entries = Object.entries(values ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

/** `key -> ["value:Effect"]`; the template's own first, no entry twice. */
function joinedTaints(custom: TomlTable, { taints }: NodeBoot): Record<string, string[]> {
  const joined: Record<string, string[]> = {};
  const add = (key: string, entry: string): void => {
    const entries = (joined[key] ??= []);
    if (!entries.includes(entry)) entries.push(entry);
  };
  for (const [key, entries] of Object.entries(custom)) {
    for (const entry of Array.isArray(entries) ? entries : [entries]) add(key, String(entry));
  }
  for (const { key, value, effect } of taints) add(key, `${value}:${effect}`);
  return joined;
}
