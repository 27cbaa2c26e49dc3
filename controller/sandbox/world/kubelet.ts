import { getOf, isTrue, listOf, type Node, type Pod } from '../kube/built-in-kinds.ts';
import { involved } from './event-recorder.ts';
import { type NodeDescription, nodeConditions, nodeObject } from './node-object.ts';
import { PodRunner } from './pod-runner.ts';
import type { Stage, Stop } from './stage.ts';

/** From registration to Ready: the network plugin comes up. */
const READY_MS_MIN = 1000;
const READY_MS_MAX = 2000;

/** Where kubelets keep their heartbeat. */
export const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;

/** One node's agent: registers its Node, makes it Ready, keeps its heartbeat and runs the pods bound to it. */
export class Kubelet {
  readonly node: NodeDescription;
  readonly #stage: Stage;
  readonly #pods: PodRunner;
  #cancelReady: Stop = () => {};
  #isReady = false;
  #isStopped = false;

  constructor(stage: Stage, node: NodeDescription, nextPodIp: () => string) {
    this.node = node;
    this.#stage = stage;
    this.#pods = new PodRunner(stage, node, nextPodIp);
  }

  /** The Node stands, with its Lease; Ready follows by itself. A Node of that name that is there already is taken over. */
  register(): void {
    const { store, timers } = this.#stage;
    if (this.#nodeNow() === undefined) store.create('Node', nodeObject(this.node, timers.nowMs()));
    this.heartbeat();
    const readyMs = this.#stage.random.fork(`ready/${this.node.name}`).integer(READY_MS_MIN, READY_MS_MAX);
    this.#cancelReady = timers.after(readyMs, () => this.#becomeReady());
    for (const pod of listOf(store, 'Pod')) if (pod.spec.nodeName === this.node.name) this.notice(pod);
  }

  /** Everything it does ends at once, as when the machine is switched off; Node and pods stay as they are. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelReady();
    this.#pods.stop();
  }

  /** Looks at a pod of its node after a change. */
  notice(pod: Pod): void {
    if (!this.#isStopped) this.#pods.notice(pod);
  }

  /** The pod is gone from the API. */
  forget(uid: string): void {
    this.#pods.forget(uid);
  }

  /** The Lease is renewed, and Ready told anew when somebody took the node for lost. */
  heartbeat(): void {
    const node = this.#nodeNow();
    if (this.#isStopped || node === undefined) return;
    this.#renewLease(node);
    if (this.#isReady && !isTrue(node.status?.conditions, 'Ready')) this.#postReady();
  }

  #renewLease({ metadata }: Node): void {
    const { store, timers } = this.#stage;
    const { name } = metadata;
    const renewTime = new Date(timers.nowMs()).toISOString().replace('Z', '000Z');
    if (store.get('Lease', name, LEASE_NAMESPACE) !== undefined) {
      store.mergePatch('Lease', name, LEASE_NAMESPACE, { spec: { renewTime } });
      return;
    }
    store.create('Lease', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name,
        namespace: LEASE_NAMESPACE,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: metadata.uid ?? '' }],
      },
      spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
    });
  }

  #becomeReady(): void {
    const node = this.#nodeNow();
    if (node === undefined) return;
    this.#isReady = true;
    this.#postReady();
    const message = `Node ${this.node.name} status is now: NodeReady`;
    this.#stage.events.record('kubelet', {
      about: involved(node, 'v1', 'Node'),
      type: 'Normal',
      reason: 'NodeReady',
      message,
    });
    this.#pods.networkReady();
  }

  #postReady(): void {
    const conditions = nodeConditions(true, this.#stage.timers.nowMs());
    this.#stage.store.mergePatch(
      'Node',
      this.node.name,
      undefined,
      { status: { conditions } },
      { subresource: 'status' },
    );
  }

  #nodeNow(): Node | undefined {
    return getOf(this.#stage.store, 'Node', this.node.name);
  }
}
