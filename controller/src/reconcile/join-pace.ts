import type { PlannedNode } from '../core/scheduling/plan.ts';

/**
 * Nodes of one Provisioner in a row that did not join, after which its nodes are tried out one at a time. One instance may be broken, two
 * may be chance; each costs a quarter of an hour of money.
 */
const FAILURES_FREE = 3;

/** What is told to whoever waits for a node of such a Provisioner. */
export function joinsFailingMessage(provisionerName: string): string {
  return `the last nodes of provisioner "${provisionerName}" (${FAILURES_FREE} or more) have not joined: until one does, one at a time is tried`;
}

/**
 * How fast Machines are made for a Provisioner whose nodes do not join. Without it every pod would get its instance, every quarter of an
 * hour anew, for as long as an image is broken. A restart recalls whose nodes failed from their Provisioners' conditions.
 */
export class JoinPace {
  /** By Provisioner: the Machines whose nodes did not join since the last that did. */
  readonly #failures = new Map<string, Set<string>>();
  /** Provisioners of which an earlier process has found enough. */
  readonly #recalled = new Set<string>();

  /** Takes up what an earlier process has found. */
  recall(provisionerName: string): void {
    this.#recalled.add(provisionerName);
  }

  /** Notes that a Machine with an instance is given up because its node has not joined; true when from now on one at a time is tried. */
  failed(provisionerName: string, machineName: string): boolean {
    const wasTrying = this.isTrying(provisionerName);
    const failures = this.#failures.get(provisionerName) ?? new Set();
    this.#failures.set(provisionerName, failures.add(machineName));
    return !wasTrying && this.isTrying(provisionerName);
  }

  /** Notes that a node has joined: all is well again. */
  joined(provisionerName: string): void {
    this.#failures.delete(provisionerName);
    this.#recalled.delete(provisionerName);
  }

  /** True while nodes of the Provisioner are tried out one at a time. */
  isTrying(provisionerName: string): boolean {
    const count = this.#failures.get(provisionerName)?.size ?? 0;
    return this.#recalled.has(provisionerName) || count >= FAILURES_FREE;
  }

  /** Forgets Provisioners that are gone. */
  prune(hasProvisioner: (name: string) => boolean): void {
    for (const name of [...this.#failures.keys(), ...this.#recalled]) if (!hasProvisioner(name)) this.joined(name);
  }

  /** The nodes that may be bought now: all, but one of a Provisioner whose nodes are tried out, and none while one of them is awaited. */
  admitted<N extends PlannedNode>(
    nodes: readonly N[],
    isAwaitingNode: (provisionerName: string) => boolean,
  ): readonly N[] {
    const tried = new Set<string>();
    return nodes.filter(({ provisionerName }) => {
      if (!this.isTrying(provisionerName)) return true;
      if (tried.has(provisionerName) || isAwaitingNode(provisionerName)) return false;
      tried.add(provisionerName);
      return true;
    });
  }
}
