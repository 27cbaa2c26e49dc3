import type { ClusterState } from '../state/cluster-state.ts';

/** How long a node is kept for the pods that the latest plan placed on it (ms): twice the longest batch, at least ten seconds. */
export function nominationMs(batchMaxMs: number): number {
  return Math.max(2 * batchMaxMs, 10_000);
}

interface Nomination {
  readonly podUids: readonly string[];
  readonly untilMs: number;
}

/**
 * Which pending pods the latest plans expect on which node or Machine: such a node is not empty. In memory only: after a restart the
 * first plan names them again, long before a TTL has passed.
 */
export class Nominations {
  readonly #byName = new Map<string, Nomination>();

  /** Expects the pods on a node (or on the Machine that will be one) until then, instead of what was expected before. */
  nominate(name: string, podUids: readonly string[], untilMs: number): void {
    this.#byName.set(name, { podUids, untilMs });
  }

  /** Where pods that still have no node are expected, by pod UID: the Node's name, or the Machine's while it has none. */
  expected(state: ClusterState): ReadonlyMap<string, string> {
    const expected = new Map<string, string>();
    for (const [name, { podUids }] of this.#byName) {
      const providerId = state.machines.get(name)?.machine.providerId ?? '';
      const place = state.nodeByProviderId(providerId)?.node.name ?? name;
      for (const uid of podUids) expected.set(uid, place);
    }
    return expected;
  }

  /** The pods, as `namespace/name`, sorted, that are expected under one of these names and that still have no node. */
  nominatedPods(names: readonly (string | undefined)[], state: ClusterState, nowMs: number): readonly string[] {
    const pods = new Set<string>();
    for (const name of names) {
      const nomination = name === undefined ? undefined : this.#byName.get(name);
      if (name === undefined || nomination === undefined) continue;
      if (nomination.untilMs <= nowMs) {
        this.#byName.delete(name);
        continue;
      }
      for (const uid of nomination.podUids) {
        const pod = state.pods.get(uid);
        if (pod === undefined || pod.nodeName !== undefined || pod.deletionAtMs !== undefined) continue;
        pods.add(`${pod.demand.namespace}/${pod.demand.name}`);
      }
    }
    return [...pods].sort();
  }
}
