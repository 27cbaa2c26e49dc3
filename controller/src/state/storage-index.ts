import type { KubeObject } from '../api/meta.ts';
import { type AttachmentLimits, decodeCsiNode } from '../decode/csi-node.ts';
import { type DecodedVolume, decodeVolume, type VolumeOffer } from '../decode/persistent-volume.ts';
import { type DecodedClaim, decodeClaim } from '../decode/persistent-volume-claim.ts';
import { type DecodedStorageClass, decodeStorageClass } from '../decode/storage-class.ts';
import { isUndecodable, type Undecodable } from '../decode/undecodable.ts';
import type { WatchedKind } from '../ports/kube.ts';

/** The kinds that say where the volumes of pods are, and how many a node takes. */
export type StorageKind = 'PersistentVolumeClaim' | 'PersistentVolume' | 'StorageClass' | 'CSINode';

/** A volume that a claim without one could get. */
export interface FreeVolume {
  readonly name: string;
  readonly nodeTerms: DecodedVolume['nodeTerms'];
  readonly offer: VolumeOffer;
}

/** Claims, volumes, classes and limits. What cannot be read stands with what is wrong with it, for the pods that need it. */
export class StorageIndex {
  /** By `namespace/name`. */
  readonly claims = new Map<string, DecodedClaim | Undecodable>();
  readonly volumes = new Map<string, DecodedVolume | Undecodable>();
  readonly classes = new Map<string, DecodedStorageClass | Undecodable>();
  /** By node name. */
  readonly limits = new Map<string, AttachmentLimits>();
  /** The few of `volumes` that no claim has. */
  readonly #free = new Map<string, FreeVolume>();

  /** Everything known of a kind, by key. */
  records(kind: StorageKind): Map<string, unknown> {
    switch (kind) {
      case 'PersistentVolumeClaim':
        return this.claims;
      case 'PersistentVolume':
        return this.volumes;
      case 'StorageClass':
        return this.classes;
      case 'CSINode':
        return this.limits;
    }
  }

  /** Takes an object in, in place of any copy. */
  put(kind: StorageKind, key: string, object: KubeObject): void {
    switch (kind) {
      case 'PersistentVolumeClaim':
        this.claims.set(key, decodeClaim(object));
        return;
      case 'PersistentVolume':
        this.#putVolume(key, decodeVolume(object));
        return;
      case 'StorageClass':
        this.classes.set(key, decodeStorageClass(object));
        return;
      case 'CSINode':
        this.#putLimits(key, object);
        return;
    }
  }

  remove(kind: StorageKind, key: string): void {
    this.records(kind).delete(key);
    if (kind === 'PersistentVolume') this.#free.delete(key);
  }

  /** The volumes of a class that no claim has, by name. */
  freeVolumes(className: string): readonly FreeVolume[] {
    return [...this.#free.values()]
      .filter(({ offer }) => offer.className === className)
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Name of the class that claims get which name none: the newest of those marked as default. */
  defaultClassName(): string | undefined {
    let newest: { readonly name: string; readonly createdAtMs: number } | undefined;
    for (const [name, known] of this.classes) {
      if (isUndecodable(known) || !known.isDefault) continue;
      const { createdAtMs } = known;
      const isNewer = newest === undefined || createdAtMs > newest.createdAtMs;
      const isFirstOfEquals = createdAtMs === newest?.createdAtMs && name < newest.name;
      if (isNewer || isFirstOfEquals) newest = { name, createdAtMs };
    }
    return newest?.name;
  }

  #putVolume(name: string, volume: DecodedVolume | Undecodable): void {
    this.volumes.set(name, volume);
    if (isUndecodable(volume) || volume.offer === undefined) this.#free.delete(name);
    else this.#free.set(name, { name, nodeTerms: volume.nodeTerms, offer: volume.offer });
  }

  /** A CSINode that cannot be read limits nothing: kube-scheduler has the last word anyway. */
  #putLimits(nodeName: string, object: KubeObject): void {
    const decoded = decodeCsiNode(object);
    if (isUndecodable(decoded)) this.limits.delete(nodeName);
    else this.limits.set(nodeName, decoded.limits);
  }
}

/** The kind, where it is one of storage. */
export function storageKindOf(kind: WatchedKind): StorageKind | undefined {
  switch (kind) {
    case 'PersistentVolumeClaim':
    case 'PersistentVolume':
    case 'StorageClass':
    case 'CSINode':
      return kind;
    default:
      return undefined;
  }
}
