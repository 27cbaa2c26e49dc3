import type { ClusterState } from '../state/cluster-state.ts';

/** How long a node is kept for the pods that the latest plan placed on it (ms): twice the longest batch, at least ten seconds. */
export function nominationMs(batchMaxMs: number): number {
  return Math.max(2 * batchMaxMs, 10_000);
}

interface Nomination {
  readonly podUids: Set<string>;
  readonly untilMs: number;
}

/**
 * Which pending pods the latest plans expect on which node or Machine: such a node is not empty. In memory only: after a restart the
 * first plan names them again, long before a TTL has passed. A pod is expected in one place, and until it has a node or is gone.
 */
export class Nominations {
  /** By the name of the node, or of the Machine that will be one. */
  readonly #byName = new Map<string, Nomination>();
  /** By pod UID. */
  readonly #nameOf = new Map<string, string>();

  /** Expects the pods on a node (or on the Machine that will be one) until then, instead of elsewhere and of others. */
  nominate(name: string, podUids: readonly string[], untilMs: number): void {
    for (const uid of this.#byName.get(name)?.podUids ?? []) this.#nameOf.delete(uid);
    for (const uid of podUids) {
      this.#drop(uid);
      this.#nameOf.set(uid, name);
    }
    this.#byName.set(name, { podUids: new Set(podUids), untilMs });
  }

  /** Where pods that still have no node are expected, by pod UID: the Node's name, or the Machine's while it has none. */
  expected(state: ClusterState): ReadonlyMap<string, string> {
    const expected = new Map<string, string>();
    for (const [uid, name] of this.#nameOf) {
      if (!isWaiting(state, uid)) {
        this.#drop(uid);
        continue;
      }
      const providerId = state.machines.get(name)?.machine.providerId ?? '';
      expected.set(uid, state.nodeByProviderId(providerId)?.node.name ?? name);
    }
    return expected;
  }

  /** The pods, as `namespace/name`, sorted, that are expected under one of these names and that still have no node. */
  nominatedPods(names: readonly (string | undefined)[], state: ClusterState, nowMs: number): readonly string[] {
    const pods = new Set<string>();
    for (const name of names) {
      const nomination = name === undefined ? undefined : this.#byName.get(name);
      if (nomination === undefined || nomination.untilMs <= nowMs) continue;
      for (const uid of nomination.podUids) {
        const demand = isWaiting(state, uid) ? state.pods.get(uid)?.demand : undefined;
        if (demand !== undefined) pods.add(`${demand.namespace}/${demand.name}`);
      }
    }
    return [...pods].sort();
  }

  #drop(podUid: string): void {
    const name = this.#nameOf.get(podUid);
    if (name === undefined) return;
    this.#nameOf.delete(podUid);
    const podUids = this.#byName.get(name)?.podUids;
    podUids?.delete(podUid);
    if (podUids?.size === 0) this.#byName.delete(name);
  }
}

function isWaiting(state: ClusterState, podUid: string): boolean {
  const pod = state.pods.get(podUid);
  return pod !== undefined && pod.nodeName === undefined && pod.deletionAtMs === undefined;
}
