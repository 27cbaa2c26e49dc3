import type { KubeObject, ObjectMeta } from '../../src/api/meta.ts';
import type { Timers } from '../timers.ts';
import { decodeMetadata } from './built-in-decoding.ts';
import type { VersionedChange } from './change-history.ts';
import { frozenCopy, jsonEqual, mergePatched, mutableCopy } from './json-value.ts';
import type { KindRegistry } from './kind-registry.ts';
import { metadataProblems } from './names-and-labels.ts';
import {
  checkPreconditions,
  type DeleteOptions,
  deletedMetadata,
  finalizerProblems,
  mayVanish,
} from './object-deletion.ts';
import type { ObjectIdentity } from './object-identity.ts';
import { ObjectShelf } from './object-shelf.ts';
import type { ObjectStore, StatusError, StoreChange } from './object-store.ts';
import { apiVersionOf, type ServedKind } from './served-kind.ts';
import {
  alreadyExists,
  badRequest,
  type FieldProblem,
  forbidden,
  invalid,
  invalidValue,
  notFound,
  outdated,
  requiredValue,
} from './status-errors.ts';
import { timestamp } from './timestamp.ts';

const DEFAULT_NAMESPACE = 'default';
/** A generated name that is taken is drawn anew this often. */
const NAME_DRAWS_MAX = 8;

export interface WriteOptions {
  readonly subresource?: 'status';
  /** What becomes of fields that the schema does not know: refused, dropped with a warning (the default), dropped. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Everything but the writing. */
  readonly dryRun?: boolean;
  /** Hears what a client should be told although the write succeeds. */
  readonly onWarning?: (warning: string) => void;
}

/** A change as the store's own controllers hear it. */
export type KindChange = VersionedChange & { readonly kind: string };

/** The `ObjectStore` in memory. Every object in it is frozen. */
export class MemoryObjectStore implements ObjectStore {
  readonly kinds: KindRegistry;
  readonly #timers: Timers;
  readonly #identity: ObjectIdentity;
  readonly #shelves = new Map<string, ObjectShelf>();
  readonly #listeners = new Map<string, Set<(change: StoreChange) => void>>();
  readonly #listenersToAll = new Set<(change: KindChange) => void>();
  readonly #untold: KindChange[] = [];
  #telling = false;
  #version = 0;

  constructor(options: { readonly kinds: KindRegistry; readonly timers: Timers; readonly identity: ObjectIdentity }) {
    this.kinds = options.kinds;
    this.#timers = options.timers;
    this.#identity = options.identity;
  }

  get(kind: string, name: string, namespace?: string): KubeObject | undefined {
    const served = this.kinds.named(kind);
    return this.#shelf(kind).get(name, served.namespaced ? (namespace ?? DEFAULT_NAMESPACE) : undefined);
  }

  list(kind: string, namespace?: string): readonly KubeObject[] {
    const served = this.kinds.named(kind);
    return this.#shelf(kind).list(served.namespaced ? namespace : undefined);
  }

  create(kind: string, input: KubeObject, options: WriteOptions = {}): KubeObject {
    const served = this.kinds.named(kind);
    const object = this.#decode(served, input, options);
    object.metadata = this.#metadataForCreation(served, object.metadata);
    this.#checkNamespace(served, object.metadata);
    // A node is registered by its kubelet, with what it found there; every other status is for a controller to write.
    if (served.hasStatus && kind !== 'Node') delete object.status;
    served.rules.fillDefaults(object, undefined);
    refuseIfWrong(served, object, [
      ...metadataProblems(kind, object.metadata),
      ...served.rules.problems(object, undefined),
    ]);
    if (this.#shelf(kind).get(object.metadata.name, object.metadata.namespace) !== undefined) {
      throw alreadyExists(served, object.metadata.name);
    }
    return options.dryRun === true ? frozenCopy(object) : this.#commit('ADDED', object);
  }

  update(kind: string, object: KubeObject, options: WriteOptions = {}): KubeObject {
    return this.modify(kind, object.metadata.name, object.metadata.namespace, () => object, options);
  }

  mergePatch(
    kind: string,
    name: string,
    namespace: string | undefined,
    patch: Readonly<Record<string, unknown>>,
    options: WriteOptions = {},
  ): KubeObject {
    return this.modify(kind, name, namespace, (current) => mergePatched(current, patch) as KubeObject, options);
  }

