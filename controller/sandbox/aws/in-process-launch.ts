import {
  CLUSTER_UID_TAG,
  clusterTag,
  MACHINE_NAME_TAG,
  MACHINE_UID_TAG,
  MANAGED_BY_TAG,
  PROVISIONER_NAME_LABEL,
} from '../../src/api/names.ts';
import type { LaunchOrder } from '../../src/ports/cloud.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';
import type { FleetAnswer, Instance } from './cloud-state.ts';
import { createFleet, type FleetConfig, type FleetRequest } from './fleet.ts';
import { describeInstances, requireInstance } from './instances.ts';
import { ensureLaunchTemplate } from './order-launch-template.ts';
import type { SoldOutMemory } from './sold-out-memory.ts';
import { imageChoice, resolveTemplate } from './template-resolution.ts';

/** Errors that say: not here, not now; try another offering. */
const CAPACITY_CODES: ReadonlySet<string> = new Set([
  'InsufficientInstanceCapacity',
  'InsufficientFreeAddressesInSubnet',
  'MaxSpotInstanceCountExceeded',
  'UnfulfillableCapacity',
  'Unsupported',
  'VcpuLimitExceeded',
]);

/**
 * The instance of the order: launched now, or by an earlier call with the same Machine UID. Offerings that turn out to be sold
 * out are marked. Throws `no-capacity` when none is left, `launch-unconfirmed` when an earlier instance does not show yet.
 */
export function launchInProcess(
  model: CloudModel,
  clusterUid: string,
  order: LaunchOrder,
  soldOut: SoldOutMemory,
): Instance {
  const configs = fleetConfigs(model, order, soldOut);
  if (configs.length === 0) {
    // A repeat of a launch whose answer was lost may find everything sold out by now.
    const earlier = instanceOfMachine(model, order);
    if (earlier !== undefined) return earlier;
    throw new OperationError('no-capacity', 'other-offering', `${order.machineName}: no offering is in stock`);
  }
  const answer = sendFleet(model, fleetRequest(model, clusterUid, order, configs));
  if (answer === 'sent-before') {
    const earlier = instanceOfMachine(model, order);
    if (earlier !== undefined) return earlier;
    throw new OperationError(
      'launch-unconfirmed',
      'backoff',
      `${order.machineName} was ordered before and is not visible yet`,
    );
  }
  for (const { code, override } of answer.errors) {
    if (CAPACITY_CODES.has(code)) soldOut.mark(`${override.instanceType}/${override.zone}/${order.capacityType}`);
  }
  const id = answer.instances[0]?.instanceIds[0];
  if (id === undefined) throw nothingLaunched(order, answer);
  return requireInstance(model, id);
}

/** One configuration an image, with the offerings of the order that are in stock and have a subnet. */
function fleetConfigs(model: CloudModel, order: LaunchOrder, soldOut: SoldOutMemory): readonly FleetConfig[] {
  const resolved = resolveTemplate(model, order.template);
  const imageOf = imageChoice(model, order.template);
  const pools = order.offerings.flatMap(({ instanceType, zone }) => {
    if (soldOut.has(`${instanceType}/${zone}/${order.capacityType}`)) return [];
    const hardware = model.catalogue.types.get(instanceType);
    const image = hardware && imageOf(hardware);
    const subnetId = resolved.subnets.find((subnet) => subnet.zone === zone)?.id;
    return image === undefined || subnetId === undefined
      ? []
      : [{ imageId: image.id, override: { instanceType, subnetId, zone } }];
  });
  return [...Map.groupBy(pools, ({ imageId }) => imageId)].map(
    ([imageId, list]): FleetConfig => ({
      launchTemplate: { name: ensureLaunchTemplate(model, order, resolved, imageId), version: '$Latest' },
      overrides: list.map(({ override }) => override),
    }),
  );
}

function fleetRequest(
  model: CloudModel,
  clusterUid: string,
  order: LaunchOrder,
  configs: readonly FleetConfig[],
): FleetRequest {
  return {
    clientToken: order.machineUid,
    capacityType: order.capacityType,
    allocationStrategy: order.capacityType === 'spot' ? 'price-capacity-optimized' : 'lowest-price',
    totalTargetCapacity: 1,
    configs,
    tagSpecifications: [{ resourceType: 'instance', tags: ownerTags(model, clusterUid, order) }],
  };
}

function ownerTags(model: CloudModel, clusterUid: string, order: LaunchOrder): Record<string, string> {
  const { name: clusterName } = model.state.cluster;
  return {
    Name: `${PROVISIONER_NAME_LABEL}/${order.provisionerName}`,
    ...order.template.spec.tags,
    [clusterTag(clusterName)]: 'owned',
    [PROVISIONER_NAME_LABEL]: order.provisionerName,
    [MANAGED_BY_TAG]: clusterName,
    [CLUSTER_UID_TAG]: clusterUid,
    [MACHINE_NAME_TAG]: order.machineName,
    [MACHINE_UID_TAG]: order.machineUid,
  };
}

/** The answer, or that the order was sent before with other offerings. */
function sendFleet(model: CloudModel, request: FleetRequest): FleetAnswer | 'sent-before' {
  try {
    return createFleet(model, request);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'IdempotentParameterMismatch') return 'sent-before';
    throw error;
  }
}

function instanceOfMachine(model: CloudModel, { machineUid }: LaunchOrder): Instance | undefined {
  return describeInstances(model, { filters: [{ name: `tag:${MACHINE_UID_TAG}`, values: [machineUid] }] })[0];
}

function nothingLaunched(order: LaunchOrder, { errors }: FleetAnswer): OperationError {
  const said = [...new Set(errors.map(({ code, message }) => `${code}: ${message}`))].sort().join('; ');
  if (errors.some(({ message }) => /IAM Instance Profile/.test(message))) {
    return new OperationError('instance-profile-not-found', 'never', said);
  }
  const isShortage = errors.every(({ code }) => CAPACITY_CODES.has(code));
  const [code, retry] = isShortage
    ? (['no-capacity', 'other-offering'] as const)
    : (['unexpected', 'backoff'] as const);
  return new OperationError(code, retry, `${order.machineName}: ${said}`);
}
