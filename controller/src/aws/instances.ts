import {
  DescribeInstancesCommand,
  type EC2Client,
  type Filter,
  type Instance,
  paginateDescribeInstances,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CLUSTER_UID_TAG, clusterTag, MACHINE_NAME_TAG, MACHINE_UID_TAG } from '../api/names.ts';
import type { CloudInstance, InstanceState } from '../ports/cloud.ts';
import { collectPages } from './answer-pages.ts';
import { isNotFound, toOperationError } from './errors.ts';
import { PROVISIONER_TAG, tagValue } from './instance-tags.ts';

const STATES: readonly InstanceState[] = ['pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped'];
const LIVING_STATES = STATES.filter((state) => state !== 'terminated');

/** Instances as EC2 tells them. It may tell a new one late, and forgets terminated ones after an hour. */
export interface Instances {
  /** All of this cluster that are not terminated, by id. Complete, or it throws. */
  ofCluster(clusterName: string, clusterUid: string): Promise<readonly CloudInstance[]>;
  /** In any state; undefined when EC2 does not know it. */
  byId(id: string): Promise<CloudInstance | undefined>;
  /** The instance launched for a Machine: a living one if there is one, else the latest; undefined when none is to be seen. */
  ofMachine(machineUid: string): Promise<CloudInstance | undefined>;
  /** Asks for the end; done when it is gone. */
  terminate(id: string): Promise<void>;
}

/** Reads and ends instances by single calls. */
export function createInstances(ec2: EC2Client): Instances {
  return {
    ofCluster: (clusterName, clusterUid) =>
      describe(ec2, [
        { Name: `tag:${clusterTag(clusterName)}`, Values: ['owned'] },
        { Name: `tag:${CLUSTER_UID_TAG}`, Values: [clusterUid] },
        { Name: 'tag-key', Values: [PROVISIONER_TAG] },
        { Name: 'instance-state-name', Values: [...LIVING_STATES] },
      ]),
    byId: (id) => describeOne(ec2, id),
    async ofMachine(machineUid) {
      const found = await describe(ec2, [{ Name: `tag:${MACHINE_UID_TAG}`, Values: [machineUid] }]);
      const latestFirst = [...found].sort((a, b) => b.launchedAtMs - a.launchedAtMs || (a.id < b.id ? -1 : 1));
      return latestFirst.find(({ state }) => state !== 'terminated' && state !== 'shutting-down') ?? latestFirst[0];
    },
    terminate: (id) => terminate(ec2, id),
  };
}

async function describe(ec2: EC2Client, filters: Filter[]): Promise<readonly CloudInstance[]> {
  const reservations = await collectPages(
    'DescribeInstances',
    paginateDescribeInstances({ client: ec2, pageSize: 1_000 }, { Filters: filters }),
    (page) => page.Reservations,
  );
  return reservations
    .flatMap(({ Instances }) => Instances ?? [])
    .flatMap((instance) => cloudInstance(instance) ?? [])
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function describeOne(ec2: EC2Client, id: string): Promise<CloudInstance | undefined> {
  try {
    const answer = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    const [instance] = (answer.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
    return instance === undefined ? undefined : cloudInstance(instance);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw toOperationError(error, `DescribeInstances ${id}`);
  }
}

async function terminate(ec2: EC2Client, id: string): Promise<void> {
  try {
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  } catch (error) {
    if (!isNotFound(error)) throw toOperationError(error, `TerminateInstances ${id}`);
  }
}

/** EC2's record as ours; undefined without an id. A state that we do not know counts as pending: neither usable nor gone. */
function cloudInstance(instance: Instance): CloudInstance | undefined {
  if (instance.InstanceId === undefined) return undefined;
  const zone = instance.Placement?.AvailabilityZone ?? '';
  const machineName = tagValue(instance.Tags, MACHINE_NAME_TAG);
  const machineUid = tagValue(instance.Tags, MACHINE_UID_TAG);
  const provisionerName = tagValue(instance.Tags, PROVISIONER_TAG);
  return {
    id: instance.InstanceId,
    providerId: providerIdOf(zone, instance.InstanceId),
    instanceType: instance.InstanceType ?? '',
    zone,
    capacityType: instance.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    imageId: instance.ImageId ?? '',
    state: STATES.find((state) => state === instance.State?.Name) ?? 'pending',
    launchedAtMs: instance.LaunchTime?.getTime() ?? 0,
    ...(machineName === undefined ? {} : { machineName }),
    ...(machineUid === undefined ? {} : { machineUid }),
    ...(provisionerName === undefined ? {} : { provisionerName }),
  };
}

/** As the cloud controller writes it on the Node. */
export function providerIdOf(zone: string, instanceId: string): string {
  return `aws:///${zone}/${instanceId}`;
}
