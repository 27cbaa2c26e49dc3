import type {
  DaemonSetManifest,
  NodeManifest,
  PodSpecManifest,
  Problem,
  ProvisionerManifest,
  TypeRecord,
} from '../../../bench/problem/problem-file.ts';
import { nodeManifest } from '../../../bench/workloads/node-manifest.ts';
import { createPodMaker, type Deployment } from '../../../bench/workloads/pod-maker.ts';
import { provisionerOf } from '../../../bench/workloads/provisioners.ts';
import { CORES_LABEL, ZONES } from '../../../bench/workloads/random-types.ts';

/** A small problem on which a rule of Karpenter's shows. */
export interface Corner {
  readonly name: string;
  readonly problem: Problem;
  /** In the words of `outcomeOf`. */
  readonly ours: string;
  /** All that Karpenter's scheduler makes of it, which is not the same in every run; left out when it always does as we do. */
  readonly peer?: readonly string[];
}

interface World {
  readonly apps: readonly Deployment[];
  /** Pods that run already, on `nodes`. */
  readonly bound?: readonly (Omit<Deployment, 'replicas'> & { readonly spec: { readonly nodeName: string } })[];
  readonly provisioners?: readonly ProvisionerManifest[];
  readonly types?: readonly TypeRecord[];
  readonly nodes?: readonly NodeManifest[];
  readonly daemonSets?: readonly DaemonSetManifest[];
}

/** The problem of this world: without Provisioners one that takes any type, without types those of 2 and 4 cores in three zones. */
export function world({
  apps,
  bound = [],
  provisioners = [provisionerOf('pool')],
  types = TYPES,
  ...rest
}: World): Problem {
  const maker = createPodMaker('corner');
  const pods = [...bound.map(maker.pod), ...maker.rollOut(apps)];
  return { format: 1, name: 'corner', instanceTypes: types, provisioners, ...rest, pods };
}

/** A Deployment of small pods; `rest` overrides what they request. */
export function app(
  name: string,
  replicas: number,
  spec: Partial<PodSpecManifest> = {},
  rest: Partial<Deployment> = {},
): Deployment {
  return { name, replicas, labels: { app: name }, cpuMilli: 500, memoryMib: 256, spec, ...rest };
}

/** A type of so many cores, 4 GiB for each, for sale on demand in three zones. */
export function typeOf(cores: number, rest: Partial<TypeRecord> = {}): TypeRecord {
  const price = cores * 0.05;
  return {
    name: `t${cores}`,
    arch: 'amd64',
    os: ['linux'],
    labels: { [CORES_LABEL]: `${cores}` },
    capacity: { cpu: `${cores}`, memory: `${4 * cores}Gi`, pods: '20' },
    overhead: { cpu: '100m' },
    offerings: ZONES.map((zone) => ({ zone, capacityType: 'on-demand', price })),
    ...rest,
  };
}

export const [SMALL, LARGE] = [typeOf(2), typeOf(4)];
const TYPES: readonly TypeRecord[] = [SMALL, LARGE];

/** A node of two cores that the Provisioner has in the zone. */
export function nodeIn(
  zone: string,
  name = `node-${zone}`,
  rest: Partial<Parameters<typeof nodeManifest>[0]> = {},
): NodeManifest {
  return nodeManifest({
    name,
    type: SMALL,
    zone,
    capacityType: 'on-demand',
    provisionerName: 'pool',
    providerId: `corner:///${name}`,
    allocatable: { cpu: '1900m' },
    ...rest,
  });
}

/** A pod of the app that runs on the node. */
export function running(
  name: string,
  nodeName: string,
  spec: Partial<PodSpecManifest> = {},
  rest: Partial<Deployment> = {},
) {
  return {
    name: `${name}-there`,
    labels: { app: name },
    cpuMilli: 50,
    memoryMib: 32,
    ...rest,
    spec: { ...spec, nodeName },
  };
}

/** Required node affinity of these terms, any of which will do. */
export function anyOf(...terms: readonly (readonly [key: string, operator: string, ...values: string[]][])[]) {
  const nodeSelectorTerms = terms.map((term) => ({
    matchExpressions: term.map(([key, operator, ...values]) => ({
      key,
      operator,
      ...(values.length > 0 ? { values } : {}),
    })),
  }));
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}