  /**
   * Replaces an object by what `change` makes of it, with the checks of an update. 404 when absent.
   * An update that changes nothing writes nothing, so nobody is told.
   */
  modify(
    kind: string,
    name: string,
    namespace: string | undefined,
    change: (current: KubeObject) => KubeObject,
    options: WriteOptions = {},
  ): KubeObject {
    const served = this.kinds.named(kind);
    const current = this.#required(served, name, namespace);
    const next = this.#decode(served, change(current), options);
    checkIdentity(served, next.metadata, current.metadata);
    const object =
      options.subresource === 'status' ? withStatus(served, current, next) : withoutStatus(served, current, next);
    keepSystemMetadata(object, current);
    served.rules.fillDefaults(object, current);
    refuseIfWrong(served, object, [
      ...metadataProblems(kind, object.metadata),
      ...finalizerProblems(object, current),
      ...served.rules.problems(object, current),
    ]);
    if (served.countsGenerations && !jsonEqual(wanted(object, served), wanted(current, served))) {
      object.metadata.generation = (current.metadata.generation ?? 0) + 1;
    }
    if (jsonEqual(object, current)) return current;
    if (options.dryRun === true) return frozenCopy(object);
    return this.#commit(mayVanish(object) ? 'DELETED' : 'MODIFIED', object, current);
  }

