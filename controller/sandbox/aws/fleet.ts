import { createHash } from 'node:crypto';
import type { CapacityType } from '../../src/core/instance-type.ts';
import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';
import type { FleetAnswer, FleetError, FleetInstance, TagSpecification } from './cloud-state.ts';
import { choosePool, type OpenPool, poolsOf } from './fleet-pools.ts';
import { launchInstance } from './instances.ts';
import type { LaunchTemplateRef } from './launch-templates.ts';
import { checkTags } from './tags.ts';

/** EC2's limits for fleets of type instant. */
const OVERRIDES_MAX = 300;
const TARGET_CAPACITY_MAX = 10_000;
/** EC2's limit on a client token. */
const CLIENT_TOKEN_CHARACTERS_MAX = 64;

export interface FleetRequest {
  /** Absent: a new fleet with each call. */
  readonly clientToken?: string;
  readonly capacityType: CapacityType;
  /** `…prioritized` strategies take the override with the lowest priority; all others the cheapest. */
  readonly allocationStrategy?: string;
  readonly totalTargetCapacity: number;
  readonly configs: readonly FleetConfig[];
  readonly tagSpecifications: readonly TagSpecification[];
}

export interface FleetConfig {
  readonly launchTemplate: LaunchTemplateRef & { readonly version?: string };
  readonly overrides: readonly RequestedOverride[];
}

/** What varies from one pool to the next. The zone, when given, must be the subnet's. */
export interface RequestedOverride {
  readonly instanceType?: string;
  readonly subnetId?: string;
  readonly zone?: string;
  readonly imageId?: string;
  readonly priority?: number;
}

/**
 * CreateFleet of type `instant`: launches at once what it can, cheapest pool first, and answers with instances and errors side by side.
 * The same client token with the same request gives the same answer and launches nothing; with another request it throws
 * IdempotentParameterMismatch. A launch template that does not exist throws; all other trouble is in the answer's errors.
 */
export function createFleet(model: CloudModel, request: FleetRequest): FleetAnswer {
  checkRequest(request);
  const { clientToken } = request;
  if (clientToken === undefined) return runFleet(model, request);
  const requestDigest = digest(request);
  const earlier = model.state.fleets[clientToken];
  if (earlier !== undefined) {
    if (earlier.requestDigest === requestDigest) return earlier.answer;
    throw new AwsError(
      'IdempotentParameterMismatch',
      `Arguments on this idempotent request are inconsistent with arguments used in previous request(s) with client token ${clientToken}.`,
    );
  }
  const answer = runFleet(model, request);
  model.state.fleets[clientToken] = { requestDigest, answer };
  return answer;
}

function checkRequest({ clientToken = '', totalTargetCapacity, configs, tagSpecifications }: FleetRequest): void {
  const overrideCount = configs.reduce((sum, config) => sum + config.overrides.length, 0);
  if (clientToken.length > CLIENT_TOKEN_CHARACTERS_MAX) {
    throw new AwsError('InvalidParameterValue', `Client token exceeds ${CLIENT_TOKEN_CHARACTERS_MAX} characters`);
  }
  if (configs.length === 0)
    throw new AwsError('MissingParameter', 'The request must contain the parameter LaunchTemplateConfigs');
  if (overrideCount > OVERRIDES_MAX) {
    throw new AwsError(
      'InvalidParameterValue',
      `The number of overrides ${overrideCount} exceeds the limit ${OVERRIDES_MAX}`,
    );
  }
  if (
    !Number.isSafeInteger(totalTargetCapacity) ||
    totalTargetCapacity < 1 ||
    totalTargetCapacity > TARGET_CAPACITY_MAX
  ) {
    throw new AwsError(
      'InvalidTargetCapacitySpecification',
      `TotalTargetCapacity must be between 1 and ${TARGET_CAPACITY_MAX}`,
    );
  }
  tagSpecifications.forEach(({ tags }) => checkTags(tags));
}

/** Equal for requests that say the same, whatever the order of their keys. */
function digest({ clientToken: _, ...rest }: FleetRequest): string {
  const sorted = (_key: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(rest, sorted)).digest('hex');
}

function runFleet(model: CloudModel, request: FleetRequest): FleetAnswer {
  const pools = request.configs.flatMap((config) => poolsOf(model, request, config));
  const fleetId = model.nextId('fleet-');
  const errors = new Map<string, FleetError>();
  const instances: FleetInstance[] = [];
  for (let n = 0; n < request.totalTargetCapacity; n++) {
    const { chosen, refused } = choosePool(model, request, pools);
    for (const error of refused) errors.set(`${error.code} ${JSON.stringify(error.override)}`, error);
    if (chosen === undefined) break;
    instances.push(launchFrom(model, request, chosen, fleetId));
  }
  return { fleetId, errors: [...errors.values()], instances };
}

function launchFrom(model: CloudModel, request: FleetRequest, pool: OpenPool, fleetId: string): FleetInstance {
  const forInstances = ({ resourceType }: TagSpecification): boolean => resourceType === 'instance';
  const specified = [...pool.data.tagSpecifications, ...request.tagSpecifications]
    .filter(forInstances)
    .map(({ tags }) => tags);
  const instance = launchInstance(model, {
    instanceType: pool.override.instanceType,
    subnet: pool.subnet,
    capacityType: request.capacityType,
    priceNanoUsdPerHour: pool.price,
    image: pool.image,
    launchTemplate: pool.launchTemplate,
    data: pool.data,
    clientToken: request.clientToken ?? '',
    tags: Object.assign(
      { 'aws:ec2:fleet-id': fleetId, 'aws:ec2launchtemplate:id': pool.launchTemplate.id },
      ...specified,
    ),
  });
  return {
    instanceIds: [instance.id],
    capacityType: request.capacityType,
    launchTemplate: pool.launchTemplate,
    override: pool.override,
  };
}
