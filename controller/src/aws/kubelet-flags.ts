import { type NodeBoot, taintFlag } from './node-boot.ts';

type Pairs = Readonly<Record<string, string | number>> | undefined;

/** The kubelet's command line for a node, in a fixed order; lists in double quotes, sorted by key. */
export function kubeletFlags({ labels, taints, kubelet }: NodeBoot): readonly string[] {
  const flags: (string | undefined)[] = [
    quoted(
      'node-labels',
      labels.map(([key, value]) => `${key}=${value}`),
    ),
    quoted('register-with-taints', taints.map(taintFlag)),
    `--max-pods=${kubelet.maxPods}`,
    plain('pods-per-core', kubelet.podsPerCore || undefined),
    pairs('system-reserved', kubelet.systemReserved, '='),
    pairs('kube-reserved', kubelet.kubeReserved, '='),
    pairs('eviction-hard', kubelet.evictionHard, '<'),
    pairs('eviction-soft', kubelet.evictionSoft, '<'),
    pairs('eviction-soft-grace-period', kubelet.evictionSoftGracePeriod, '='),
    plain('eviction-max-pod-grace-period', kubelet.evictionMaxPodGracePeriod),
    plain('image-gc-high-threshold', kubelet.imageGCHighThresholdPercent),
    plain('image-gc-low-threshold', kubelet.imageGCLowThresholdPercent),
    plain('cpu-cfs-quota', kubelet.cpuCFSQuota),
  ];
  return flags.filter((flag) => flag !== undefined);
}

function plain(name: string, value: number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : `--${name}=${value}`;
}

function quoted(name: string, items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : `--${name}="${items.join(',')}"`;
}

function pairs(name: string, values: Pairs, separator: string): string | undefined {
  const items = Object.entries(values ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}${separator}${value}`);
  return quoted(name, items);
}
