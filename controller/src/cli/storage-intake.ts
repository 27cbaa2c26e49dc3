import type { KubeObject } from '../api/meta.ts';
import { decodeCsiNode } from '../decode/csi-node.ts';
import type { Field } from '../decode/field.ts';
import { decodeVolume } from '../decode/persistent-volume.ts';
import { decodeClaim } from '../decode/persistent-volume-claim.ts';
import { decodeStorageClass } from '../decode/storage-class.ts';
import { isUndecodable, type Undecodable } from '../decode/undecodable.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { StorageKind } from '../state/storage-index.ts';
import { type FileFindings, insideOf } from './findings.ts';

/** The lists of a problem that speak of storage. None of them has to be there. */
export const STORAGE_LISTS: ReadonlyMap<string, StorageKind> = new Map([
  ['persistentVolumeClaims', 'PersistentVolumeClaim'],
  ['persistentVolumes', 'PersistentVolume'],
  ['storageClasses', 'StorageClass'],
  ['csiNodes', 'CSINode'],
]);

const DECODERS: Readonly<Record<StorageKind, (object: KubeObject) => object | Undecodable>> = {
  PersistentVolumeClaim: decodeClaim,
  PersistentVolume: decodeVolume,
  StorageClass: decodeStorageClass,
  CSINode: decodeCsiNode,
};

/** Something that names an object of another list. */
interface Reference {
  readonly path: string;
  readonly findings: FileFindings;
  readonly kind: StorageKind;
  readonly key: string;
}

/**
 * Takes claims, volumes, classes and CSINodes into the state. A list that is there is complete: what names something that it lacks is a
 * mistake. Where a list is not there, the problem says nothing of such objects, and the pods that need one are left without a place.
 */
export class StorageIntake {
  readonly #state: ClusterState;
  readonly #references: Reference[] = [];
  readonly #listed = new Set<StorageKind>();
  readonly #nodeReferences: Omit<Reference, 'kind'>[] = [];

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /** Notes that the problem has such a list. */
  lists(kind: StorageKind): void {
    this.#listed.add(kind);
  }

  /** Takes one object in and returns its key; undefined when something is wrong with it, which is taken down. */
  add(kind: StorageKind, field: Field, findings: FileFindings): string | undefined {
    const name = findings.read(() => field.at('metadata').at('name').text());
    const namespace = findings.read(() => field.at('metadata').at('namespace').text('default'));
    if (name === undefined || namespace === undefined) return undefined;
    const { metadata, ...rest } = field.value as KubeObject;
    const isNamespaced = kind === 'PersistentVolumeClaim';
    const object = { ...rest, metadata: { ...metadata, name, ...(isNamespaced ? { namespace } : {}) } };
    const decoded = DECODERS[kind](object);
    if (isUndecodable(decoded)) {
      findings.add(insideOf(field, decoded.path), decoded.message);
      return undefined;
    }
    if (kind === 'PersistentVolumeClaim') this.#noteClaim(field, findings);
    if (kind === 'CSINode') this.#nodeReferences.push({ path: insideOf(field, 'metadata.name'), findings, key: name });
    this.#state.apply({ type: 'changed', kind, object });
    return isNamespaced ? `${namespace}/${name}` : name;
  }

  /** Notes what the volumes of a readable pod name. */
  noteVolumes(pod: Field, findings: FileFindings, namespace: string): void {
    for (const volume of pod.at('spec').at('volumes').items()) {
      const claim = volume.at('persistentVolumeClaim').at('claimName');
      if (!claim.isAbsent) this.#note('PersistentVolumeClaim', `${namespace}/${claim.text()}`, claim, findings);
      const ephemeral = volume.at('ephemeral').at('volumeClaimTemplate').at('spec').at('storageClassName');
      this.#note('StorageClass', ephemeral.text(''), ephemeral, findings);
    }
  }

  /** Takes down what names something that its list lacks, once all files are read. */
  finish(): void {
    for (const { path, findings, kind, key } of this.#references) {
      if (this.#listed.has(kind) && !this.#state.storage.records(kind).has(key)) {
        findings.add(path, `there is no ${kind} ${key}`);
      }
    }
    for (const { path, findings, key } of this.#nodeReferences) {
      if (!this.#state.nodes.has(key)) findings.add(path, `there is no node ${key}`);
    }
  }

  #noteClaim(field: Field, findings: FileFindings): void {
    const volumeName = field.at('spec').at('volumeName');
    const className = field.at('spec').at('storageClassName');
    this.#note('PersistentVolume', volumeName.text(''), volumeName, findings);
    // The class of a claim that has its volume may have gone since.
    if (volumeName.text('') === '') this.#note('StorageClass', className.text(''), className, findings);
  }

  /** An empty name names nothing. */
  #note(kind: StorageKind, key: string, { path }: Field, findings: FileFindings): void {
    if (key !== '') this.#references.push({ path, findings, kind, key });
  }
}
