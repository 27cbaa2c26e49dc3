import { nodeTemplateHash } from '../api/hash.ts';
import { isRestrictedNodeLabel } from '../api/label-rules.ts';
import type { Machine } from '../api/machine.gen.ts';
import {
  CAPACITY_TYPE_LABEL,
  INSTANCE_TYPE_LABEL,
  NODE_TEMPLATE_HASH_ANNOTATION,
  PROVISIONER_NAME_LABEL,
  ZONE_LABEL,
} from '../api/names.ts';
import type { InstanceType } from '../core/instance-type.ts';
import { singleLabels } from '../core/requirements.ts';
import { formatResources, withoutZeros } from '../core/resources.ts';
import { chooseLaunch } from '../core/scheduling/launch-choice.ts';
import type { CloudInstance, LaunchOrder, NodeTemplate } from '../ports/cloud.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { KnownMachine } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import { deleteMachine } from './machine-deletion.ts';
import { stateMachine } from './machine-status.ts';
import type { StepResult } from './machine-step.ts';
import { machineTemplateOf } from './machine-template.ts';
import { statePause } from './pause.ts';
import type { ReasonCode } from './report.ts';
import { machineAndProvisioner, machineSubject } from './subjects.ts';

/** How long a Machine stays whose launch was refused for good (ms). */
const REFUSED_MS = 60_000;

/**
 * Makes sure that the Machine has its instance. The Machine is written before anything is bought; the order carries its UID as
 * client token, so repeating it after a crash buys nothing new. A Machine whose offerings are out of stock is given up: its pods
 * are planned for anew, without those offerings.
 */
export async function launchMachine(context: LoopContext, name: string): Promise<StepResult> {
  const record = context.state.machines.get(name);
  if (record === undefined) return {};
  const { machine, object } = record;
  if (machine.conditions.get('MachineLaunched')?.status === 'True') return 'done';
  if (!(await mayLaunch(context, object))) return {};
  if (context.settings().launchesPaused) {
    await statePause(context, machine);
    return {};
  }

  const template = machineTemplateOf(context, object);
  if (template === undefined) {
    return failed(context, machine, `AWSNodeTemplate "${object.spec?.machineTemplateRef?.name}" does not exist`);
  }
  try {
    const instanceTypes = await context.cloud.instanceTypes(template, object.spec?.kubelet ?? {});
    const choice = chooseLaunch(instanceTypes, machine.requirements, machine.requests);
    if (choice === undefined) {
      await giveUp(context, record.object, 'all requested instance types were unavailable during launch');
      return {};
    }
    const instance = await context.cloud.launch({ ...orderOf(machine, object, template), ...choice });
    const type = instanceTypes.find((each) => each.name === instance.instanceType);
    await recordLaunch(context, machine, instance, type, template);
    return 'done';
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    if (error.code === 'no-capacity') {
      await giveUp(context, record.object, error.message);
      return {};
    }
    if (error.code === 'not-leader' || error.retry === 'refresh') throw error;
    await failed(context, machine, error.message, failureCodeOf(error));
    if (error.retry === 'never') return endRefused(context, record.object, machine);
    throw error;
  }
}

/** Nothing is bought for a Machine that is gone, on its way out, or whose Provisioner is: asked of the API, not of our memory. */
async function mayLaunch(context: LoopContext, object: Machine): Promise<boolean> {
  const { name, uid } = object.metadata;
  const live = await context.kube.get({ kind: 'Machine', name });
  if (live === undefined || live.metadata.uid !== uid) {
    context.state.forgetMachine(name);
    return false;
  }
  context.state.applyAnswer('Machine', live);
  if (live.metadata.deletionTimestamp !== undefined) return false;
  const provisionerName = context.state.machines.get(name)?.machine.provisionerName ?? '';
  const provisioner = context.state.provisioners.get(provisionerName)?.object;
  if (provisioner !== undefined && provisioner.metadata.deletionTimestamp === undefined) return true;
  await deleteMachine(context, object);
  return false;
}

function orderOf(
  machine: KnownMachine,
  object: Machine,
  template: NodeTemplate,
): Omit<LaunchOrder, 'capacityType' | 'offerings'> {
  return {
    machineName: machine.name,
    machineUid: machine.uid,
    provisionerName: machine.provisionerName,
    template,
    kubelet: object.spec?.kubelet ?? {},
    labels: { ...singleLabels(machine.requirements, isRestrictedNodeLabel), ...machine.labels },
    taints: machine.taints,
    startupTaints: machine.startupTaints,
  };
}

