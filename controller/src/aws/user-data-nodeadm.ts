import { templateUnresolved } from './errors.ts';
import { type ClusterFacts, type NodeBoot } from './node-boot.ts';
import { isMimeDocument, type MimePart, mimeDocument, mimeParts, SHELL_SCRIPT } from './user-data-mime.ts';

const NODE_CONFIG = 'application/node.eks.aws';

/**
 * User data for images that carry nodeadm (AL2023): the template's own parts, then our NodeConfig, which therefore wins.
 * `template-unresolved` when the template's user data cannot be read, or the cluster's Service range is unknown.
 */
export function nodeadmUserData(boot: NodeBoot): string {
  return mimeDocument([
    ...customParts(boot.customUserData),
    { contentType: NODE_CONFIG, body: yamlOf(nodeConfig(boot)) },
  ]);
}

function customParts(userData: string | undefined): readonly MimePart[] {
  if (userData === undefined || userData.trim() === '') return [];
  if (isMimeDocument(userData)) {
    const parts = mimeParts(userData);
    if (parts === undefined) throw templateUnresolved('userData is a MIME document without readable parts');
    return parts;
  }
  const isNodeConfig = /^\s*apiVersion:\s*['"]?node\.eks\.aws\//m.test(userData);
  return [{ contentType: isNodeConfig ? NODE_CONFIG : SHELL_SCRIPT, body: userData }];
}

function nodeConfig({ cluster, labels, taints, kubelet }: NodeBoot): object {
  return {
    apiVersion: 'node.eks.aws/v1alpha1',
    kind: 'NodeConfig',
    spec: {
      cluster: {
        name: cluster.clusterName,
        apiServerEndpoint: cluster.clusterEndpoint,
        certificateAuthority: cluster.caBundleBase64,
        cidr: serviceCidr(cluster),
      },
      kubelet: {
        config: {
          maxPods: kubelet.maxPods,
          clusterDNS: kubelet.clusterDNS?.slice(0, 1),
          registerWithTaints: taints.length === 0 ? undefined : taints,
          podsPerCore: kubelet.podsPerCore || undefined,
          systemReserved: texts(kubelet.systemReserved),
          kubeReserved: texts(kubelet.kubeReserved),
          evictionHard: texts(kubelet.evictionHard),
          evictionSoft: texts(kubelet.evictionSoft),
          evictionSoftGracePeriod: texts(kubelet.evictionSoftGracePeriod),
          evictionMaxPodGracePeriod: kubelet.evictionMaxPodGracePeriod,
          imageGCHighThresholdPercent: kubelet.imageGCHighThresholdPercent,
          imageGCLowThresholdPercent: kubelet.imageGCLowThresholdPercent,
          cpuCFSQuota: kubelet.cpuCFSQuota,
        },
        flags: [`--node-labels=${labels.map(([key, value]) => `${key}=${value}`).join(',')}`],
      },
    },
  };
}

/** The kubelet's configuration wants quantities as strings. */
function texts(values: Readonly<Record<string, string | number>> | undefined): Record<string, string> | undefined {
  const entries = Object.entries(values ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

/**
 * The Service range as EKS tells it; without that, the range of EKS's size around the DNS address, which EKS always
 * makes the tenth of the range. nodeadm refuses to start without one, and uses it for nothing but that address.
 */
function serviceCidr({ serviceCidr, dnsIp }: ClusterFacts): string {
  if (serviceCidr !== undefined) return serviceCidr;
  const [, v4Network] = /^(\d+\.\d+)\.\d+\.10$/.exec(dnsIp ?? '') ?? [];
  if (v4Network !== undefined) return `${v4Network}.0.0/16`;
  const [, v6Network] = /^([0-9a-f:]+::)a$/i.exec(dnsIp ?? '') ?? [];
  if (v6Network !== undefined) return `${v6Network}/108`;
  throw templateUnresolved(
    'AL2023 nodes need the range of Service addresses, and neither EKS nor the kube-dns Service tells it',
  );
}

/** Plain data as block YAML; what is undefined is left out. Scalars are JSON, which YAML contains. */
function yamlOf(value: object, indent = ''): string {
  const lines = Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([key, child]) => {
      if (typeof child !== 'object') return `${indent}${key}: ${JSON.stringify(child)}\n`;
      return `${indent}${key}:\n${Array.isArray(child) ? yamlList(child, indent) : yamlOf(child, `${indent}  `)}`;
    });
  return lines.join('');
}

function yamlList(items: readonly unknown[], indent: string): string {
  return items
    .map((item) => {
      if (typeof item !== 'object' || item === null) return `${indent}- ${JSON.stringify(item)}\n`;
      return `${indent}- ${yamlOf(item, `${indent}  `).trimStart()}`;
    })
    .join('');
}
