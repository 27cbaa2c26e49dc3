/** How a list of a built-in type is merged: by the value of one field, or as a set of plain values. */
export interface ListMerge {
  readonly key: string | undefined;
  /** A field of an item that is not named in the patch is dropped (`$retainKeys`). */
  readonly retainKeys?: boolean;
}

const byName: ListMerge = { key: 'name' };
const byType: ListMerge = { key: 'type' };
const plain: ListMerge = { key: undefined };

/** Lists that a strategic merge patch merges; every other list it replaces. From the patch tags of Kubernetes' API types. */
const LISTS: Readonly<Record<string, ListMerge>> = {
  'V1Container.env': byName,
  'V1Container.ports': { key: 'containerPort' },
  'V1Container.volumeDevices': { key: 'devicePath' },
  'V1Container.volumeMounts': { key: 'mountPath' },
  'V1DaemonSetStatus.conditions': byType,
  'V1DeploymentStatus.conditions': byType,
  'V1JobStatus.conditions': byType,
  'V1NamespaceStatus.conditions': byType,
  'V1NodeSpec.podCIDRs': plain,
  'V1NodeStatus.addresses': byType,
  'V1NodeStatus.conditions': byType,
  'V1ObjectMeta.finalizers': plain,
  'V1ObjectMeta.ownerReferences': { key: 'uid' },
  'V1PersistentVolumeClaimStatus.conditions': byType,
  'V1PodDisruptionBudgetStatus.conditions': byType,
  'V1PodSpec.containers': byName,
  'V1PodSpec.ephemeralContainers': byName,
  'V1PodSpec.hostAliases': { key: 'ip' },
  'V1PodSpec.imagePullSecrets': byName,
  'V1PodSpec.initContainers': byName,
  'V1PodSpec.resourceClaims': { key: 'name', retainKeys: true },
  'V1PodSpec.schedulingGates': byName,
  'V1PodSpec.topologySpreadConstraints': { key: 'topologyKey' },
  'V1PodSpec.volumes': { key: 'name', retainKeys: true },
  'V1PodStatus.conditions': byType,
  'V1PodStatus.hostIPs': { key: 'ip' },
  'V1PodStatus.podIPs': { key: 'ip' },
  'V1ReplicaSetStatus.conditions': byType,
  'V1ServiceAccount.imagePullSecrets': byName,
  'V1ServiceAccount.secrets': byName,
  'V1ServiceSpec.ports': { key: 'port' },
  'V1ServiceStatus.conditions': byType,
  'V1StatefulSetStatus.conditions': byType,
};

/** Records whose patch names the fields to keep, because their members exclude each other. */
export const RETAIN_KEYS_RECORDS: ReadonlySet<string> = new Set(['V1DeploymentSpec.strategy']);

/** How the list in this field is merged; undefined when a patch replaces it. */
export function listMerge(model: string, field: string): ListMerge | undefined {
  return LISTS[`${model}.${field}`];
}