/** Labels and annotations first: a Machine that says Launched has them. */
async function recordLaunch(
  context: LoopContext,
  machine: KnownMachine,
  instance: CloudInstance,
  type: InstanceType | undefined,
  template: NodeTemplate,
): Promise<void> {
  const { name } = machine;
  context.shortagePace.launched(name);
  await context.kube.patch(
    { kind: 'Machine', name },
    {
      metadata: {
        labels: {
          ...labelsOfType(type),
          ...singleLabels(machine.requirements, isRestrictedNodeLabel),
          ...machine.labels,
          [INSTANCE_TYPE_LABEL]: instance.instanceType,
          [ZONE_LABEL]: instance.zone,
          [CAPACITY_TYPE_LABEL]: instance.capacityType,
        },
        annotations: { [NODE_TEMPLATE_HASH_ANNOTATION]: nodeTemplateHash(template.spec) },
      },
    },
  );
  const amounts = {
    capacity: formatResources(withoutZeros(type?.capacity ?? {})),
    allocatable: formatResources(withoutZeros(type?.allocatable ?? {})),
  };
  await stateMachine(
    context,
    name,
    [
      { type: 'MachineLaunched', status: 'True', reason: 'Launched' },
      { type: 'MachineRegistered', status: 'Unknown', reason: 'NodeNotFound', message: 'waiting for the node to join' },
    ],
    { providerID: instance.providerId, ...amounts },
  );
  const price = type?.offerings.find(
    (each) => each.zone === instance.zone && each.capacityType === instance.capacityType,
  )?.priceNanoUsdPerHour;
  context.reporter.report('machine.lifecycle', {
    code: 'Launched',
    message: `launched ${instance.instanceType} (${instance.capacityType}) in ${instance.zone}`,
    about: [{ kind: 'Machine', metadata: { name, uid: machine.uid } }],
    fields: {
      machine: name,
      provisioner: machine.provisionerName,
      'provider-id': instance.providerId,
      'instance-type': instance.instanceType,
      zone: instance.zone,
      'capacity-type': instance.capacityType,
      ...(price === undefined ? {} : { 'price-usd-per-hour': price / 1e9 }),
    },
    labels: { provisioner: machine.provisionerName },
  });
}

/** The labels that every node of the type carries: its requirements of one value. */
function labelsOfType(type: InstanceType | undefined): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, { complement, values }] of type?.requirements ?? []) {
    const [only] = values;
    if (!complement && values.size === 1 && only !== undefined) labels[key] = only;
  }
  return labels;
}

async function giveUp(context: LoopContext, object: Machine, message: string): Promise<void> {
  const { name, uid } = object.metadata;
  context.shortagePace.gaveUp(name, context.clock.nowMs());
  context.reporter.report('machine.lifecycle', {
    code: 'InsufficientCapacityError',
    message,
    about: [{ kind: 'Machine', metadata: object.metadata }],
    fields: { machine: name, uid },
    labels: {
      reason: 'insufficient_capacity',
      provisioner: object.metadata.labels?.[PROVISIONER_NAME_LABEL] ?? '',
    },
  });
  await deleteMachine(context, object);
}

/**
 * EC2 repeats its answer to a client token: a Machine that was refused can only be replaced by another. It stays long enough for its
 * condition to be read, and for the refusals to come once a minute, not as fast as pods are planned for.
 */
async function endRefused(context: LoopContext, object: Machine, machine: KnownMachine): Promise<StepResult> {
  const leftMs = machine.createdAtMs + REFUSED_MS - context.clock.nowMs();
  if (leftMs > 0) return { afterMs: leftMs };
  await deleteMachine(context, object);
  return {};
}

type FailureCode = Extract<ReasonCode, 'LaunchFailed' | 'InstanceProfileNotFound'>;

function failureCodeOf({ code }: OperationError): FailureCode {
  return code === 'instance-profile-not-found' ? 'InstanceProfileNotFound' : 'LaunchFailed';
}

/** States the failure; liveness ends a Machine that never gets over it. */
async function failed(
  context: LoopContext,
  machine: KnownMachine,
  message: string,
  code: FailureCode = 'LaunchFailed',
): Promise<StepResult> {
  await stateMachine(context, machine.name, [
    { type: 'MachineLaunched', status: 'False', reason: code, message },
    { type: 'MachineRegistered', status: 'Unknown', reason: 'NotLaunched' },
  ]);
  context.reporter.report('machine.lifecycle', {
    code,
    message,
    // Without a profile no Machine of this Provisioner can be launched; other failures are this Machine's own.
    about: code === 'LaunchFailed' ? [machineSubject(machine)] : machineAndProvisioner(context, machine),
    fields: { machine: machine.name, provisioner: machine.provisionerName },
  });
  return { afterMs: 10_000 };
}
