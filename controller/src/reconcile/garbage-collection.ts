import type { Machine } from '../api/machine.gen.ts';
import type { KubeObject } from '../api/meta.ts';
import { PROVISIONER_NAME_LABEL } from '../api/names.ts';
import type { CloudInstance } from '../ports/cloud.ts';
import type { KnownMachine, MachineRecord, NodeRecord } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import { instanceIdOf } from './instance-id.ts';
import { deleteMachine } from './machine-deletion.ts';
import type { Again } from './work-queue.ts';

/** Age below which an instance without Machine, or a Machine without instance, is no finding: the other side may be late (ms). */
const YOUNG_MS = 30_000;
/** Complete lists that must agree before anything is collected: one may be stale, or lack what is new. */
const LISTS_MIN = 2;
/** Pace (ms): brisk after a start, when a crash may have left something; calm afterwards, since each look costs API calls. */
const BRISK_MS = 10_000;
const CALM_MS = 120_000;
const BRISK_PASSES = 20;
/**
 * With this many instances without Machine, and no fewer than those with one, we believe that the Machines were lost (a deleted CRD,
 * a restored backup, the wrong cluster), not that all instances leaked, and touch none until a human has looked. New Machines for
 * new pods come soon after such a loss: a few of them are no reason to end the many.
 */
const FREEZE_ORPHANS_MIN = 3;

/** Collects what a crash or a hand left behind: instances without Machine, Machines and Nodes without instance. */
export class GarbageCollector {
  readonly #context: LoopContext;
  /** How many lists in a row showed an orphan; by kind and name. Lost on a restart, which only makes us look twice again. */
  #sightings = new Map<string, number>();
  #passes = 0;

  constructor(context: LoopContext) {
    this.#context = context;
  }

  async pass(): Promise<Again> {
    const { cloud, state, clock } = this.#context;
    const instances = await cloud.instances();
    const nowMs = clock.nowMs();
    const found = instances.filter((instance) => this.#isOrphan(instance, nowMs));
    const orphans = this.#isFrozen(instances, found) ? [] : found;
    const lost = [...state.machines.values()].filter(({ machine }) => this.#isLost(machine, instances, nowMs));
    const ghosts = [...state.nodes.values()].filter((record) => this.#isGhost(record.node, instances));

    const seen = new Map<string, number>();
    const isConfirmed = (key: string) => {
      const sightings = (this.#sightings.get(key) ?? 0) + 1;
      seen.set(key, sightings);
      return sightings >= LISTS_MIN;
    };
    const orphansNow = orphans.filter((instance) => isConfirmed(`instance/${instance.id}`));
    const lostNow = lost.filter(({ machine }) => isConfirmed(`machine/${machine.name}`));
    const ghostsNow = ghosts.filter((record) => isConfirmed(`node/${record.node.name}`));
    this.#sightings = seen;

    for (const instance of orphansNow) await this.#collectInstance(instance);
    for (const record of lostNow) await this.#collectMachine(record);
    for (const record of ghostsNow) await this.#collectNode(record);
    this.#passes += 1;
    const isBrisk = this.#passes <= BRISK_PASSES || seen.size > 0;
    return { afterMs: isBrisk ? BRISK_MS : CALM_MS };
  }

  #isFrozen(instances: readonly CloudInstance[], orphans: readonly CloudInstance[]): boolean {
    const owned = instances.filter((instance) => this.#machineOf(instance) !== undefined).length;
    if (orphans.length < FREEZE_ORPHANS_MIN || orphans.length < owned) return false;
    this.#context.reporter.report('garbagecollection', {
      code: 'GarbageCollectionFrozen',
      message: `${orphans.length} instances carry this cluster's tags and have no Machine, ${owned} have one: none is collected until a human has ended the former`,
    });
    return true;
  }

  #machineOf(instance: CloudInstance): KnownMachine | undefined {
    const { state } = this.#context;
    const byProviderId = state.machineByProviderId(instance.providerId)?.machine;
    if (byProviderId !== undefined) return byProviderId;
    const byName = state.machines.get(instance.machineName ?? '')?.machine;
    // A Machine that has another instance does not own this one: it was launched twice, and this one is too many.
    const hasOther = byName?.providerId !== undefined && byName.providerId !== instance.providerId;
    return byName?.uid === instance.machineUid && !hasOther ? byName : undefined;
  }

  #isOrphan(instance: CloudInstance, nowMs: number): boolean {
    if (instance.state === 'shutting-down' || instance.state === 'terminated') return false;
    return nowMs - instance.launchedAtMs >= YOUNG_MS && this.#machineOf(instance) === undefined;
  }

