import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteNetworkInterfaceCommand,
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplates,
  paginateDescribeNetworkInterfaces,
  type Tag,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Operation } from './resource-kind.ts';
import {
  aliveOf,
  interfaceTags,
  isOurs,
  ownedFilters,
  type SweptCluster,
  type SweptInstance,
  type SweptInterface,
  type Tags,
} from './sweep-plan.ts';

/** How long the sweep waits, in milliseconds. */
export interface SweepLimits {
  readonly terminatedMs: number;
  readonly detachedMs: number;
}

const POLL_MS = 2_000;
/** What EC2 recommends to name in one request. */
const INSTANCES_PER_CALL = 100;
const NAMES_MAX = 10;

/** Whose leftovers, and where. */
export interface SweptRegion extends SweptCluster {
  readonly region: string;
}

/**
 * The network interfaces of this cluster's instances carry our tags. To be done while the instances run: some outlive them, the pods'
 * for example, and nothing would tell then that they were ours.
 */
export function claimInterfaces(cluster: SweptRegion): Promise<void> {
  return inEc2(cluster, async (ec2) =>
    tagInterfaces(ec2, cluster, aliveOf(await describeInstances(ec2, cluster.clusterName), cluster)),
  );
}

/**
 * Nothing that a Provisioner of this cluster has bought is left in EC2: instances, launch templates, and the network interfaces that
 * were attached to those instances. It asks for what carries the tags and remembers nothing, so it may be repeated after any crash.
 * Throws, naming them, when instances or interfaces are not gone within the limits.
 */
export function sweep(cluster: SweptRegion, limits: SweepLimits, operation: Operation): Promise<void> {
  return inEc2(cluster, async (ec2) => {
    await sweepInstances(ec2, cluster, limits.terminatedMs, operation);
    await sweepLaunchTemplates(ec2, cluster, operation);
    await sweepInterfaces(ec2, cluster, limits.detachedMs, operation);
  });
}

async function inEc2({ clusterName, region }: SweptRegion, work: (ec2: EC2Client) => Promise<void>): Promise<void> {
  const ec2 = new EC2Client({ region });
  try {
    await work(ec2);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`what ${clusterName} has in EC2, ${region}: ${why}`, { cause: error });
  } finally {
    ec2.destroy();
  }
}

/** Asks again until none is found: one that was being launched when its controller went shows up late. */
async function sweepInstances(
  ec2: EC2Client,
  cluster: SweptCluster,
  limitMs: number,
  operation: Operation,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  const told = new Set<string>();
  for (;;) {
    const alive = aliveOf(await describeInstances(ec2, cluster.clusterName), cluster);
    if (alive.length === 0) return;
    const names = namesOf(alive.map(({ id }) => id));
    if (performance.now() > endMs) {
      throw new Error(
        `instances ${names} are not terminated after ${Math.round(limitMs / 1000)} s; see EC2, then run the same command again`,
      );
    }
    const doomed = alive.filter(({ id, state }) => state !== 'shutting-down' && !told.has(id));
    operation.progress(
      doomed.length > 0 ? `terminating ${namesOf(doomed.map(({ id }) => id))}` : `waiting for ${names} to end`,
    );
    await tagInterfaces(ec2, cluster, doomed);
    await terminate(ec2, doomed);
    for (const { id } of doomed) told.add(id);
    await sleep(POLL_MS, undefined, { signal: operation.signal });
  }
}

async function tagInterfaces(
  ec2: EC2Client,
  cluster: SweptCluster,
  instances: readonly SweptInstance[],
): Promise<void> {
  for (const instance of instances) {
    if (instance.networkInterfaceIds.length === 0) continue;
    const tags = Object.entries(interfaceTags(instance, cluster)).map(([Key, Value]) => ({ Key, Value }));
    // An interface that has just gone needs no tags.
    await unlessMissing(ec2.send(new CreateTagsCommand({ Resources: [...instance.networkInterfaceIds], Tags: tags })));
  }
}

