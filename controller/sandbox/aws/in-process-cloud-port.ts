import {
  CLUSTER_UID_TAG,
  clusterTag,
  MACHINE_NAME_TAG,
  MACHINE_UID_TAG,
  PROVISIONER_NAME_LABEL,
} from '../../src/api/names.ts';
import type { KubeletConfiguration } from '../../src/api/provisioner.gen.ts';
import type { InstanceType } from '../../src/core/instance-type.ts';
import type { CloudInstance, CloudPort, NodeTemplate } from '../../src/ports/cloud.ts';
import { type OperationCode, OperationError, type Retry } from '../../src/ports/operation-error.ts';
import type { Timers } from '../timers.ts';
import { passGate } from './action-gate.ts';
import { AwsError } from './aws-error.ts';
import { providerId } from './booting-instance.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Instance } from './cloud-state.ts';
import { launchInProcess } from './in-process-launch.ts';
import { nodeAccessInProcess } from './in-process-node-access.ts';
import { describeInstances, terminateInstances } from './instances.ts';
import { dropAbsent } from './kubelet-flags.ts';
import { offeredInstanceType } from './offered-instance-type.ts';
import { podVolumeBytes } from './order-launch-template.ts';
import { createSoldOutMemory } from './sold-out-memory.ts';
import { imageChoice, resolveTemplate } from './template-resolution.ts';

/** A call takes between one and the sum of both, half of it on the way there, half on the way back. */
const CALL_MS_MIN = 4;
const CALL_JITTER_MS = 40;

/** Lists of instance types kept: a few Provisioners' worth. All are dropped beyond, because old stock never comes back. */
const TYPE_LISTS_MAX = 32;

export interface InProcessCloudPortOptions {
  readonly model: CloudModel;
  readonly timers: Timers;
  /** UID of the kube-system namespace: marks what this cluster owns. */
  readonly clusterUid: string;
}

/**
 * `CloudPort` straight on the model, for scenarios on virtual time: no HTTP, no SDK, the same semantics. Every call takes a
 * few seeded milliseconds on either side of its effect, so that a crash can fall between the effect and its answer.
 */
export function createInProcessCloudPort({ model, timers, clusterUid }: InProcessCloudPortOptions): CloudPort {
  const soldOut = createSoldOutMemory(timers);
  const call = createCaller(model, timers);
  const typesByQuestion = new Map<string, readonly InstanceType[]>();

  const instanceTypesOf = (template: NodeTemplate, kubelet: KubeletConfiguration): readonly InstanceType[] => {
    const { subnets, images } = resolveTemplate(model, template);
    const zones = [...new Set(subnets.map(({ zone }) => zone))].sort();
    const volumeBytes = podVolumeBytes(template);
    const key = JSON.stringify([zones, images, kubelet, volumeBytes, soldOut.key()]);
    const known = typesByQuestion.get(key);
    if (known !== undefined) return known;
    const imageOf = imageChoice(model, template);
    const types = [...model.catalogue.types.values()].flatMap((hardware) => {
      const isInStock = (...offering: string[]): boolean => !soldOut.has(offering.join('/'));
      const context = { region: model.state.region, zones, kubelet, volumeBytes, isInStock };
      const type = imageOf(hardware) ? offeredInstanceType(hardware, context) : undefined;
      return type === undefined ? [] : [type];
    });
    if (typesByQuestion.size >= TYPE_LISTS_MAX) typesByQuestion.clear();
    typesByQuestion.set(key, types);
    return types;
  };

  return {
    resolve: (template) => call('DescribeSubnets', () => resolveTemplate(model, template)),
    instanceTypes: (template, kubelet) => call('DescribeInstanceTypes', () => instanceTypesOf(template, kubelet)),
    launch: (order) => call('CreateFleet', () => toCloudInstance(launchInProcess(model, clusterUid, order, soldOut))),
    instances: () => call('DescribeInstances', () => ownInstances(model, clusterUid).map(toCloudInstance)),
    instance: (id) =>
      call('DescribeInstances', () => {
        const found = ifKnown(() => describeInstances(model, { ids: [id] })[0]);
        return found === undefined ? undefined : toCloudInstance(found);
      }),
    nodeAccess: (template) =>
      call('GetInstanceProfile', () => nodeAccessInProcess(model, resolveTemplate(model, template).instanceProfile)),
    terminate: (id) => call('TerminateInstances', () => void ifKnown(() => terminateInstances(model, [id]))),
  };
}

/** Runs effects between two seeded delays, behind the gate of faults, with AWS's errors translated. */
function createCaller(model: CloudModel, timers: Timers): <T>(action: string, effect: () => T) => Promise<T> {
  const never = new AbortController().signal;
  let callCount = 0;
  return async (action, effect) => {
    const halfMs = (CALL_MS_MIN + Math.floor(model.chance(`call ${callCount++}`) * CALL_JITTER_MS)) / 2;
    await timers.sleep(Math.ceil(halfMs), never);
    try {
      await passGate(model, action, never);
      return effect();
    } catch (error) {
      throw toOperationError(error);
    } finally {
      await timers.sleep(Math.ceil(halfMs), never);
    }
  };
}

const OPERATION_BY_CODE: Readonly<Record<string, readonly [OperationCode, Retry]>> = {
  RequestLimitExceeded: ['throttled', 'backoff'],
  'InvalidLaunchTemplateName.NotFoundException': ['not-found', 'backoff'],
};

function toOperationError(error: unknown): unknown {
  if (!(error instanceof AwsError)) return error;
  const [code, retry] = OPERATION_BY_CODE[error.code] ?? ['unexpected', 'backoff'];
  return new OperationError(code, retry, `${error.code}: ${error.message}`, { cause: error });
}

/** The result, or undefined when AWS does not know the id. */
function ifKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidInstanceID.')) return undefined;
    throw error;
  }
}

function ownInstances(model: CloudModel, clusterUid: string): readonly Instance[] {
  return describeInstances(model, {
    filters: [
      { name: `tag:${clusterTag(model.state.cluster.name)}`, values: ['owned'] },
      { name: `tag:${CLUSTER_UID_TAG}`, values: [clusterUid] },
      { name: 'instance-state-name', values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'] },
    ],
  });
}

function toCloudInstance(instance: Instance): CloudInstance {
  const { id, instanceType, zone, capacityType, imageId, state, launchedAtMs, tags } = instance;
  return {
    id,
    providerId: providerId(instance),
    instanceType,
    zone,
    capacityType,
    imageId,
    state,
    launchedAtMs,
    ...dropAbsent({
      machineName: tags[MACHINE_NAME_TAG],
      machineUid: tags[MACHINE_UID_TAG],
      provisionerName: tags[PROVISIONER_NAME_LABEL],
    }),
  };
}
