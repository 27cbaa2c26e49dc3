import type { KubeletConfiguration } from '../api/provisioner.gen.ts';
import type { Settings } from '../config.ts';
import type { ImageFamily } from './image-families.ts';
import type { InstanceTypeFacts } from './instance-type-facts.ts';

/** Kubernetes' own recommendation, where the network does not limit the pods. */
const PODS_MAX_WITHOUT_INTERFACES = 110;
/** aws-node and kube-proxy use the host's address. */
const HOST_NETWORK_PODS = 2;

/** Pods that the type's interfaces can address: each gives its addresses but one. 0 when none is left. */
export function interfacePods(facts: InstanceTypeFacts, reservedEnis: number): number {
  const interfaces = Math.max(facts.interfacesMax - reservedEnis, 0);
  return interfaces === 0 ? 0 : interfaces * (facts.ipv4PerInterface - 1) + HOST_NETWORK_PODS;
}

/** Pods that a node of this type runs at most, as it is told at boot. */
export function podsMax(
  facts: InstanceTypeFacts,
  family: ImageFamily,
  kubelet: KubeletConfiguration,
  settings: Pick<Settings, 'enableEniLimitedPodDensity' | 'reservedEnis'>,
): number {
  const pods =
    kubelet.maxPods ??
    (settings.enableEniLimitedPodDensity ? interfacePods(facts, settings.reservedEnis) : PODS_MAX_WITHOUT_INTERFACES);
  const perCore = family.supportsPodsPerCore ? (kubelet.podsPerCore ?? 0) : 0;
  return perCore > 0 ? Math.min(perCore * facts.cpuCount, pods) : pods;
}