  /** A Node of ours with neither Machine nor instance. */
  #isGhost(
    node: { readonly labels: Readonly<Record<string, string>>; readonly providerId?: string },
    instances: readonly CloudInstance[],
  ): boolean {
    if (node.labels[PROVISIONER_NAME_LABEL] === undefined || node.providerId === undefined) return false;
    if (this.#context.state.machineByProviderId(node.providerId) !== undefined) return false;
    return !instances.some((instance) => instance.providerId === node.providerId);
  }

  async #collectInstance(instance: CloudInstance): Promise<void> {
    const { kube, cloud, state, reporter } = this.#context;
    // The watch may be behind: ask for the Machine itself before its instance ends.
    const live = instance.machineName && (await kube.get({ kind: 'Machine', name: instance.machineName }));
    if (live && live.metadata.uid === instance.machineUid && this.#isUnclaimed(live, instance)) return;
    await cloud.terminate(instance.id);
    const record = state.nodeByProviderId(instance.providerId);
    if (record?.metadata.uid !== undefined) {
      await kube.delete({ kind: 'Node', name: record.node.name }, record.metadata.uid);
    }
    reporter.report('garbagecollection', {
      code: 'InstanceCollected',
      message: `terminated ${instance.id}: no Machine claims it`,
      fields: { 'provider-id': instance.providerId, machine: instance.machineName },
    });
  }

  #isUnclaimed(live: KubeObject, instance: CloudInstance): boolean {
    const claimed = (live.status as Machine['status'])?.providerID;
    return claimed === undefined || claimed === instance.providerId;
  }

  /** The list shows what bears our tags; a Node goes only when AWS says of its very instance that it has ended. */
  async #collectNode({ node }: NodeRecord): Promise<void> {
    if (await this.#isAlive(node.providerId)) return;
    await this.#context.kube.delete({ kind: 'Node', name: node.name }, node.uid);
  }

  async #isAlive(providerId: string | undefined): Promise<boolean> {
    const instanceId = instanceIdOf(providerId);
    const instance = instanceId === undefined ? undefined : await this.#context.cloud.instance(instanceId);
    return instance !== undefined && instance.state !== 'terminated' && instance.state !== 'shutting-down';
  }

  async #collectMachine({ machine, object }: MachineRecord): Promise<void> {
    const { name, providerId, provisionerName } = machine;
    if (await this.#isAlive(providerId)) return;
    await deleteMachine(this.#context, object);
    this.#context.reporter.report('garbagecollection', {
      code: 'InstanceGone',
      message: `instance ${instanceIdOf(providerId)} no longer exists`,
      about: [{ kind: 'Machine', metadata: object.metadata }],
      fields: { machine: name, 'provider-id': providerId },
      labels: { reason: 'garbage_collected', provisioner: provisionerName },
    });
  }

  /** A Machine that was launched a while ago, whose instance no list shows and whose kubelet is silent: one that speaks lives. */
  #isLost(machine: KnownMachine, instances: readonly CloudInstance[], nowMs: number): boolean {
    if (machine.providerId === undefined || machine.deletionAtMs !== undefined) return false;
    if (this.#context.state.nodeByProviderId(machine.providerId)?.node.isReady === true) return false;
    const launchedAtMs = machine.conditions.get('MachineLaunched')?.sinceMs;
    if (launchedAtMs === undefined || nowMs - launchedAtMs < YOUNG_MS) return false;
    return !instances.some(
      (instance) => instance.providerId === machine.providerId && instance.state !== 'shutting-down',
    );
  }
}
