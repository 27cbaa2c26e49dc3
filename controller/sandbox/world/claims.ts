import { getOf, listOf, type PersistentVolumeClaim, type Pod, type StorageClass } from '../kube/built-in-kinds.ts';
import type { ObjectStore } from '../kube/object-store.ts';

const DEFAULT_CLASS_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';

/** The names of the claims behind a pod's volumes. */
export function claimNamesOf(pod: Pod): readonly string[] {
  return (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (ephemeral !== undefined) return [`${pod.metadata.name}-${name}`];
    return persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName];
  });
}

/** True once a claim has its volume. */
export function isBound(claim: PersistentVolumeClaim): boolean {
  return (claim.spec.volumeName ?? '') !== '';
}

/** The class of a claim; undefined when it has none, or names one that does not exist. */
export function classOf(store: ObjectStore, claim: PersistentVolumeClaim): StorageClass | undefined {
  const { storageClassName = '' } = claim.spec;
  return storageClassName === '' ? undefined : getOf(store, 'StorageClass', storageClassName);
}

/** True when the claim's volume is made when a pod of it gets its node. */
export function waitsForPod(store: ObjectStore, claim: PersistentVolumeClaim): boolean {
  return !isBound(claim) && classOf(store, claim)?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** The class of claims that name none. */
export function defaultClass(store: ObjectStore): StorageClass | undefined {
  return listOf(store, 'StorageClass').find(
    ({ metadata }) => metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true',
  );
}
