import type { InstanceEvents } from '../aws/instance-events.ts';
import type { Faults } from '../faults.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createSequenceIds } from '../sequence-ids.ts';
import type { Timers } from '../timers.ts';
import { createEventRecorder } from './event-recorder.ts';
import { startMachineRoom } from './machine-room.ts';
import { startNodeLifecycle } from './node-lifecycle.ts';
import type { NodeDescription } from './node-object.ts';
import { startPodGc } from './pod-gc.ts';
import { startScheduler } from './scheduler.ts';
import type { Stage } from './stage.ts';
import { startTaintEviction } from './taint-eviction.ts';
import { startVolumeBinder } from './volume-binder.ts';
import { startWorkloads } from './workloads/workloads.ts';

/** From `running` to the registration of the Node: quick for a machine, slow enough to be seen. */
const BOOT_DELAY_MS = 5000;

export interface WorldOptions {
  readonly timers: Timers;
  readonly store: ObjectStore;
  readonly instances: InstanceEvents;
  readonly faults: Faults;
  /** Decides every delay and every generated name. */
  readonly seed: number;
  readonly bootDelayMs?: number;
}

/** Everything of a cluster that is not its API: scheduler, controllers, machines with their kubelets. */
export interface World {
  /** A node that is not ours (a managed node group's, cluster-autoscaler's) stands when this returns, and is Ready soon. */
  addStaticNode(node: StaticNode): void;
  /** Every part ends; store and instances stay as they are. */
  stop(): void;
}

/** A node that the sandbox brings along; what it does not say is as on a machine of the sandbox's own. */
export type StaticNode = Pick<NodeDescription, 'name' | 'capacity' | 'allocatable'> & Partial<NodeDescription>;

/** Starts the world on the store. On virtual timers, equal options and equal calls give equal histories. */
export function createWorld({
  timers,
  store,
  instances,
  faults,
  seed,
  bootDelayMs = BOOT_DELAY_MS,
}: WorldOptions): World {
  const events = createEventRecorder(store, timers);
  const stage: Stage = { store, timers, random: createSeededRandom(seed), ids: createSequenceIds(seed), events };
  const machines = startMachineRoom(stage, { instances, faults, bootDelayMs });
  const stops = [
    startWorkloads(stage),
    startScheduler(stage),
    startNodeLifecycle(stage, machines.hasEnded),
    startTaintEviction(stage),
    startPodGc(stage),
    startVolumeBinder(stage),
    machines.stop,
  ];
  return {
    addStaticNode: (node) =>
      machines.switchOn({ ...STATIC_NODE, providerId: `aws:///${STATIC_NODE.zone}/${node.name}`, ...node }),
    stop() {
      for (const stop of stops) stop();
    },
  };
}

const STATIC_NODE = {
  labels: {},
  taints: [],
  instanceType: 'm5.large',
  zone: 'us-east-1a',
  region: 'us-east-1',
  arch: 'amd64',
  // In no subnet of the account: an instance may get any address of those, and with it the node's name.
  privateIp: '10.0.128.10',
} as const;
