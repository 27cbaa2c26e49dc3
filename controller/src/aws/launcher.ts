import { CreateFleetCommand, type CreateFleetResult, type EC2Client } from '@aws-sdk/client-ec2';
import type { Settings } from '../config.ts';
import type { Clock } from '../ports/clock.ts';
import type { CloudInstance, LaunchOrder } from '../ports/cloud.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import {
  CAPACITY_CODES,
  isLaunchTemplateMissing,
  isProfileMissing,
  isTokenMismatch,
  launchRefused,
  launchUnconfirmed,
  noCapacity,
  profileNotFound,
  templateUnresolved,
  toOperationError,
} from './errors.ts';
import {
  type FleetConfig,
  type FleetFailure,
  failuresText,
  fleetRequest,
  isShortage,
  readFleetAnswer,
} from './fleet.ts';
import { machineTags, type TagSources } from './instance-tags.ts';
import type { InstanceTypeCatalogue } from './instance-type-facts.ts';
import { type Instances, providerIdOf } from './instances.ts';
import { type LaunchGroup, launchGroups } from './launch-groups.ts';
import { launchTemplateRequest } from './launch-template-data.ts';
import type { LaunchTemplates } from './launch-templates.ts';
import { type ClusterFacts, nodeBootOf } from './node-boot.ts';
import type { TemplateFacts, Templates } from './template-resolution.ts';
import type { UnavailableOfferings } from './unavailable-offerings.ts';
import { userDataBase64 } from './user-data.ts';

/** What launching stands on. */
export interface LauncherParts {
  readonly ec2: EC2Client;
  readonly region: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly telemetry: Pick<Telemetry, 'log'>;
  readonly settings: () => Settings;
  readonly clusterFacts: () => ClusterFacts;
  readonly catalogue: () => Promise<InstanceTypeCatalogue>;
  readonly templates: Templates;
  readonly launchTemplates: LaunchTemplates;
  readonly instances: Pick<Instances, 'ofMachine'>;
  readonly unavailable: UnavailableOfferings;
}

/** Fills one order: see `CloudPort.launch`. */
export async function launch(order: LaunchOrder, parts: LauncherParts): Promise<CloudInstance> {
  const [template, catalogue] = await Promise.all([parts.templates.resolve(order.template), parts.catalogue()]);
  const { region, unavailable } = parts;
  const groups = launchGroups(order, { region, settings: parts.settings(), template, catalogue, unavailable });
  // A repeat of a launch that went through while its answer was lost may find everything sold out by now.
  if (groups.length === 0)
    return (await parts.instances.ofMachine(order.machineUid)) ?? refuseEmptyOrder(order, template);
  const giveBack = takeAddresses(groups, parts.templates);
  let usedSubnetId: string | undefined;
  try {
    const answer = await createFleet(order, template, groups, parts);
    if (answer === 'sent-before') return await instanceOf(order, parts.instances);
    const zoneBySubnet = new Map(template.subnets.map(({ id, zone }) => [id, zone]));
    const { launched, failures } = readFleetAnswer(answer, order, zoneBySubnet);
    markShortages(failures, order, parts);
    if (launched === undefined) throw refusal(order, template, failures);
    const override = overridesOf(groups).find(
      ({ instanceType, zone }) => instanceType === launched.instanceType && zone === launched.zone,
    );
    usedSubnetId = override?.subnetId;
    const group = groups.find(({ overrides }) =>
      overrides.some(({ instanceType }) => instanceType === launched.instanceType),
    );
    return {
      id: launched.instanceId,
      providerId: providerIdOf(launched.zone, launched.instanceId),
      instanceType: launched.instanceType,
      zone: launched.zone,
      capacityType: launched.capacityType,
      imageId: group?.imageId ?? '',
      state: 'pending',
      launchedAtMs: parts.clock.nowMs(),
      machineName: order.machineName,
      machineUid: order.machineUid,
      provisionerName: order.provisionerName,
    };
  } finally {
    giveBack(usedSubnetId);
  }
}

function refuseEmptyOrder(order: LaunchOrder, template: TemplateFacts): never {
  const { source } = order.template;
  if (template.subnets.some(({ zone }) => order.offerings.some((offering) => offering.zone === zone))) {
    throw noCapacity(
      `${order.machineName}: every ${order.capacityType} offering of the order was refused within the last minutes`,
    );
  }
  throw templateUnresolved(`${source}: no subnet lies in a zone of the order`);
}

/** The answer to CreateFleet, or that this Machine's request was sent before with other parameters. */
async function createFleet(
  order: LaunchOrder,
  template: TemplateFacts,
  groups: readonly LaunchGroup[],
  parts: LauncherParts,
): Promise<CreateFleetResult | 'sent-before'> {
  const tags = machineTags(tagSources(order, parts), { name: order.machineName, uid: order.machineUid });
  const send = async (configs: readonly FleetConfig[]): Promise<CreateFleetResult> =>
    parts.ec2.send(new CreateFleetCommand(fleetRequest(order, configs, tags)));
  const configs = await fleetConfigs(order, template, groups, parts);
  try {
    return await send(configs).catch(async (error: unknown) => {
      if (!isLaunchTemplateMissing(error)) throw error;
      // Somebody deleted one of ours after we last saw it: make them again, once.
      for (const { launchTemplateName } of configs) parts.launchTemplates.forget(launchTemplateName);
      return send(await fleetConfigs(order, template, groups, parts));
    });
  } catch (error) {
    if (isTokenMismatch(error)) return 'sent-before';
    throw toOperationError(error, 'CreateFleet');
  }
}