async function terminate(ec2: EC2Client, instances: readonly SweptInstance[]): Promise<void> {
  for (let start = 0; start < instances.length; start += INSTANCES_PER_CALL) {
    const ids = instances.slice(start, start + INSTANCES_PER_CALL).map(({ id }) => id);
    try {
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
    } catch (error) {
      if (ids.length === 1 && !isMissing(error)) throw error;
      // EC2 refuses all for the sake of one, such as one that is protected: the others go, and that one is named.
      await terminateOneByOne(ec2, ids);
    }
  }
}

async function terminateOneByOne(ec2: EC2Client, ids: readonly string[]): Promise<void> {
  const refused: string[] = [];
  for (const id of ids) {
    try {
      await unlessMissing(ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    } catch (error) {
      refused.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (refused.length > 0) throw new Error(`EC2 does not terminate ${refused.join('; ')}`);
}

async function sweepLaunchTemplates(ec2: EC2Client, cluster: SweptCluster, { progress }: Operation): Promise<void> {
  const found: string[] = [];
  const pages = paginateDescribeLaunchTemplates({ client: ec2 }, { Filters: ownedFilters(cluster.clusterName) });
  for await (const { LaunchTemplates = [] } of pages) {
    const ours = LaunchTemplates.filter(({ Tags: tags }) => isOurs(tagsOf(tags), cluster));
    found.push(...ours.map(({ LaunchTemplateId = '' }) => LaunchTemplateId));
  }
  if (found.length > 0) progress(`removing launch templates ${namesOf(found)}`);
  for (const id of found) await unlessMissing(ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id })));
}

async function sweepInterfaces(
  ec2: EC2Client,
  cluster: SweptCluster,
  limitMs: number,
  operation: Operation,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const left = (await describeInterfaces(ec2, cluster.clusterName)).filter(({ tags }) => isOurs(tags, cluster));
    for (const { id } of left.filter(({ status }) => status === 'available')) {
      operation.progress(`removing network interface ${id}`);
      await unlessMissing(ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })));
    }
    const attached = left.filter(({ status }) => status !== 'available').map(({ id }) => id);
    if (attached.length === 0) return;
    if (performance.now() > endMs) {
      throw new Error(
        `network interfaces ${namesOf(attached)} are still attached; detach them, then run the same command again`,
      );
    }
    operation.progress(`waiting for network interfaces ${namesOf(attached)} to be detached`);
    await sleep(POLL_MS, undefined, { signal: operation.signal });
  }
}

async function describeInstances(ec2: EC2Client, clusterName: string): Promise<readonly SweptInstance[]> {
  const found: SweptInstance[] = [];
  const pages = paginateDescribeInstances({ client: ec2 }, { Filters: ownedFilters(clusterName) });
  for await (const { Reservations = [] } of pages) {
    for (const instance of Reservations.flatMap(({ Instances = [] }) => Instances)) {
      found.push({
        id: instance.InstanceId ?? '',
        state: instance.State?.Name ?? '',
        tags: tagsOf(instance.Tags),
        networkInterfaceIds: (instance.NetworkInterfaces ?? []).map(
          ({ NetworkInterfaceId = '' }) => NetworkInterfaceId,
        ),
      });
    }
  }
  return found;
}

async function describeInterfaces(ec2: EC2Client, clusterName: string): Promise<readonly SweptInterface[]> {
  const found: SweptInterface[] = [];
  const pages = paginateDescribeNetworkInterfaces({ client: ec2 }, { Filters: ownedFilters(clusterName) });
  for await (const { NetworkInterfaces = [] } of pages) {
    for (const { NetworkInterfaceId: id = '', Status: status = '', TagSet: tags } of NetworkInterfaces) {
      found.push({ id, status, tags: tagsOf(tags) });
    }
  }
  return found;
}

function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** Resolves too when what the request names is no more. */
async function unlessMissing(request: Promise<unknown>): Promise<void> {
  await request.catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** EC2 has a code of this form for each kind of resource: InvalidInstanceID.NotFound, InvalidNetworkInterfaceID.NotFound. */
function isMissing(error: unknown): boolean {
  return /^Invalid\w+\.NotFound(Exception)?$/.test((error as Error).name);
}

function namesOf(ids: readonly string[]): string {
  const more = ids.length - NAMES_MAX;
  return more > 0 ? `${ids.slice(0, NAMES_MAX).join(', ')} and ${more} more` : ids.join(', ');
}
