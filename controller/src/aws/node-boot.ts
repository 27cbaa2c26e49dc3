import { CAPACITY_TYPE_LABEL } from '../api/names.ts';
import type { KubeletConfiguration } from '../api/provisioner.gen.ts';
import type { Taint } from '../core/taints.ts';
import type { LaunchOrder } from '../ports/cloud.ts';

/** The cluster that nodes join, as they must be told. */
export interface ClusterFacts {
  readonly clusterName: string;
  readonly clusterEndpoint: string;
  readonly caBundleBase64: string;
  /** UID of the kube-system namespace. */
  readonly clusterUid: string;
  /** Major and minor (`1.31`). */
  readonly kubernetesVersion: string;
  /** Address of the kube-dns Service, where it is known. */
  readonly dnsIp?: string;
  /** Range of Service addresses, where it is known. */
  readonly serviceCidr?: string;
}

/** All that user data is made of. Equal values give equal bytes, whatever the order of their keys. */
export interface NodeBoot {
  readonly cluster: ClusterFacts;
  /** By key. */
  readonly labels: readonly (readonly [key: string, value: string])[];
  /** Taints, then startup taints. */
  readonly taints: readonly Taint[];
  readonly kubelet: KubeletConfiguration & { readonly maxPods: number };
  /** From the template; in the family's own format. */
  readonly customUserData: string | undefined;
}

/** What the nodes of an order are told at boot, when they run at most `podsMax` pods. */
export function nodeBootOf(order: LaunchOrder, podsMax: number, cluster: ClusterFacts): NodeBoot {
  const labels = { ...order.labels, [CAPACITY_TYPE_LABEL]: order.capacityType };
  const clusterDNS = order.kubelet.clusterDNS ?? (cluster.dnsIp === undefined ? undefined : [cluster.dnsIp]);
  return {
    cluster,
    labels: Object.entries(labels)
      .filter(([key]) => kubeletMaySet(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    // A taint without effect repels nothing, and the kubelet refuses to start with one.
    taints: [...order.taints, ...order.startupTaints].filter(({ effect }) => effect !== ''),
    kubelet: { ...order.kubelet, maxPods: podsMax, ...(clusterDNS === undefined ? {} : { clusterDNS }) },
    customUserData: order.template.spec.userData,
  };
}

/** Labels of Kubernetes' own domains that a kubelet may give its own Node. */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const KUBELET_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const KUBERNETES_DOMAINS = ['kubernetes.io', 'k8s.io'];

/**
 * False for labels with which a kubelet would refuse to start. Registration writes them to the Node instead:
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
export function kubeletMaySet(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const isWithin = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (!KUBERNETES_DOMAINS.some(isWithin)) return true;
  return KUBELET_LABELS.has(key) || KUBELET_DOMAINS.some(isWithin);
}

/** `key=value:Effect`, as the kubelet's flag wants it. */
export function taintFlag({ key, value, effect }: Taint): string {
  return `${key}=${value}:${effect}`;
}
