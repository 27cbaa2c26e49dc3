import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import type { Taint } from '../../src/core/taints.ts';
import type { ImageFamily } from './cloud-state.ts';
import { dropAbsent, parseKubeletFlags, parseTaint, wholeNumber } from './kubelet-flags.ts';
import { mimeParts } from './mime-parts.ts';
import type { KubeletSettings, NodeBoot } from './node-boot.ts';
import { shellWords } from './shell-words.ts';

/** EC2's limit on user data before base64. */
const USER_DATA_BYTES_MAX = 16 * 1024;

/**
 * What an image of `family` makes of base64 user data, or undefined when it would not join: nothing to do with the cluster in it,
 * a field missing that the image's own bootstrap requires, a syntax error, another family's dialect, or more than 16 KiB.
 */
export function parseUserData(family: ImageFamily, base64: string): NodeBoot | undefined {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > USER_DATA_BYTES_MAX) return undefined;
  const text = bytes.toString('utf8');
  try {
    switch (family) {
      case 'AL2':
        return fromBootstrapScript(text);
      case 'AL2023':
        return fromNodeConfig(text);
      case 'Bottlerocket':
        return fromBottlerocket(text);
    }
  } catch {
    // Whatever it is that a machine cannot read, what one sees from outside is the same: the node never joins.
    return undefined;
  }
}

/** AL2: the call of /etc/eks/bootstrap.sh in the last script that has one. */
function fromBootstrapScript(text: string): NodeBoot | undefined {
  const scripts = mimeParts(text).filter((part) => part.contentType === 'text/x-shellscript');
  const command = scripts
    .flatMap(({ body }) => body.replaceAll('\\\n', ' ').split('\n'))
    .findLast((line) => line.trimStart().startsWith('/etc/eks/bootstrap.sh'));
  if (command === undefined) return undefined;
  const [, ...words] = shellWords(command);
  const options = new Map<string, string>();
  let clusterName: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word.startsWith('--')) options.set(word, words[++i] ?? '');
    else clusterName ??= word;
  }
  if (clusterName === undefined) return undefined;
  const flags = parseKubeletFlags(shellWords(options.get('--kubelet-extra-args') ?? ''));
  return { join: { clusterName, labels: flags.labels, taints: flags.taints }, kubelet: flags.settings };
}

interface NodeConfig {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly spec?: {
    readonly cluster?: Readonly<Record<string, unknown>>;
    readonly kubelet?: { readonly config?: Readonly<Record<string, unknown>>; readonly flags?: readonly string[] };
  };
}

/** AL2023: nodeadm's NodeConfig documents, merged in order; lists are replaced, objects joined. */
function fromNodeConfig(text: string): NodeBoot | undefined {
  const configs = mimeParts(text)
    .filter((part) => part.contentType === 'application/node.eks.aws')
    .map((part) => parseYaml(part.body) as NodeConfig)
    .filter((config) => config.apiVersion === 'node.eks.aws/v1alpha1' && config.kind === 'NodeConfig');
  const cluster = Object.assign({}, ...configs.map((config) => config.spec?.cluster)) as Record<string, unknown>;
  const config = Object.assign({}, ...configs.map((one) => one.spec?.kubelet?.config)) as Record<string, unknown>;
  const flags = parseKubeletFlags(configs.flatMap((one) => one.spec?.kubelet?.flags ?? []));
  const isComplete = ['name', 'apiServerEndpoint', 'certificateAuthority', 'cidr'].every((key) =>
    isFilled(cluster[key]),
  );
  if (!isComplete) return undefined;
  const registered = (config.registerWithTaints ?? []) as readonly Partial<Taint>[];
  const taints = registered.map(({ key, value = '', effect }) => parseTaint(`${key}=${value}:${effect}`));
  return {
    join: { clusterName: String(cluster.name), labels: flags.labels, taints: [...taints, ...flags.taints] },
    kubelet: { ...kubeletConfig(config), ...flags.settings },
  };
}

/** The fields of KubeletConfiguration that change what the node reports. */
function kubeletConfig(config: Readonly<Record<string, unknown>>): KubeletSettings {
  return dropAbsent({
    maxPods: wholeNumber(config.maxPods),
    podsPerCore: wholeNumber(config.podsPerCore),
    kubeReserved: stringMap(config.kubeReserved),
    systemReserved: stringMap(config.systemReserved),
    evictionHard: stringMap(config.evictionHard),
  });
}

/** Bottlerocket: `settings.kubernetes`; taints are `key -> ["value:Effect"]`. */
function fromBottlerocket(text: string): NodeBoot | undefined {
  const { settings } = parseToml(text) as { settings?: { kubernetes?: Readonly<Record<string, unknown>> } };
  const kubernetes = settings?.kubernetes ?? {};
  const clusterName = kubernetes['cluster-name'];
  const isComplete = [clusterName, kubernetes['api-server'], kubernetes['cluster-certificate']].every(isFilled);
  if (!isComplete) return undefined;
  const taints = Object.entries(kubernetes['node-taints'] ?? {}).flatMap(([key, values]) =>
    [values].flat().map((value) => parseTaint(`${key}=${value}`)),
  );
  return {
    join: { clusterName: String(clusterName), labels: stringMap(kubernetes['node-labels']) ?? {}, taints },
    kubelet: dropAbsent({
      maxPods: wholeNumber(kubernetes['max-pods']),
      kubeReserved: stringMap(kubernetes['kube-reserved']),
      systemReserved: stringMap(kubernetes['system-reserved']),
      evictionHard: stringMap(kubernetes['eviction-hard']),
    }),
  };
}

const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== '';

function stringMap(value: unknown): Record<string, string> | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}
