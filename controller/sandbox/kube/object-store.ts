import type { KubeObject } from '../../src/api/meta.ts';

/**
 * The objects of the sandbox's cluster, with the semantics of a kube-apiserver that callers rely on: uid, resourceVersion,
 * generation (only spec changes), creationTimestamp, generateName, finalizers and deletionTimestamp, preconditions,
 * status as a subresource, admission by schema and CEL for our CRDs. Synchronous; both faces stand on it.
 * Kinds are named as on objects (`Deployment`), unique over all groups served. Refusals are `StatusError`s.
 */
export interface ObjectStore {
  get(kind: string, name: string, namespace?: string): KubeObject | undefined;
  /** By namespace, then name. Objects are shared: do not change them. */
  list(kind: string, namespace?: string): readonly KubeObject[];
  create(kind: string, object: KubeObject): KubeObject;
  /** Replaces the object. With a resourceVersion in it: 409 unless current. `status` changes nothing but the status. */
  update(kind: string, object: KubeObject, options?: { readonly subresource?: 'status' }): KubeObject;
  /** JSON merge patch; a `metadata.resourceVersion` in the patch is a precondition. */
  mergePatch(
    kind: string,
    name: string,
    namespace: string | undefined,
    patch: Readonly<Record<string, unknown>>,
    options?: { readonly subresource?: 'status' },
  ): KubeObject;
  /**
   * Deletes, or marks for deletion while finalizers remain (a Pod on a node: until its kubelet lets it go, see gracePeriodSeconds).
   * 404 when absent, 409 when `uid` does not match.
   */
  delete(
    kind: string,
    name: string,
    namespace?: string,
    options?: {
      readonly uid?: string;
      readonly gracePeriodSeconds?: number;
      readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
    },
  ): void;
  /** Tells every change after the call, synchronously, in order. Returns the end of it. */
  watch(kind: string, listener: (change: StoreChange) => void): () => void;
  /** Version of the latest change, as on lists. */
  resourceVersion(): string;
}

export interface StoreChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

/** A refusal as the API server words it: becomes a Status object on the wire. */
export class StatusError extends Error {
  readonly code: number;
  /** `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `BadRequest`, `TooManyRequests`, … */
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: number, reason: string, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}