async function fleetConfigs(
  order: LaunchOrder,
  template: TemplateFacts,
  groups: readonly LaunchGroup[],
  parts: LauncherParts,
): Promise<readonly FleetConfig[]> {
  return Promise.all(
    groups.map(async (group) => ({
      launchTemplateName: await launchTemplateFor(order, template, group, parts),
      overrides: group.overrides,
    })),
  );
}

async function launchTemplateFor(
  order: LaunchOrder,
  template: TemplateFacts,
  { imageId, podsMax }: LaunchGroup,
  parts: LauncherParts,
): Promise<string> {
  if (template.ownLaunchTemplate !== undefined) return template.ownLaunchTemplate;
  const boot = nodeBootOf(order, podsMax, parts.clusterFacts());
  return parts.launchTemplates.ensure(
    launchTemplateRequest({
      spec: order.template.spec,
      family: template.family,
      imageId: imageId ?? '',
      instanceProfile: template.instanceProfile,
      securityGroupIds: template.securityGroups.map(({ id }) => id),
      isPrivate: template.subnets.every(({ givesPublicAddresses }) => !givesPublicAddresses),
      isIpv6: boot.kubelet.clusterDNS?.[0]?.includes(':') ?? false,
      userDataBase64: userDataBase64(template.family, boot),
      tags: tagSources(order, parts),
    }),
  );
}

function tagSources(order: LaunchOrder, parts: LauncherParts): TagSources {
  const { clusterName, clusterUid } = parts.clusterFacts();
  return {
    clusterName,
    clusterUid,
    provisionerName: order.provisionerName,
    settingTags: parts.settings().tags,
    templateTags: order.template.spec.tags ?? {},
  };
}

async function instanceOf(order: LaunchOrder, instances: LauncherParts['instances']): Promise<CloudInstance> {
  const instance = await instances.ofMachine(order.machineUid);
  if (instance !== undefined) return instance;
  throw launchUnconfirmed(
    `${order.machineName}: its launch was requested before, and EC2 does not show the instance yet`,
  );
}

function markShortages(
  failures: readonly FleetFailure[],
  order: LaunchOrder,
  { unavailable, telemetry }: LauncherParts,
): void {
  for (const { code, message, instanceType, zone } of failures) {
    if (!CAPACITY_CODES.has(code) || instanceType === undefined || zone === undefined) continue;
    unavailable.mark(instanceType, zone, order.capacityType);
    const offering = { 'instance-type': instanceType, zone, 'capacity-type': order.capacityType };
    telemetry.log('debug', 'aws.launch', 'offering has no capacity', { ...offering, code, error: message });
  }
}

function refusal(order: LaunchOrder, template: TemplateFacts, failures: readonly FleetFailure[]): Error {
  const lost = failures.find(({ code, message }) => isProfileMissing(code, message));
  if (lost !== undefined) return profileRefused(template, lost);
  const message = `CreateFleet for ${order.machineName}: ${failuresText(failures) || 'EC2 launched nothing and gave no reason'}`;
  if (isShortage(failures)) return noCapacity(message);
  const other = failures.find(({ code }) => !CAPACITY_CODES.has(code));
  return launchRefused(other?.code ?? 'unknown', message);
}

/** Without the Machine's name: the same is told of its Provisioner, for all of its Machines. */
function profileRefused({ instanceProfile, ownLaunchTemplate }: TemplateFacts, { code, message }: FleetFailure): Error {
  const profile =
    ownLaunchTemplate === undefined
      ? `instance profile "${instanceProfile}"`
      : `the instance profile of launch template "${ownLaunchTemplate}"`;
  return profileNotFound(`${profile} does not exist, holds no role, or is not known to EC2 yet (${code}: ${message})`);
}

function overridesOf(groups: readonly LaunchGroup[]): LaunchGroup['overrides'] {
  return groups.flatMap(({ overrides }) => overrides);
}

/** Takes a node's addresses from every subnet that may be used; the answer gives them back to all but the used one. */
function takeAddresses(
  groups: readonly LaunchGroup[],
  templates: Templates,
): (usedSubnetId: string | undefined) => void {
  const addresses = Math.min(...groups.map(({ podsMax }) => podsMax));
  const subnetIds = new Set(overridesOf(groups).map(({ subnetId }) => subnetId));
  for (const id of subnetIds) templates.takeAddresses(id, addresses);
  return (usedSubnetId) => {
    for (const id of subnetIds) if (id !== usedSubnetId) templates.takeAddresses(id, -addresses);
  };
}
