import type { KubeObject } from '../api/meta.ts';

/** Kinds that state keeps in memory. */
export type WatchedKind =
  | 'Pod'
  | 'Node'
  | 'Namespace'
  | 'Machine'
  | 'Provisioner'
  | 'AWSNodeTemplate'
  | 'DaemonSet'
  | 'PodDisruptionBudget'
  | 'PersistentVolumeClaim'
  | 'PersistentVolume'
  | 'StorageClass'
  | 'CSINode'
  | 'ConfigMap';

/**
 * What a watch tells. A `replaced` ends a complete, consistent list: what is neither in it nor in `listed` is gone. A long list is told in
 * pages, so that nobody ever holds all of it: those before the last are `listing`, and `listed` has the names in them.
 */
export type KubeEvent =
  | { readonly type: 'listing'; readonly kind: WatchedKind; readonly objects: readonly KubeObject[] }
  | {
      readonly type: 'replaced';
      readonly kind: WatchedKind;
      readonly objects: readonly KubeObject[];
      readonly listed?: readonly ListedName[];
    }
  | { readonly type: 'changed'; readonly kind: WatchedKind; readonly object: KubeObject }
  | { readonly type: 'removed'; readonly kind: WatchedKind; readonly object: KubeObject };

/** Which object of a kind. */
export interface ListedName {
  readonly name: string;
  readonly namespace?: string;
}

export interface ObjectName {
  readonly kind: WatchedKind;
  readonly name: string;
  /** For namespaced kinds (Pod, DaemonSet, PodDisruptionBudget, PersistentVolumeClaim, ConfigMap). */
  readonly namespace?: string;
}

export interface PatchOptions {
  /** `status` patches the status subresource. */
  readonly subresource?: 'status';
  /** Refused with `conflict` unless the object is still at this version. */
  readonly resourceVersion?: string;
}

/** An event as kubectl shows it. The adapter joins repeats of the same (object, reason, message) and limits the rate. */
export interface ObjectEvent {
  readonly object: {
    readonly kind: string;
    readonly apiVersion: string;
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** At most 1 KiB; the adapter cuts what is longer. */
  readonly message: string;
}

/** The Kubernetes API as our loops need it. Errors are `OperationError`s of `ports/operation-error.ts`. */
export interface KubePort {
  /**
   * Lists `kind` completely, then follows it, for ever: reconnects, relists on 410, backs off by itself.
   * ConfigMap follows only the settings ConfigMap. Returns when the signal aborts.
   */
  follow(kind: WatchedKind, sink: (event: KubeEvent) => void, signal: AbortSignal): Promise<void>;
  /** The live object, or undefined when there is none. */
  get(name: ObjectName): Promise<KubeObject | undefined>;
  /**
   * The pods bound to a node now, as the API has them and complete, or it throws. Asked before a node is taken away: what a watch
   * brought last may be a minute and a half old.
   */
  podsOn(nodeName: string): Promise<readonly KubeObject[]>;
  /** Creates; `already-exists` when the name is taken. */
  create(kind: WatchedKind, object: KubeObject): Promise<KubeObject>;
  /** JSON merge patch (RFC 7386). `not-found` when the object is gone. */
  patch(name: ObjectName, patch: Readonly<Record<string, unknown>>, options?: PatchOptions): Promise<KubeObject>;
  /** Deletes the object with this UID; done when it is gone already or another object bears the name. */
  delete(name: ObjectName, uid: string): Promise<void>;
  /** Asks the Eviction API. `disruption-budget` when a budget refuses now (429); `gone` covers 404 and another UID. */
  evict(pod: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  }): Promise<'evicted' | 'gone' | 'disruption-budget'>;
  /** Never throws: an event that cannot be written is counted and forgotten. */
  emit(event: ObjectEvent): void;
}
