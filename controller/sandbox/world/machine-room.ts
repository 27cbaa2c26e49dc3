import type { BootingInstance, InstanceEvents } from '../aws/instance-events.ts';
import type { Faults } from '../faults.ts';
import type { Node, Pod } from '../kube/built-in-kinds.ts';
import { Kubelet } from './kubelet.ts';
import { describeInstance, type NodeDescription } from './node-object.ts';
import type { Stage, Stop } from './stage.ts';
import { every } from './ticker.ts';

const HEARTBEAT_MS = 10_000;
/** Machines of one kind do not boot in step: the delay differs by up to this share of it. */
const BOOT_JITTER = 0.2;
/** kubelet sees its pods through a watch. */
const NOTICE_MS = 10;

/** The machines that stand: which kubelet runs where, and which instances have ended. */
export interface MachineRoom {
  /** A machine that is up already; its Node stands when this returns. */
  switchOn(node: NodeDescription): void;
  /** True when an instance that had a node has ended since. */
  readonly hasEnded: (providerId: string) => boolean;
  readonly stop: Stop;
}

export interface MachineRoomOptions {
  readonly instances: InstanceEvents;
  readonly faults: Faults;
  /** From `running` to the registration of the Node. */
  readonly bootDelayMs: number;
}

/** Boots a kubelet on every instance that may join and understands its user data, and ends it with instance or Node. */
export function startMachineRoom(stage: Stage, options: MachineRoomOptions): MachineRoom {
  return new Machines(stage, options);
}

class Machines implements MachineRoom {
  readonly #stage: Stage;
  readonly #options: MachineRoomOptions;
  readonly #kubelets = new Map<string, Kubelet>();
  readonly #booting = new Map<string, Stop>();
  /** Node names by instance id. */
  readonly #nodeNames = new Map<string, string>();
  readonly #ended = new Set<string>();
  readonly #nextPodIp = podAddresses();
  readonly #stops: readonly Stop[];
  #isStopped = false;

  constructor(stage: Stage, options: MachineRoomOptions) {
    this.#stage = stage;
    this.#options = options;
    options.instances.onRunning((instance) => this.#boot(instance));
    options.instances.onTerminating((instanceId) => this.#switchOff(instanceId));
    this.#stops = [
      stage.store.watch('Pod', ({ type, object }) => this.#onPod(type, object as Pod)),
      stage.store.watch('Node', ({ type, object }) => this.#onNode(type, object as Node)),
      every(stage.timers, HEARTBEAT_MS, () => {
        for (const kubelet of this.#kubelets.values()) kubelet.heartbeat();
      }),
    ];
  }

  switchOn(node: NodeDescription): void {
    const kubelet = new Kubelet(this.#stage, node, this.#nextPodIp);
    this.#kubelets.set(node.name, kubelet);
    kubelet.register();
  }

  readonly hasEnded = (providerId: string): boolean => this.#ended.has(providerId);

  readonly stop = (): void => {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    for (const cancel of this.#booting.values()) cancel();
    for (const kubelet of this.#kubelets.values()) kubelet.stop();
  };

  #boot(instance: BootingInstance): void {
    const joins = instance.mayJoin && instance.boot !== undefined && !this.#options.faults.nodesNeverJoin;
    if (!joins || this.#isStopped) return;
    const { bootDelayMs } = this.#options;
    const jitterMs = this.#stage.random.fork(`boot/${instance.id}`).integer(0, Math.floor(bootDelayMs * BOOT_JITTER));
    const cancel = this.#stage.timers.after(bootDelayMs + jitterMs, () => {
      this.#booting.delete(instance.id);
      this.#nodeNames.set(instance.id, instance.privateDnsName);
      this.switchOn(describeInstance(instance));
    });
    this.#booting.set(instance.id, cancel);
  }

  #switchOff(instanceId: string): void {
    this.#booting.get(instanceId)?.();
    this.#booting.delete(instanceId);
    const nodeName = this.#nodeNames.get(instanceId);
    const kubelet = nodeName === undefined ? undefined : this.#kubelets.get(nodeName);
    this.#nodeNames.delete(instanceId);
    if (kubelet === undefined) return;
    kubelet.stop();
    this.#kubelets.delete(kubelet.node.name);
    this.#ended.add(kubelet.node.providerId);
  }

  #onPod(type: string, pod: Pod): void {
    const nodeName = pod.spec.nodeName ?? '';
    if (!this.#kubelets.has(nodeName)) return;
    this.#stage.timers.after(NOTICE_MS, () => {
      const kubelet = this.#kubelets.get(nodeName);
      if (type === 'DELETED') kubelet?.forget(pod.metadata.uid ?? '');
      else kubelet?.notice(pod);
    });
  }

  #onNode(type: string, { metadata, spec }: Node): void {
    if (type !== 'DELETED') return;
    this.#kubelets.get(metadata.name)?.stop();
    this.#kubelets.delete(metadata.name);
    this.#ended.delete(spec?.providerID ?? '');
  }
}

/** Addresses 10.128.0.1 and up, one a pod, over again after four million. */
function podAddresses(): () => string {
  let count = 0;
  return () => {
    count++;
    return `10.${128 + ((count >> 16) & 63)}.${(count >> 8) & 255}.${count & 255}`;
  };
}
