import type { KubeObject, ObjectMeta } from '../src/api/meta.ts';
import type { KubeEvent, WatchedKind } from '../src/ports/kube.ts';
import type { ClusterState } from '../src/state/cluster-state.ts';

// Objects as a watch brings them, for tests of the state. Each shows only what matters to it.

const CREATED = '2026-01-01T00:00:00Z';
/** When all of these objects were created (epoch ms). */
export const CREATED_MS = Date.parse(CREATED);

function metadata(name: string, version: number, rest: Partial<ObjectMeta> = {}): ObjectMeta {
  return { name, uid: `uid-${name}`, resourceVersion: String(version), creationTimestamp: CREATED, ...rest };
}

export interface MachineParts {
  readonly version?: number;
  readonly uid?: string;
  readonly provisionerName?: string;
  readonly providerId?: string;
  readonly deleted?: boolean;
  /** By type: the status. */
  readonly conditions?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

export function machineObject(name: string, parts: MachineParts = {}): KubeObject {
  const { version = 1, uid = `uid-${name}`, provisionerName = 'default', providerId, conditions = {} } = parts;
  return {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Machine',
    metadata: metadata(name, version, {
      uid,
      labels: { 'karpenter.sh/provisioner-name': provisionerName, ...parts.labels },
      ...(parts.annotations === undefined ? {} : { annotations: parts.annotations }),
      finalizers: ['karpenter.sh/termination'],
      ...(parts.deleted ? { deletionTimestamp: CREATED } : {}),
    }),
    spec: { ...parts.spec },
    status: {
      ...(providerId === undefined ? {} : { providerID: providerId }),
      conditions: Object.entries(conditions).map(([type, status]) => {
        return { type, status, reason: 'Because', lastTransitionTime: CREATED };
      }),
      ...parts.status,
    },
  };
}

export interface NodeParts {
  readonly version?: number;
  readonly uid?: string;
  readonly providerId?: string;
  readonly isReady?: boolean;
  readonly unschedulable?: boolean;
  readonly deleted?: boolean;
  readonly labels?: Record<string, string>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly finalizers?: string[];
  readonly allocatable?: Readonly<Record<string, string>>;
}

export function nodeObject(name: string, parts: NodeParts = {}): KubeObject {
  const { version = 1, uid = `uid-${name}`, providerId, isReady = true, taints = [] } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadata(name, version, {
      uid,
      labels: parts.labels ?? {},
      finalizers: parts.finalizers ?? [],
      ...(parts.deleted ? { deletionTimestamp: CREATED } : {}),
    }),
    spec: {
      ...(providerId === undefined ? {} : { providerID: providerId }),
      ...(parts.unschedulable ? { unschedulable: true } : {}),
      taints,
    },
    status: {
      allocatable: parts.allocatable ?? { cpu: '4', memory: '16Gi', pods: '58' },
      capacity: parts.allocatable ?? { cpu: '4', memory: '16Gi', pods: '58' },
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    },
  };
}

export function namespaceObject(name: string, labels: Record<string, string> = {}, version = 1): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: metadata(name, version, { labels }) };
}

export interface PodParts {
  readonly version?: number;
  readonly nodeName?: string;
  readonly cpu?: string;
  readonly ownerKind?: string;
  readonly phase?: string;
  readonly affinity?: Readonly<Record<string, unknown>>;
  /** Of its volumes. */
  readonly claims?: readonly string[];
  /** Volumes whose claims are made for the pod, and their class. */
  readonly ephemeral?: Readonly<Record<string, string>>;
}

/** A pod that kube-scheduler found no node for, unless it has one. */
export function podObject(name: string, parts: PodParts = {}): KubeObject {
  const { version = 1, nodeName, cpu = '1', ownerKind, phase = 'Pending', affinity } = parts;
  const { claims = [], ephemeral = {} } = parts;
  const owner = { apiVersion: 'apps/v1', kind: ownerKind ?? '', name: 'owner', uid: 'uid-owner', controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(name, version, {
      namespace: 'default',
      ...(ownerKind === undefined ? {} : { ownerReferences: [owner] }),
    }),
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(affinity === undefined ? {} : { affinity }),
      containers: [{ name: 'main', resources: { requests: { cpu } } }],
      volumes: [
        ...claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
        ...Object.entries(ephemeral).map(([volume, storageClassName]) => {
          return { name: volume, ephemeral: { volumeClaimTemplate: { spec: { storageClassName } } } };
        }),
      ],
    },
    status: {
      phase,
      conditions: nodeName === undefined ? [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] : [],
    },
  };
}

export function provisionerObject(name: string, spec: Readonly<Record<string, unknown>> = {}, version = 1): KubeObject {
  return {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Provisioner',
    metadata: metadata(name, version, { generation: 1 }),
    spec: { provider: {}, ...spec },
  };
}

/** Tells the state that these have changed. */
export function tell(state: ClusterState, ...objects: readonly KubeObject[]): void {
  for (const object of objects) state.apply({ type: 'changed', kind: object.kind as WatchedKind, object });
}

/** A complete list. */
export function listed(kind: WatchedKind, ...objects: readonly KubeObject[]): KubeEvent {
  return { type: 'replaced', kind, objects };
}

/** The end of an object. */
export function removed(object: KubeObject): KubeEvent {
  return { type: 'removed', kind: object.kind as WatchedKind, object };
}
