import { hash32 } from '../../sandbox/seeded-random.ts';
import type {
  AffinityTermManifest,
  ContainerManifest,
  PodManifest,
  PodSpecManifest,
  SpreadManifest,
} from '../problem/problem-file.ts';

/** Many pods alike: what a Deployment makes. */
export interface Deployment {
  readonly name: string;
  readonly replicas: number;
  readonly cpuMilli: number;
  /** Absent: the pods request no memory. */
  readonly memoryMib?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Beside cpu and memory. */
  readonly requests?: Readonly<Record<string, string>>;
  readonly ports?: ContainerManifest['ports'];
  readonly spec?: Omit<PodSpecManifest, 'containers'>;
}

/** Makes pods whose names and uids are unique in one problem and the same in every run. */
export interface PodMaker {
  pod(from: Omit<Deployment, 'replicas'>): PodManifest;
  /** All pods of all deployments, the first of each, then the second of each: as when they roll out together. */
  rollOut(deployments: readonly Deployment[]): Iterable<PodManifest>;
}

const CREATED_AT = '2026-01-01T00:00:00Z';
const UNSCHEDULABLE = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };

/** A maker for the problem of that name. */
export function createPodMaker(problemName: string): PodMaker {
  const prefix = hex(hash32(problemName), 8);
  let made = 0;
  const pod = (from: Omit<Deployment, 'replicas'>): PodManifest => {
    const index = made++;
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${from.name}-${index}`,
        namespace: 'default',
        uid: `${prefix}-0000-4000-8000-${hex(index, 12)}`,
        creationTimestamp: CREATED_AT,
        labels: from.labels ?? { app: from.name },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: from.name,
            uid: `${prefix}-0001-4000-8000-${hex(hash32(from.name), 12)}`,
            controller: true,
          },
        ],
      },
      spec: { containers: [containerOf(from)], ...from.spec },
      status:
        from.spec?.nodeName === undefined
          ? { phase: 'Pending', conditions: [UNSCHEDULABLE] }
          : { phase: 'Running', conditions: [{ type: 'PodScheduled', status: 'True' }] },
    };
  };
  return {
    pod,
    *rollOut(deployments) {
      const most = Math.max(0, ...deployments.map(({ replicas }) => replicas));
      for (let round = 0; round < most; round++) {
        for (const each of deployments) if (round < each.replicas) yield pod(each);
      }
    },
  };
}

/** The Deployment that the pod was made for; its own name when it has no owner. */
export function deploymentOf({ metadata }: PodManifest): string {
  return metadata.ownerReferences?.[0]?.name ?? metadata.name;
}

function containerOf({ cpuMilli, memoryMib, requests, ports }: Omit<Deployment, 'replicas'>): ContainerManifest {
  const memory = memoryMib === undefined ? {} : { memory: `${memoryMib}Mi` };
  return {
    name: 'main',
    image: 'app:1',
    resources: { requests: { cpu: `${cpuMilli}m`, ...memory, ...requests } },
    ...(ports === undefined ? {} : { ports }),
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** `total` in `parts` shares that differ by one at most, larger ones first. */
export function shareOf(total: number, parts: number, index: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}

/** A hard spread of the pods with these labels. */
export function spread(
  topologyKey: string,
  matchLabels: Readonly<Record<string, string>>,
  rest: Partial<SpreadManifest> = {},
): SpreadManifest {
  return { maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels }, ...rest };
}

/** A pod (anti-)affinity term that means the pods with these labels. */
export function near(topologyKey: string, matchLabels: Readonly<Record<string, string>>): AffinityTermManifest {
  return { labelSelector: { matchLabels }, topologyKey };
}
