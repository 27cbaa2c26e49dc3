import type {
  CreateFleetError,
  CreateFleetInstance,
  CreateFleetRequest,
  CreateFleetResult,
  FleetLaunchTemplateConfigRequest,
} from '@aws-sdk/client-ec2';
import type { CapacityType } from '../core/instance-type.ts';
import type { LaunchOrder } from '../ports/cloud.ts';
import { CAPACITY_CODES } from './errors.ts';
import { ec2Tags, type Tags } from './instance-tags.ts';

/** One way to fill an order. */
export interface FleetOverride {
  readonly instanceType: string;
  readonly zone: string;
  readonly subnetId: string;
}

/** A launch template and the overrides that may use it. */
export interface FleetConfig {
  readonly launchTemplateName: string;
  readonly overrides: readonly FleetOverride[];
}

/** EC2 refuses an instant fleet with more, over all of its configs. */
export const FLEET_OVERRIDES_MAX = 300;
/** EC2 refuses a fleet with more. */
export const FLEET_CONFIGS_MAX = 50;

/** The request for exactly one instance, synchronously. Pure; its client token is the Machine's UID. */
export function fleetRequest(order: LaunchOrder, configs: readonly FleetConfig[], tags: Tags): CreateFleetRequest {
  const context = order.template.spec.context;
  return {
    Type: 'instant',
    ClientToken: order.machineUid,
    ...(context === undefined ? {} : { Context: context }),
    TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: order.capacityType },
    ...(order.capacityType === 'spot'
      ? { SpotOptions: { AllocationStrategy: 'price-capacity-optimized' } }
      : { OnDemandOptions: { AllocationStrategy: 'lowest-price' } }),
    LaunchTemplateConfigs: configs.map(fleetConfigRequest),
    TagSpecifications: (['instance', 'volume', 'fleet'] as const).map((ResourceType) => ({
      ResourceType,
      Tags: ec2Tags(tags),
    })),
  };
}

function fleetConfigRequest({ launchTemplateName, overrides }: FleetConfig): FleetLaunchTemplateConfigRequest {
  return {
    LaunchTemplateSpecification: { LaunchTemplateName: launchTemplateName, Version: '$Latest' },
    Overrides: overrides.map(({ instanceType, zone, subnetId }) => ({
      InstanceType: instanceType as CreateFleetInstance['InstanceType'],
      SubnetId: subnetId,
      AvailabilityZone: zone,
    })),
  };
}

/** The offering that an error speaks of, as far as EC2 says it. */
export interface FleetFailure {
  readonly code: string;
  readonly message: string;
  readonly instanceType: string | undefined;
  readonly zone: string | undefined;
}

/** What a fleet's answer means. Failures beside a success are offerings that were tried before it. */
export interface FleetOutcome {
  readonly launched:
    | {
        readonly instanceId: string;
        readonly instanceType: string;
        readonly zone: string;
        readonly capacityType: CapacityType;
      }
    | undefined;
  readonly failures: readonly FleetFailure[];
}

/** Reads an answer; zones that it leaves out are those of its subnets. */
export function readFleetAnswer(
  answer: CreateFleetResult,
  order: LaunchOrder,
  zoneBySubnet: ReadonlyMap<string, string>,
): FleetOutcome {
  const instance = answer.Instances?.find(({ InstanceIds }) => (InstanceIds ?? []).length > 0);
  const [instanceId] = instance?.InstanceIds ?? [];
  return {
    launched:
      instance === undefined || instanceId === undefined
        ? undefined
        : {
            instanceId,
            instanceType: instance.InstanceType ?? instance.LaunchTemplateAndOverrides?.Overrides?.InstanceType ?? '',
            zone: zoneOf(instance, zoneBySubnet) ?? '',
            capacityType:
              instance.Lifecycle === 'spot' || instance.Lifecycle === 'on-demand'
                ? instance.Lifecycle
                : order.capacityType,
          },
    failures: (answer.Errors ?? []).map((error) => ({
      code: error.ErrorCode ?? 'unknown',
      message: error.ErrorMessage ?? '',
      instanceType: error.LaunchTemplateAndOverrides?.Overrides?.InstanceType,
      zone: zoneOf(error, zoneBySubnet),
    })),
  };
}

function zoneOf(
  entry: CreateFleetInstance | CreateFleetError,
  zoneBySubnet: ReadonlyMap<string, string>,
): string | undefined {
  const overrides = entry.LaunchTemplateAndOverrides?.Overrides;
  const direct = 'AvailabilityZone' in entry ? entry.AvailabilityZone : undefined;
  return direct ?? overrides?.AvailabilityZone ?? zoneBySubnet.get(overrides?.SubnetId ?? '');
}

/** True when a shortage is all that was wrong. */
export function isShortage(failures: readonly FleetFailure[]): boolean {
  return failures.length > 0 && failures.every(({ code }) => CAPACITY_CODES.has(code));
}

/** The failures in words, each code once, in the order they came. */
export function failuresText(failures: readonly FleetFailure[]): string {
  const byCode = new Map<string, string>();
  for (const { code, message } of failures) if (!byCode.has(code)) byCode.set(code, message);
  return [...byCode].map(([code, message]) => `${code}: ${message}`).join('; ');
}
