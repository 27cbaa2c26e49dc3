import type { KubeObject, OwnerReference } from '../../src/api/meta.ts';
import type { Timers } from '../timers.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from './object-deletion.ts';
import { shelfKey } from './object-shelf.ts';

/** What the collector takes before it acts; a real one needs about as long. */
const COLLECTION_DELAY_MS = 20;

interface Place {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

/**
 * Deletes objects whose owners are all gone, ends foreground deletions once the blocking dependants are gone, and cuts orphans loose.
 * Acts on timers only, never inside somebody's write.
 */
export class GarbageCollector {
  readonly #store: MemoryObjectStore;
  readonly #timers: Timers;
  /** UIDs of all objects there are. */
  readonly #alive = new Map<string, Place>();
  readonly #dependants = new Map<string, Map<string, Place>>();
  readonly #due = new Set<string>();
  #isScheduled = false;

  constructor(store: MemoryObjectStore, timers: Timers) {
    this.#store = store;
    this.#timers = timers;
  }

  /** Begins to watch; call it before the first object is created. */
  start(): void {
    this.#store.watchAll(({ type, kind, object, previous }) => {
      const place = { kind, name: object.metadata.name, namespace: object.metadata.namespace };
      const uid = object.metadata.uid as string;
      for (const owner of previous?.metadata.ownerReferences ?? [])
        this.#dependants.get(owner.uid)?.delete(keyOf(place));
      if (type === 'DELETED') {
        this.#alive.delete(uid);
        this.#examine(uid);
        // A foreground deletion waits for this one.
        for (const owner of object.metadata.ownerReferences ?? []) this.#examine(owner.uid);
        return;
      }
      this.#alive.set(uid, place);
      for (const owner of object.metadata.ownerReferences ?? []) {
        this.#dependantsOf(owner.uid).set(keyOf(place), place);
        if (!this.#alive.has(owner.uid)) this.#examine(owner.uid);
      }
      if (object.metadata.deletionTimestamp !== undefined && handledHere(object)) this.#examine(uid);
    });
  }

  #dependantsOf(uid: string): Map<string, Place> {
    const known = this.#dependants.get(uid) ?? new Map<string, Place>();
    this.#dependants.set(uid, known);
    return known;
  }

  #examine(ownerUid: string): void {
    this.#due.add(ownerUid);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#timers.after(COLLECTION_DELAY_MS, () => {
      this.#isScheduled = false;
      const due = [...this.#due];
      this.#due.clear();
      for (const uid of due) this.#collect(uid);
    });
  }

  #collect(ownerUid: string): void {
    const dependants = [...(this.#dependants.get(ownerUid)?.values() ?? [])].map((place) => ({
      place,
      object: this.#find(place),
    }));
    const ownerPlace = this.#alive.get(ownerUid);
    if (ownerPlace !== undefined) {
      const owner = this.#find(ownerPlace);
      if (owner?.metadata.uid === ownerUid) this.#endDeletion(owner, ownerPlace, dependants);
      return;
    }
    for (const { place, object } of dependants) {
      if (object !== undefined && this.#isOrphaned(object)) this.#delete(place, object, 'Background');
    }
    this.#dependants.delete(ownerUid);
  }

  #endDeletion(
    owner: KubeObject,
    place: Place,
    dependants: readonly { place: Place; object: KubeObject | undefined }[],
  ): void {
    const { finalizers = [], deletionTimestamp, uid } = owner.metadata;
    if (deletionTimestamp === undefined) return;
    if (finalizers.includes(ORPHAN_FINALIZER)) {
      for (const dependant of dependants)
        if (dependant.object !== undefined) this.#release(dependant.place, uid as string);
      this.#removeFinalizer(place, ORPHAN_FINALIZER);
    }
    if (!finalizers.includes(FOREGROUND_FINALIZER)) return;
    let isBlocked = false;
    for (const dependant of dependants) {
      if (dependant.object === undefined) continue;
      if (dependant.object.metadata.deletionTimestamp === undefined)
        this.#delete(dependant.place, dependant.object, 'Foreground');
      const live = this.#find(dependant.place);
      isBlocked ||=
        live?.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true) ??
        false;
    }
    if (!isBlocked) this.#removeFinalizer(place, FOREGROUND_FINALIZER);
  }

  #isOrphaned(object: KubeObject): boolean {
    const owners = object.metadata.ownerReferences ?? [];
    return (
      object.metadata.deletionTimestamp === undefined &&
      owners.length > 0 &&
      owners.every((owner) => !this.#alive.has(owner.uid))
    );
  }

  #delete(place: Place, object: KubeObject, propagationPolicy: 'Background' | 'Foreground'): void {
    const { uid } = object.metadata;
    this.#store.delete(place.kind, place.name, place.namespace, {
      propagationPolicy,
      ...(uid === undefined ? {} : { uid }),
    });
  }

  #release(place: Place, ownerUid: string): void {
    const without = (owners: readonly OwnerReference[] | undefined) =>
      (owners ?? []).filter((owner) => owner.uid !== ownerUid);
    this.#store.modify(place.kind, place.name, place.namespace, (object) => ({
      ...object,
      metadata: { ...object.metadata, ownerReferences: without(object.metadata.ownerReferences) },
    }));
  }

  #removeFinalizer(place: Place, finalizer: string): void {
    if (this.#find(place) === undefined) return;
    this.#store.modify(place.kind, place.name, place.namespace, (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        finalizers: (object.metadata.finalizers ?? []).filter((name) => name !== finalizer),
      },
    }));
  }

  #find(place: Place): KubeObject | undefined {
    return this.#store.get(place.kind, place.name, place.namespace);
  }
}

function keyOf(place: Place): string {
  return `${place.kind}\u0000${shelfKey(place.name, place.namespace)}`;
}

function handledHere(object: KubeObject): boolean {
  return (
    object.metadata.finalizers?.some((name) => name === FOREGROUND_FINALIZER || name === ORPHAN_FINALIZER) ?? false
  );
}
