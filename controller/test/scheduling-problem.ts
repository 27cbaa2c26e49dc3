import { WELL_KNOWN_LABELS } from '../src/api/label-rules.ts';
import {
  ARCH_LABEL,
  CAPACITY_TYPE_LABEL,
  INSTANCE_TYPE_LABEL,
  PROVISIONER_NAME_LABEL,
  ZONE_LABEL,
} from '../src/api/names.ts';
import type { ClusterSnapshot, NodeModel, ProvisionerModel } from '../src/core/cluster-snapshot.ts';
import type { InstanceType, Offering } from '../src/core/instance-type.ts';
import type { PodDemand } from '../src/core/pod-demand.ts';
import { NO_WISHES } from '../src/core/pod-topology.ts';
import { NO_VOLUMES } from '../src/core/pod-volumes.ts';
import { type Expression, intersectAll, requirementsOf, requirementsOfLabels } from '../src/core/requirements.ts';
import type { SolveOptions } from '../src/core/scheduling/plan.ts';

export const GI = 1024 ** 3;
export const OPTIONS: SolveOptions = { wellKnownLabels: WELL_KNOWN_LABELS, fitChecksMax: 1_000_000 };

/** A pod of one cpu and one Gi, unless told otherwise. */
export function pod(name: string, rest: Partial<PodDemand> = {}): PodDemand {
  return {
    uid: name,
    namespace: 'default',
    name,
    labels: {},
    createdAtMs: 0,
    priority: 0,
    requests: { cpu: 1000, memory: GI, pods: 1 },
    nodeSelector: {},
    requiredNodeTerms: [],
    tolerations: [],
    hostPorts: [],
    spread: [],
    podAffinity: [],
    podAntiAffinity: [],
    wishes: NO_WISHES,
    unsupported: [],
    ...NO_VOLUMES,
    ...rest,
  };
}

/** `count` pods named `<prefix>-0` and on. */
export function pods(count: number, prefix: string, rest: Partial<PodDemand> = {}): PodDemand[] {
  return Array.from({ length: count }, (_, index) => pod(`${prefix}-${index}`, rest));
}

const ZONES = ['a', 'b'];
const CAPACITY_TYPES = ['on-demand', 'spot'] as const;

/** A type of `cpu` cores and four Gi for each, sold in zones a and b on demand at 10 nano-dollars a core and as spot at 3. */
export function instanceType(
  name: string,
  cpu: number,
  rest: { arch?: string; offerings?: readonly Offering[] } = {},
): InstanceType {
  const { arch = 'amd64', offerings = everywhere(cpu) } = rest;
  const amounts = { cpu: cpu * 1000, memory: cpu * 4 * GI, pods: 20 };
  return {
    name,
    requirements: requirementsOfLabels({ [INSTANCE_TYPE_LABEL]: name, [ARCH_LABEL]: arch }),
    capacity: amounts,
    allocatable: amounts,
    offerings,
  };
}

function everywhere(cpu: number): Offering[] {
  return ZONES.flatMap((zone) =>
    CAPACITY_TYPES.map((capacityType) => ({
      zone,
      capacityType,
      priceNanoUsdPerHour: cpu * (capacityType === 'spot' ? 3 : 10),
      available: true,
    })),
  );
}

export const SMALL = instanceType('small', 2);
export const MEDIUM = instanceType('medium', 4);
export const LARGE = instanceType('large', 8);

interface ProvisionerRest extends Partial<Omit<ProvisionerModel, 'requirements'>> {
  readonly requirements?: readonly Expression[];
}

/** A Provisioner of on-demand small, medium and large nodes, unless told otherwise. */
export function provisioner(name: string, rest: ProvisionerRest = {}): ProvisionerModel {
  const { requirements = [{ key: CAPACITY_TYPE_LABEL, operator: 'In', values: ['on-demand'] }], ...other } = rest;
  const labels = { ...other.labels, [PROVISIONER_NAME_LABEL]: name };
  return {
    name,
    weight: 0,
    taints: [],
    startupTaints: [],
    preferences: { policy: 'respect' },
    usage: {},
    instanceTypes: [SMALL, MEDIUM, LARGE],
    ...other,
    labels,
    requirements: intersectAll(requirementsOf(requirements), requirementsOfLabels(labels)),
  };
}

/** An initialized, empty node of four cores in zone a, unless told otherwise. */
export function node(name: string, rest: Partial<NodeModel> = {}): NodeModel {
  return {
    name,
    initialized: true,
    labels: { [ZONE_LABEL]: 'a', [ARCH_LABEL]: 'amd64' },
    taints: [],
    allocatable: { cpu: 4000, memory: 16 * GI, pods: 20 },
    requested: {},
    daemonRequested: {},
    pods: [],
    ...rest,
  };
}

export function snapshot(rest: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  return { provisioners: [], nodes: [], daemons: [], ...rest };
}
