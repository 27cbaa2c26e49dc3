import { MACHINE_NAME_TAG, MACHINE_UID_TAG, PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import type { CapacityType } from '../../src/core/instance-type.ts';
import { AwsError } from './aws-error.ts';
import { bootingInstance } from './booting-instance.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Image, Instance, LaunchTemplateData, Subnet } from './cloud-state.ts';
import type { Filter } from './filters.ts';
import { filterTest } from './filters.ts';
import { dropAbsent } from './kubelet-flags.ts';
import { attachPrimaryInterface, releaseInterfacesOf } from './network-interfaces.ts';
import { leaseAddress } from './subnets.ts';

/** From CreateFleet's answer to `running`, and how much one instance may differ from another. */
const PENDING_MS = 1_000;
const PENDING_JITTER_MS = 400;
/** From TerminateInstances to `terminated`. Real ones take up to a minute; what matters is that it is not at once. */
const SHUTTING_DOWN_MS = 2_000;
/** EC2 shows terminated instances for about an hour; long enough here to be seen, short enough to be bounded. */
const TERMINATED_VISIBLE_MS = 10 * 60_000;

export interface LaunchSpec {
  readonly instanceType: string;
  readonly subnet: Subnet;
  readonly capacityType: CapacityType;
  readonly priceNanoUsdPerHour: number;
  readonly image: Image;
  readonly launchTemplate: Instance['launchTemplate'];
  readonly data: LaunchTemplateData;
  readonly clientToken: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Starts one instance: it is `pending` now, `running` about a second later, and stands in the ledger for ever. */
export function launchInstance(model: CloudModel, spec: LaunchSpec): Instance {
  const id = model.nextId('i-');
  const privateIp = leaseAddress(spec.subnet, id);
  const instance: Instance = {
    id,
    instanceType: spec.instanceType,
    zone: spec.subnet.zone,
    subnetId: spec.subnet.id,
    capacityType: spec.capacityType,
    imageId: spec.image.id,
    launchTemplate: spec.launchTemplate,
    launchedAtMs: model.timers.nowMs(),
    privateIp,
    privateDnsName: `ip-${privateIp.replaceAll('.', '-')}.ec2.internal`,
    clientToken: spec.clientToken,
    data: spec.data,
    state: 'pending',
    tags: { ...spec.tags },
  };
  model.state.instances[id] = instance;
  attachPrimaryInterface(model, instance);
  model.state.launches.push({
    instanceId: id,
    instanceType: spec.instanceType,
    zone: instance.zone,
    capacityType: spec.capacityType,
    priceNanoUsdPerHour: spec.priceNanoUsdPerHour,
    clientToken: spec.clientToken,
    launchedAtMs: instance.launchedAtMs,
    tags: { ...spec.tags },
    ...dropAbsent({
      machineName: spec.tags[MACHINE_NAME_TAG],
      machineUid: spec.tags[MACHINE_UID_TAG],
      provisionerName: spec.tags[PROVISIONER_NAME_LABEL],
    }),
  });
  const pendingMs = PENDING_MS + Math.floor(model.chance(`pending ${id}`) * PENDING_JITTER_MS);
  model.timers.after(pendingMs, () => enterRunning(model, instance));
  return instance;
}

function enterRunning(model: CloudModel, instance: Instance): void {
  if (instance.state !== 'pending') return;
  instance.state = 'running';
  model.announceRunning(bootingInstance(model, instance));
}

/**
 * Asks for the end of instances. All ids must exist, or nothing happens (InvalidInstanceID.NotFound); ending one twice
 * changes nothing. Returns the states before, in the order of `ids`.
 */
export function terminateInstances(
  model: CloudModel,
  ids: readonly string[],
): readonly { instance: Instance; previousState: Instance['state'] }[] {
  const doomed = ids.map((id) => requireInstance(model, id));
  return doomed.map((instance) => {
    const previousState = instance.state;
    if (previousState !== 'shutting-down' && previousState !== 'terminated') shutDown(model, instance);
    return { instance, previousState };
  });
}

function shutDown(model: CloudModel, instance: Instance): void {
  const wasRunning = instance.state === 'running';
  instance.state = 'shutting-down';
  const launch = model.state.launches.find((candidate) => candidate.instanceId === instance.id);
  if (launch !== undefined) launch.endedAtMs = model.timers.nowMs();
  // A machine that never ran has no kubelet that could stop.
  if (wasRunning) model.announceTerminating(instance.id);
  model.timers.after(SHUTTING_DOWN_MS, () => {
    instance.state = 'terminated';
    instance.terminatedAtMs = model.timers.nowMs();
    releaseInterfacesOf(model, instance.id);
  });
}

/** The instance, or a thrown InvalidInstanceID. */
export function requireInstance(model: CloudModel, id: string): Instance {
  if (!/^i-[0-9a-f]{8,17}$/.test(id)) throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
  forgetTerminated(model);
  const instance = model.state.instances[id];
  if (instance === undefined)
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  return instance;
}

/**
 * Instances that pass all filters, oldest first, terminated ones of the last minutes included. A launch shows only after
 * `describeLagMs`: until then asking for its id throws InvalidInstanceID.NotFound, as on the real, eventually consistent API.
 */
export function describeInstances(
  model: CloudModel,
  { ids = [], filters = [] }: { ids?: readonly string[]; filters?: readonly Filter[] },
): readonly Instance[] {
  const isVisible = (instance: Instance): boolean =>
    instance.launchedAtMs + model.faults.describeLagMs <= model.timers.nowMs();
  for (const id of ids) {
    if (!isVisible(requireInstance(model, id))) {
      throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    }
  }
  forgetTerminated(model);
  const passes = filterTest<Instance>(filters, (instance) => instance.tags, instanceField);
  const asked = ids.length === 0 ? Object.values(model.state.instances) : ids.map((id) => requireInstance(model, id));
  return asked.filter((instance) => isVisible(instance) && passes(instance));
}

function instanceField(instance: Instance, name: string): readonly string[] | undefined {
  switch (name) {
    case 'instance-id':
      return [instance.id];
    case 'instance-state-name':
      return [instance.state];
    case 'instance-type':
      return [instance.instanceType];
    case 'availability-zone':
      return [instance.zone];
    case 'subnet-id':
      return [instance.subnetId];
    case 'image-id':
      return [instance.imageId];
    case 'private-dns-name':
      return [instance.privateDnsName];
    case 'private-ip-address':
      return [instance.privateIp];
    case 'client-token':
      return [instance.clientToken];
    case 'instance-lifecycle':
      return instance.capacityType === 'spot' ? ['spot'] : [];
    default:
      return undefined;
  }
}

function forgetTerminated(model: CloudModel): void {
  const visibleSinceMs = model.timers.nowMs() - TERMINATED_VISIBLE_MS;
  for (const { id, terminatedAtMs } of Object.values(model.state.instances)) {
    if (terminatedAtMs !== undefined && terminatedAtMs < visibleSinceMs) delete model.state.instances[id];
  }
}
