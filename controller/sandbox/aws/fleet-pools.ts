import type { CapacityType } from '../../src/core/instance-type.ts';
import { AwsError } from './aws-error.ts';
import type { Hardware } from './catalogue.ts';
import { isOfferedIn } from './catalogue.ts';
import type { CloudModel } from './cloud-model.ts';
import type { FleetError, FleetOverride, Image, Instance, LaunchTemplateData, Subnet } from './cloud-state.ts';
import type { FleetConfig, FleetRequest } from './fleet.ts';
import { requireLaunchableProfile } from './iam/profiles-seen-by-ec2.ts';
import { requireSpotRole } from './iam/service-linked-roles.ts';
import { requireImage } from './images.ts';
import { launchTemplateVersion, requireLaunchTemplate } from './launch-templates.ts';
import { priceNanoUsdPerHour } from './prices.ts';
import { requireSecurityGroup } from './security-groups.ts';
import { freeAddressCount, requireSubnet } from './subnets.ts';

/** One pool that the fleet may draw from: where it leads, or why not. */
export interface Pool {
  readonly override: FleetOverride;
  readonly launchTemplate: Instance['launchTemplate'];
  readonly data: LaunchTemplateData;
  /** Undefined where the pool can have no price. */
  readonly price: number | undefined;
}

/** A pool that an instance can be launched from now. */
export interface OpenPool extends Pool {
  readonly price: number;
  readonly image: Image;
  readonly subnet: Subnet;
}

/** Every pool of a configuration, in the request's order. An override without a zone's subnet is no pool: EC2 has a default VPC, we have none. */
export function poolsOf(
  model: CloudModel,
  { capacityType }: FleetRequest,
  { launchTemplate: ref, overrides }: FleetConfig,
): readonly Pool[] {
  const template = requireLaunchTemplate(model, ref);
  const { number: version, data } = launchTemplateVersion(template, ref.version);
  const launchTemplate = { id: template.id, name: template.name, version };
  return overrides.map(({ instanceType = '', subnetId = '', zone, imageId, priority }) => {
    const subnetZone = model.state.subnets.find((subnet) => subnet.id === subnetId)?.zone;
    const override: FleetOverride = {
      instanceType,
      subnetId,
      zone: zone ?? subnetZone ?? '',
      ...(imageId === undefined ? {} : { imageId }),
      ...(priority === undefined ? {} : { priority }),
    };
    const hardware = model.catalogue.types.get(instanceType);
    const price = hardware === undefined ? undefined : priceNanoUsdPerHour(hardware, override.zone, capacityType);
    return { override, launchTemplate, data, price };
  });
}

/** The best pool that is open now, and the errors of those that would have come before it. */
export function choosePool(
  model: CloudModel,
  request: FleetRequest,
  pools: readonly Pool[],
): { chosen: OpenPool | undefined; refused: readonly FleetError[] } {
  const isPrioritized = request.allocationStrategy?.endsWith('prioritized') ?? false;
  const rank = ({ price, override }: Pool): number =>
    isPrioritized ? (override.priority ?? pools.length) : (price ?? Number.POSITIVE_INFINITY);
  const ranked = pools
    .map((pool, order) => ({ pool, order, rank: rank(pool) }))
    .sort((a, b) => (a.rank === b.rank ? a.order - b.order : a.rank < b.rank ? -1 : 1));
  const refused: FleetError[] = [];
  for (const { pool } of ranked) {
    try {
      return { chosen: openPool(model, request.capacityType, pool), refused };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      refused.push({
        code: error.code,
        message: error.message,
        capacityType: request.capacityType,
        launchTemplate: pool.launchTemplate,
        override: pool.override,
      });
    }
  }
  return { chosen: undefined, refused };
}

/** The pool with all that a launch needs, or the AwsError that RunInstances would give for it. */
function openPool(model: CloudModel, capacityType: CapacityType, pool: Pool): OpenPool {
  const { override, data, price } = pool;
  const hardware = requireHardware(model, override.instanceType);
  const subnet = requireSubnet(model, override.subnetId);
  if (override.zone !== subnet.zone) {
    throw new AwsError(
      'InvalidParameterValue',
      `The subnet '${subnet.id}' is in ${subnet.zone}, not in ${override.zone}`,
    );
  }
  if (!isOfferedIn(hardware, subnet.zone) || price === undefined) {
    throw new AwsError(
      'InvalidFleetConfiguration',
      `Your requested instance type (${hardware.name}) is not supported in your requested Availability Zone (${subnet.zone}).`,
    );
  }
  data.securityGroupIds.forEach((id) => requireSecurityGroup(model, id));
  if (data.instanceProfile !== undefined) requireLaunchableProfile(model, data.instanceProfile);
  if (capacityType === 'spot') requireSpotRole(model);
  const image = requireMatchingImage(model, override.imageId ?? data.imageId, hardware);
  if (freeAddressCount(subnet) < 1) {
    throw new AwsError(
      'InsufficientFreeAddressesInSubnet',
      `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
    );
  }
  checkQuota(model, hardware);
  if (isSoldOut(model, hardware.name, subnet.zone, capacityType))
    throw soldOut(hardware.name, subnet.zone, capacityType);
  return { ...pool, price, image, subnet };
}

function requireHardware(model: CloudModel, instanceType: string): Hardware {
  const hardware = model.catalogue.types.get(instanceType);
  if (hardware === undefined)
    throw new AwsError('InvalidParameterValue', `Invalid value '${instanceType}' for InstanceType.`);
  return hardware;
}

function requireMatchingImage(model: CloudModel, imageId: string | undefined, hardware: Hardware): Image {
  if (imageId === undefined) throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  const image = requireImage(model, imageId);
  if (image.arch === hardware.arch) return image;
  throw new AwsError(
    'InvalidParameterValue',
    `The architecture of the instance type ${hardware.name} (${hardware.arch}) does not match that of the image ${image.id} (${image.arch}).`,
  );
}

function checkQuota(model: CloudModel, { vcpus }: Hardware): void {
  const isAlive = ({ state }: Instance): boolean => state === 'pending' || state === 'running';
  const used = Object.values(model.state.instances)
    .filter(isAlive)
    .reduce((sum, { instanceType }) => sum + (model.catalogue.types.get(instanceType)?.vcpus ?? 0), 0);
  if (used + vcpus > model.vcpuQuota) {
    throw new AwsError(
      'VcpuLimitExceeded',
      `You have requested more vCPU capacity than your current vCPU limit of ${model.vcpuQuota} allows.`,
    );
  }
}

/** Whether a fault takes this offering off the market; `*` stands for any part. */
function isSoldOut({ faults }: CloudModel, instanceType: string, zone: string, capacityType: CapacityType): boolean {
  const offering = [instanceType, zone, capacityType];
  return faults.noCapacity.some((pattern) => {
    const parts = pattern.split('/');
    return offering.every((part, index) => parts[index] === '*' || parts[index] === part);
  });
}

function soldOut(instanceType: string, zone: string, capacityType: CapacityType): AwsError {
  const message =
    capacityType === 'spot'
      ? 'There is no Spot capacity available that matches your request.'
      : `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${zone}).`;
  return new AwsError('InsufficientInstanceCapacity', message);
}
