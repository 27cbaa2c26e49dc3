import type { KubeObject } from '../api/meta.ts';
import { isProvisionable } from '../decode/pod.ts';
import { createPodDecoder } from '../decode/pod-decoder.ts';
import { isUndecodable } from '../decode/undecodable.ts';
import type { BrokenPod, KnownPod } from './records.ts';

/** What was heard of pods, by `namespace/name`, while some were asked for: an answer may be older than that. */
export interface PodLook {
  readonly told: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

/** Pods by UID, by name and by node. Kept decoded, their objects dropped: fifty thousand must fit in memory. */
export class PodIndex {
  readonly #decodePod = createPodDecoder();
  readonly #pods = new Map<string, KnownPod>();
  readonly #broken = new Map<string, BrokenPod>();
  readonly #uidsByNode = new Map<string, Set<string>>();
  /** Bound pods that have not ended, by the claims they name. */
  readonly #uidsByClaim = new Map<string, Set<string>>();
  /** By `namespace/name`. */
  readonly #uidByKey = new Map<string, string>();
  readonly #looks = new Set<{ readonly told: Set<string>; readonly removed: Set<string> }>();

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

  /** A pod that has this claim, by `namespace/name`: it is bound and has not ended. */
  holderOf(claim: string): KnownPod | undefined {
    const [uid = ''] = this.#uidsByClaim.get(claim) ?? [];
    return this.#pods.get(uid);
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

  /** Resolves with what `look` gives and what was heard of pods meanwhile, of those too that were never known. */
  async whileLooking<T>(look: () => Promise<T>): Promise<readonly [T, PodLook]> {
    const heard = { told: new Set<string>(), removed: new Set<string>() };
    this.#looks.add(heard);
    try {
      return [await look(), heard];
    } finally {
      this.#looks.delete(heard);
    }
  }

  /** Takes a pod in, in place of any copy; returns the nodes it is and was bound to. */
  put(key: string, object: KubeObject): readonly string[] {
    for (const { told } of this.#looks) told.add(key);
    const before = this.#drop(key);
    const { name, namespace = 'default', uid = '' } = object.metadata;
    this.#uidByKey.set(key, uid);
    const pod = this.#decodePod(object);
    if (isUndecodable(pod)) {
      this.#broken.set(uid, { uid, namespace, name, path: pod.path, message: pod.message });
      return before;
    }
    this.#pods.set(uid, pod);
    if (pod.nodeName === undefined) return before;
    addTo(this.#uidsByNode, pod.nodeName, uid);
    for (const claim of claimsHeldBy(pod)) addTo(this.#uidsByClaim, claim, uid);
    return [pod.nodeName, ...before.filter((nodeName) => nodeName !== pod.nodeName)];
  }

  /** Forgets a pod; returns the node it was bound to. */
  remove(key: string): readonly string[] {
    for (const { removed } of this.#looks) removed.add(key);
    return this.#drop(key);
  }

  #drop(key: string): readonly string[] {
    const uid = this.#uidByKey.get(key);
    if (uid === undefined) return [];
    this.#uidByKey.delete(key);
    this.#broken.delete(uid);
    const pod = this.#pods.get(uid);
    this.#pods.delete(uid);
    if (pod?.nodeName === undefined) return [];
    takeFrom(this.#uidsByNode, pod.nodeName, uid);
    for (const claim of claimsHeldBy(pod)) takeFrom(this.#uidsByClaim, claim, uid);
    return [pod.nodeName];
  }
}

/** Nobody else can have the claim of an ephemeral volume. */
function claimsHeldBy({ demand, claims, isTerminal }: KnownPod): readonly string[] {
  if (isTerminal) return [];
  return claims.flatMap((claim) => (claim.kind === 'named' ? [`${demand.namespace}/${claim.name}`] : []));
}

function addTo(index: Map<string, Set<string>>, key: string, uid: string): void {
  const uids = index.get(key);
  if (uids === undefined) index.set(key, new Set([uid]));
  else uids.add(uid);
}

function takeFrom(index: Map<string, Set<string>>, key: string, uid: string): void {
  const uids = index.get(key);
  uids?.delete(uid);
  if (uids?.size === 0) index.delete(key);
}
