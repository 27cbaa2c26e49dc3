import { getOf, isTerminal, type Pod } from '../kube/built-in-kinds.ts';
import { involved } from './event-recorder.ts';
import type { NodeDescription } from './node-object.ts';
import { completedStatus, creatingStatus, runningStatus } from './pod-status.ts';
import type { Stage, Stop } from './stage.ts';

/** From binding to the first status, then to running: sandbox, image (cached), containers. */
const NOTICE_MS = 50;
const START_MS_MIN = 700;
const START_MS_MAX = 1300;
/** A container that obeys SIGTERM, as the pause image does. */
const STOP_MS_MIN = 200;
const STOP_MS_MAX = 800;
/** A pod that is to end and does not say when ends after this long. */
const RUN_SECONDS = 10;
const GRACE_SECONDS = 30;

/** On a pod with restartPolicy Never or OnFailure: seconds from its start until it has succeeded. */
export const RUN_SECONDS_ANNOTATION = 'sandbox.karpenter-gitops/run-seconds';
/** On a pod: seconds that it needs to stop; its grace period cuts them short. */
export const STOP_SECONDS_ANNOTATION = 'sandbox.karpenter-gitops/stop-seconds';

interface OwnPod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** `noticed` until its first status, `waiting` for the network, then `started`, at last `stopping`. */
  phase: 'noticed' | 'waiting' | 'started' | 'stopping';
  cancel: Stop;
}

/** Runs the pods of one node: from bound to Running, to their own end or to the end that a deletion asks for. */
export class PodRunner {
  readonly #stage: Stage;
  readonly #node: NodeDescription;
  readonly #random: Stage['random'];
  readonly #nextPodIp: () => string;
  readonly #pods = new Map<string, OwnPod>();
  #hasNetwork = false;

  constructor(stage: Stage, node: NodeDescription, nextPodIp: () => string) {
    this.#stage = stage;
    this.#node = node;
    this.#random = stage.random.fork(`pods/${node.name}`);
    this.#nextPodIp = nextPodIp;
  }

  /** Pods that wait for the network start, and so do later ones. */
  networkReady(): void {
    this.#hasNetwork = true;
    for (const own of this.#pods.values()) if (own.phase === 'waiting') this.#start(own);
  }

  /** Looks at a pod of its node after a change; writes later, from a timer. */
  notice(pod: Pod): void {
    const own = this.#pods.get(pod.metadata.uid ?? '');
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (own?.phase !== 'stopping') this.#letGo(pod, own);
    } else if (own === undefined && !isTerminal(pod)) this.#take(pod);
  }

  /** The pod is gone from the API: its containers are killed. */
  forget(uid: string): void {
    this.#pods.get(uid)?.cancel();
    this.#pods.delete(uid);
  }

  /** Nothing moves any more; the pods stay as they are in the API. */
  stop(): void {
    for (const { cancel } of this.#pods.values()) cancel();
    this.#pods.clear();
  }

  #take(pod: Pod): void {
    const own = this.#own(pod, 'noticed');
    own.cancel = this.#stage.timers.after(NOTICE_MS, () => {
      own.phase = 'waiting';
      const current = this.#live(own);
      if (current === undefined) return;
      this.#patchStatus(current, creatingStatus(current, this.#node.privateIp, this.#nowMs()));
      // Without a network only pods that use the host's can start.
      if (this.#hasNetwork || pod.spec.hostNetwork === true) this.#start(own);
    });
  }

  #start(own: OwnPod): void {
    own.phase = 'started';
    own.cancel = this.#stage.timers.after(this.#random.integer(START_MS_MIN, START_MS_MAX), () => {
      const pod = this.#live(own);
      if (pod === undefined) return;
      const podIp = pod.spec.hostNetwork === true ? this.#node.privateIp : this.#nextPodIp();
      this.#patchStatus(pod, runningStatus(pod, podIp, this.#nowMs()));
      const message = `Started container ${pod.spec.containers.map(({ name }) => name).join(', ')}`;
      this.#stage.events.record('kubelet', {
        about: involved(pod, 'v1', 'Pod'),
        type: 'Normal',
        reason: 'Started',
        message,
      });
      if ((pod.spec.restartPolicy ?? 'Always') !== 'Always') this.#endAfterRun(pod, own);
    });
  }

  #endAfterRun(pod: Pod, own: OwnPod): void {
    const runMs = 1000 * secondsOf(pod, RUN_SECONDS_ANNOTATION, RUN_SECONDS);
    own.cancel = this.#stage.timers.after(runMs, () => {
      this.#pods.delete(own.uid);
      const current = this.#live(own);
      if (current !== undefined) this.#patchStatus(current, completedStatus(current, this.#nowMs()));
    });
  }

  #letGo(pod: Pod, before: OwnPod | undefined): void {
    before?.cancel();
    const own = this.#own(pod, 'stopping');
    const ownStopMs = this.#random.integer(STOP_MS_MIN, STOP_MS_MAX);
    const stopMs = Math.max(ownStopMs, 1000 * secondsOf(pod, STOP_SECONDS_ANNOTATION, 0));
    const graceMs = 1000 * (pod.metadata.deletionGracePeriodSeconds ?? GRACE_SECONDS);
    own.cancel = this.#stage.timers.after(Math.min(stopMs, graceMs), () => {
      const current = this.#live(own);
      if (current === undefined) return;
      // Whoever holds the pod by a finalizer reads from its phase that it has ended.
      const isHeld = (current.metadata.finalizers ?? []).length > 0;
      if (isHeld && !isTerminal(current)) {
        this.#patchStatus(current, { ...completedStatus(current, this.#nowMs()), phase: 'Failed' });
      }
      this.#stage.store.delete('Pod', own.name, own.namespace, { uid: own.uid, gracePeriodSeconds: 0 });
    });
  }

  #own(pod: Pod, phase: OwnPod['phase']): OwnPod {
    const { uid = '', name, namespace = 'default' } = pod.metadata;
    const own: OwnPod = { uid, name, namespace, phase, cancel: () => {} };
    this.#pods.set(uid, own);
    return own;
  }

  /** The pod as it is now; undefined when it is gone, though another may bear its name. */
  #live({ uid, name, namespace }: OwnPod): Pod | undefined {
    const pod = getOf(this.#stage.store, 'Pod', name, namespace);
    return pod?.metadata.uid === uid ? pod : undefined;
  }

  #patchStatus({ metadata }: Pod, status: Readonly<Record<string, unknown>>): void {
    this.#stage.store.mergePatch('Pod', metadata.name, metadata.namespace, { status }, { subresource: 'status' });
  }

  #nowMs(): number {
    return this.#stage.timers.nowMs();
  }
}

function secondsOf(pod: Pod, annotation: string, otherwise: number): number {
  const seconds = Number(pod.metadata.annotations?.[annotation] ?? otherwise);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : otherwise;
}
