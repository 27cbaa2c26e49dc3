import { addResources, NO_RESOURCES, type Resources } from '../core/resources.ts';
import type { ProvisionerRecord } from '../state/records.ts';
import type { LoopContext } from './context.ts';

const LIMIT = 'karpenter_provisioner_limit';
const USAGE = 'karpenter_provisioner_usage';
const PERCENT = 'karpenter_provisioner_usage_pct';

/** Gauges with one series per Provisioner and resource. */
export const USAGE_METRICS = [LIMIT, USAGE, PERCENT] as const;

/** Sets the gauges of what a Provisioner uses and may use: what running Machines have, and what those in flight reserve. */
export function measureUsage(context: LoopContext, { object, decoded }: ProvisionerRecord): void {
  const { name } = object.metadata;
  const limits = decoded?.template.limits ?? {};
  const usage = context.state
    .machinesOf(name)
    .reduce<Resources>((sum, { machine }) => addResources(sum, machine.countedCapacity), NO_RESOURCES);
  const { telemetry } = context;
  for (const metric of USAGE_METRICS) telemetry.forget(metric, { provisioner: name });
  for (const [resource, amount] of Object.entries(usage)) {
    telemetry.gauge(USAGE, labelsOf(name, resource), inUnits(resource, amount));
  }
  for (const [resource, limit] of Object.entries(limits)) {
    const used = usage[resource] ?? 0;
    telemetry.gauge(LIMIT, labelsOf(name, resource), inUnits(resource, limit));
    telemetry.gauge(PERCENT, labelsOf(name, resource), limit === 0 ? 100 : Math.trunc((used / limit) * 100));
  }
}

function labelsOf(provisioner: string, resource: string) {
  return { provisioner, resource_type: resource.toLowerCase().replaceAll('-', '_') };
}

/** CPU in cores; everything else as it is. */
function inUnits(resource: string, amount: number): number {
  return resource === 'cpu' ? amount / 1000 : amount;
}
