import type { KubeObject } from '../api/meta.ts';
import { isProvisionable } from '../decode/pod.ts';
import { createPodDecoder } from '../decode/pod-decoder.ts';
import { isUndecodable } from '../decode/undecodable.ts';
import type { BrokenPod, KnownPod } from './records.ts';

/** Pods by UID, by name and by node. Kept decoded, their objects dropped: fifty thousand must fit in memory. */
export class PodIndex {
  readonly #decodePod = createPodDecoder();
  readonly #pods = new Map<string, KnownPod>();
  readonly #broken = new Map<string, BrokenPod>();
  readonly #uidsByNode = new Map<string, Set<string>>();
  /** By `namespace/name`. */
  readonly #uidByKey = new Map<string, string>();

  get(uid: string): KnownPod | undefined {
    return this.#pods.get(uid);
  }

  /** True for a pod that exists, readable or not. */
  has(uid: string): boolean {
    return this.#pods.has(uid) || this.#broken.has(uid);
  }

  /** Pods that cannot be read. */
  broken(): readonly BrokenPod[] {
    return [...this.#broken.values()];
  }

  /** Pods bound to a node. */
  on(nodeName: string): readonly KnownPod[] {
    const uids = this.#uidsByNode.get(nodeName) ?? [];
    return [...uids].map((uid) => this.#pods.get(uid)).filter((pod) => pod !== undefined);
  }

  /** Pods that ask for a node. */
  pending(): readonly KnownPod[] {
    return [...this.#pods.values()].filter(isProvisionable);
  }

  /** True while some pod that asks for a place of its own waits for kube-scheduler's first word. */
  hasUnjudged(): boolean {
    for (const pod of this.#pods.values()) {
      const isWaiting = pod.verdict === 'unscheduled' && pod.deletionAtMs === undefined;
      if (isWaiting && !pod.isDaemon && !pod.isTerminal) return true;
    }
    return false;
  }

  keys(): Iterable<string> {
    return this.#uidByKey.keys();
  }

  /** Takes a pod in, in place of any copy; returns the nodes it is and was bound to. */
  put(key: string, object: KubeObject): readonly string[] {
    const before = this.remove(key);
    const { name, namespace = 'default', uid = '' } = object.metadata;
    this.#uidByKey.set(key, uid);
    const pod = this.#decodePod(object);
    if (isUndecodable(pod)) {
      this.#broken.set(uid, { uid, namespace, name, path: pod.path, message: pod.message });
      return before;
    }
    this.#pods.set(uid, pod);
    if (pod.nodeName === undefined) return before;
    const uids = this.#uidsByNode.get(pod.nodeName);
    if (uids === undefined) this.#uidsByNode.set(pod.nodeName, new Set([uid]));
    else uids.add(uid);
    return [pod.nodeName, ...before.filter((nodeName) => nodeName !== pod.nodeName)];
  }

  /** Forgets a pod; returns the node it was bound to. */
  remove(key: string): readonly string[] {
    const uid = this.#uidByKey.get(key);
    if (uid === undefined) return [];
    this.#uidByKey.delete(key);
    this.#broken.delete(uid);
    const nodeName = this.#pods.get(uid)?.nodeName;
    this.#pods.delete(uid);
    if (nodeName === undefined) return [];
    const uids = this.#uidsByNode.get(nodeName);
    uids?.delete(uid);
    if (uids?.size === 0) this.#uidsByNode.delete(nodeName);
    return [nodeName];
  }
}