  /** As in the interface; returns the object as it was last, or as it stays while something holds it back. */
  delete(kind: string, name: string, namespace?: string, options: DeleteOptions = {}): KubeObject {
    const served = this.kinds.named(kind);
    const current = this.#required(served, name, namespace);
    checkPreconditions(served, current, options);
    const object: KubeObject = { ...current, metadata: deletedMetadata(current, options, this.#timers.nowMs()) };
    if (kind === 'Namespace') object.status = { ...(object.status as object), phase: 'Terminating' };
    if (options.dryRun === true) return current;
    if (mayVanish(object)) {
      // What vanishes at once was never seen on its way out.
      return this.#commit(
        'DELETED',
        current.metadata.deletionTimestamp === undefined ? mutableCopy(current) : object,
        current,
      );
    }
    return jsonEqual(object, current) ? current : this.#commit('MODIFIED', object, current);
  }

  watch(kind: string, listener: (change: StoreChange) => void): () => void {
    this.kinds.named(kind);
    let listeners = this.#listeners.get(kind);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(kind, listeners);
    }
    const own = (change: StoreChange) => listener(change);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /** Tells every change of every kind, as `watch` does. Returns the end of it. */
  watchAll(listener: (change: KindChange) => void): () => void {
    const own = (change: KindChange) => listener(change);
    this.#listenersToAll.add(own);
    return () => this.#listenersToAll.delete(own);
  }

  /** The changes of a kind after `version`, oldest first; undefined when the history does not reach back that far. */
  changesSince(kind: string, version: number): readonly VersionedChange[] | undefined {
    return this.#shelf(kind).history.since(version);
  }

  resourceVersion(): string {
    return String(this.#version);
  }

  #shelf(kind: string): ObjectShelf {
    let shelf = this.#shelves.get(kind);
    if (shelf === undefined) {
      shelf = new ObjectShelf();
      this.#shelves.set(kind, shelf);
    }
    return shelf;
  }

  #required(served: ServedKind, name: string, namespace: string | undefined): KubeObject {
    const current = this.#shelf(served.kind).get(
      name,
      served.namespaced ? (namespace ?? DEFAULT_NAMESPACE) : undefined,
    );
    if (current === undefined) throw notFound(served, name);
    return current;
  }

  #decode(served: ServedKind, input: KubeObject, options: WriteOptions): KubeObject {
    const apiVersion = apiVersionOf(served);
    if ((input.apiVersion ?? apiVersion) !== apiVersion || (input.kind ?? served.kind) !== served.kind) {
      throw badRequest(
        `the object is a ${input.apiVersion}, Kind=${input.kind}, and this resource holds ${apiVersion}, Kind=${served.kind}`,
      );
    }
    const decoded = served.rules.decode({
      ...input,
      apiVersion,
      kind: served.kind,
      metadata: input.metadata ?? { name: '' },
    });
    const { metadata, unknownFields } = decodeMetadata(decoded.object.metadata);
    tellUnknownFields(served, [...new Set([...decoded.unknownFields, ...unknownFields])], options);
    // Nobody reads managed fields here, and they are half of what a client sends.
    delete metadata.managedFields;
    delete metadata.selfLink;
    return { ...decoded.object, apiVersion, kind: served.kind, metadata: metadata as unknown as ObjectMeta };
  }

  #metadataForCreation(served: ServedKind, given: ObjectMeta): ObjectMeta {
    const { name, namespace, ...rest } = given;
    if (given.resourceVersion !== undefined && given.resourceVersion !== '') {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    if (!served.namespaced && namespace !== undefined && namespace !== '') {
      throw badRequest(`namespace should not be set on a ${served.kind}`);
    }
    const place = served.namespaced ? namespace || DEFAULT_NAMESPACE : undefined;
    const { deletionTimestamp: _mark, deletionGracePeriodSeconds: _grace, ...kept } = rest;
    return {
      ...kept,
      name: name || this.#generatedName(served, given.generateName, place),
      ...(place === undefined ? {} : { namespace: place }),
      uid: this.#identity.uid(),
      creationTimestamp: timestamp(this.#timers.nowMs()),
      ...(served.countsGenerations ? { generation: 1 } : {}),
    };
  }

  #generatedName(served: ServedKind, prefix: string | undefined, namespace: string | undefined): string {
    if (prefix === undefined || prefix === '') {
      throw invalid(served, '', [requiredValue('metadata.name', 'name or generateName is required')]);
    }
    for (let draw = 0; draw < NAME_DRAWS_MAX; draw++) {
      const name = this.#identity.name(prefix);
      if (this.#shelf(served.kind).get(name, namespace) === undefined) return name;
    }
    throw alreadyExists(served, prefix);
  }

  #checkNamespace(served: ServedKind, metadata: ObjectMeta): void {
    if (metadata.namespace === undefined) return;
    const namespaces = this.kinds.named('Namespace');
    const namespace = this.#shelf('Namespace').get(metadata.namespace, undefined);
    if (namespace === undefined) throw notFound(namespaces, metadata.namespace);
    if (namespace.metadata.deletionTimestamp !== undefined) {
      const why = `unable to create new content in namespace ${metadata.namespace} because it is being terminated`;
      throw forbidden(served, metadata.name, why);
    }
  }

  #commit(type: StoreChange['type'], object: KubeObject, previous?: KubeObject): KubeObject {
    this.#version += 1;
    const stored = frozenCopy({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
    const shelf = this.#shelf(stored.kind as string);
    if (type === 'DELETED') shelf.remove(stored);
    else shelf.put(stored);
    const change = { type, object: stored, version: this.#version, ...(previous === undefined ? {} : { previous }) };
    shelf.history.add(change);
    this.#untold.push({ ...change, kind: stored.kind as string });
    this.#tell();
    return stored;
  }

  /** A listener may write: what it writes is told after what it was told, to all in the same order. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let change = this.#untold.shift(); change !== undefined; change = this.#untold.shift()) {
        for (const listener of [...(this.#listeners.get(change.kind) ?? [])]) listener(change);
        for (const listener of [...this.#listenersToAll]) listener(change);
      }
    } finally {
      this.#telling = false;
    }
  }
}

function tellUnknownFields(served: ServedKind, fields: readonly string[], options: WriteOptions): void {
  if (fields.length === 0) return;
  const told = fields.map((field) => `unknown field "${field}"`);
  if (options.fieldValidation === 'Strict') {
    throw badRequest(
      `${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}: strict decoding error: ${told.join(', ')}`,
    );
  }
  if (options.fieldValidation !== 'Ignore') told.forEach((warning) => options.onWarning?.(warning));
}

function refuseIfWrong(served: ServedKind, object: KubeObject, problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw invalid(served, object.metadata.name, problems);
}

function checkIdentity(served: ServedKind, next: ObjectMeta, current: ObjectMeta): void {
  if (next.name !== current.name) {
    throw badRequest(`the name of the object (${next.name}) does not match the name on the URL (${current.name})`);
  }
  if (next.uid !== undefined && next.uid !== current.uid) throw outdatedIdentity(served, next, current);
  if (
    next.resourceVersion !== undefined &&
    next.resourceVersion !== '' &&
    next.resourceVersion !== current.resourceVersion
  ) {
    throw outdated(served, current.name);
  }
}

function outdatedIdentity(served: ServedKind, next: ObjectMeta, current: ObjectMeta): StatusError {
  return invalid(served, current.name, [invalidValue('metadata.uid', next.uid, 'field is immutable')]);
}

/** `/status`: the current object with the new status. */
function withStatus(served: ServedKind, current: KubeObject, next: KubeObject): KubeObject {
  if (!served.hasStatus) throw notFound({ ...served, plural: `${served.plural}/status` }, current.metadata.name);
  const { status: _old, ...rest } = mutableCopy(current);
  return next.status === undefined ? rest : { ...rest, status: next.status };
}

/** The resource itself: the new object with the current status. */
function withoutStatus(served: ServedKind, current: KubeObject, next: KubeObject): KubeObject {
  if (!served.hasStatus) return next;
  const { status: _new, ...rest } = next;
  return current.status === undefined ? rest : { ...rest, status: mutableCopy(current.status) };
}

/** What only the server writes stays as it is. */
function keepSystemMetadata(object: KubeObject, current: KubeObject): void {
  const {
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    namespace,
  } = current.metadata;
  const {
    uid: _uid,
    resourceVersion: _version,
    generation: _generation,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    namespace: _namespace,
    ...rest
  } = object.metadata;
  const kept = {
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    namespace,
  };
  object.metadata = mutableCopy({ ...rest, ...kept } as ObjectMeta);
}

/** The part whose changes a generation counts. */
function wanted(object: KubeObject, served: ServedKind): unknown {
  const { metadata: _metadata, status: _status, apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  return served.hasStatus ? rest : { ...rest, status: object.status };
}
