import { OperationError } from '../ports/operation-error.ts';
import type { KubeHttp } from './http-client.ts';
import { collectionPath, objectPath, type Resource } from './resources.ts';

/** What the candidates agree on, as client-go writes it. */
export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holder: string;
  readonly leaseSeconds: number;
  /** RFC 3339 with microseconds; told to people, never compared. */
  readonly acquiredAt: string;
  readonly renewedAt: string;
  readonly transitions: number;
}

export interface StoredLease {
  readonly record: LeaseRecord;
  readonly resourceVersion: string;
}

/** One lease with compare-and-swap. Errors are OperationErrors. */
export interface LeaseLock {
  /** The lease, or undefined when there is none yet. */
  read(): Promise<StoredLease | undefined>;
  /** Refused with `already-exists` when another candidate was faster. */
  create(record: LeaseRecord): Promise<StoredLease>;
  /** Refused with `conflict` unless the lease is still at `resourceVersion`. */
  replace(record: LeaseRecord, resourceVersion: string): Promise<StoredLease>;
}

interface LeaseObject {
  readonly metadata: { readonly resourceVersion?: string };
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

const LEASES: Resource = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases', namespaced: true };

/** The Lease `namespace/name` of the cluster. Each call fails after `timeoutMs`. */
export function leaseLock(http: KubeHttp, namespace: string, name: string, timeoutMs: number): LeaseLock {
  const path = objectPath(LEASES, name, namespace);
  const on = `Lease ${namespace}/${name}`;
  return {
    async read() {
      try {
        return decode(await http.json({ method: 'GET', path, action: `get ${on}`, timeoutMs }));
      } catch (error) {
        if (error instanceof OperationError && error.code === 'not-found') return undefined;
        throw error;
      }
    },
    async create(record) {
      const collection = collectionPath(LEASES, namespace);
      const body = encode(namespace, name, record, undefined);
      return decode(await http.json({ method: 'POST', path: collection, body, action: `create ${on}`, timeoutMs }));
    },
    async replace(record, resourceVersion) {
      const body = encode(namespace, name, record, resourceVersion);
      return decode(await http.json({ method: 'PUT', path, body, action: `update ${on}`, timeoutMs }));
    },
  };
}

/** metav1.MicroTime of a moment. */
export function microTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, -1)}000Z`;
}

function decode(lease: LeaseObject): StoredLease {
  const spec = lease.spec ?? {};
  return {
    record: {
      holder: spec.holderIdentity ?? '',
      leaseSeconds: spec.leaseDurationSeconds ?? 0,
      acquiredAt: spec.acquireTime ?? '',
      renewedAt: spec.renewTime ?? '',
      transitions: spec.leaseTransitions ?? 0,
    },
    resourceVersion: lease.metadata.resourceVersion ?? '',
  };
}

function encode(namespace: string, name: string, record: LeaseRecord, resourceVersion: string | undefined): unknown {
  return {
    apiVersion: LEASES.apiVersion,
    kind: 'Lease',
    metadata: { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.leaseSeconds,
      acquireTime: record.acquiredAt,
      renewTime: record.renewedAt,
      leaseTransitions: record.transitions,
    },
  };
}
