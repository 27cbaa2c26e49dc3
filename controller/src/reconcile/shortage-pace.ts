import type { PlannedNode } from '../core/scheduling/plan.ts';

/**
 * Shortages of a pod after which its Machines are tried out one at a time: two, so that spot falls back to on-demand, and one size to
 * the next, at full speed.
 */
const FREE_SHORTAGES = 2;
/** First rest between two trials for one Provisioner, and the ceiling of its doubling (ms): two orders a minute at most. */
const REST_MS_MIN = 2_000;
const REST_MS_MAX = 30_000;

interface Order {
  readonly provisionerName: string;
  readonly podUids: readonly string[];
}

interface Rest {
  readonly ms: number;
  readonly untilMs: number;
}

/**
 * How fast Machines are made for pods whose offerings keep turning out to be sold out. Without it each pass makes all of them anew for
 * the next offerings, every three minutes when what is known of the stock is forgotten. Forgetting this (a restart) costs two passes.
 */
export class ShortagePace {
  /** By Machine name, until its launch is decided. */
  readonly #orders = new Map<string, Order>();
  /** By pod UID. */
  readonly #shortages = new Map<string, { readonly provisionerName: string; readonly count: number }>();
  /** By Provisioner: between two trials. */
  readonly #rests = new Map<string, Rest>();

  /** The nodes that may be bought now: all but those of pods that met shortages; of these one a Provisioner, when its rest is over. */
  admitted<N extends PlannedNode>(nodes: readonly N[], nowMs: number): readonly N[] {
    const tried = new Set<string>();
    return nodes.filter(({ provisionerName, podUids }) => {
      if (!this.#isTrial(podUids)) return true;
      if (tried.has(provisionerName) || (this.#rests.get(provisionerName)?.untilMs ?? 0) > nowMs) return false;
      tried.add(provisionerName);
      return true;
    });
  }

  /** Notes for whom a Machine is made. While a trial is under way, there is no other. */
  ordered(machineName: string, order: Order, nowMs: number): void {
    this.#orders.set(machineName, { provisionerName: order.provisionerName, podUids: order.podUids });
    if (!this.#isTrial(order.podUids)) return;
    const ms = this.#rests.get(order.provisionerName)?.ms ?? REST_MS_MIN;
    this.#rests.set(order.provisionerName, { ms, untilMs: nowMs + REST_MS_MAX });
  }

  /** Notes that a Machine was given up because nothing was in stock. */
  gaveUp(machineName: string, nowMs: number): void {
    const order = this.#orders.get(machineName);
    if (order === undefined) return;
    this.#orders.delete(machineName);
    const { provisionerName, podUids } = order;
    const lastMs = this.#isTrial(podUids) ? this.#rests.get(provisionerName)?.ms : undefined;
    const ms = lastMs === undefined ? REST_MS_MIN : Math.min(2 * lastMs, REST_MS_MAX);
    this.#rests.set(provisionerName, { ms, untilMs: nowMs + ms });
    for (const uid of podUids) {
      this.#shortages.set(uid, { provisionerName, count: (this.#shortages.get(uid)?.count ?? 0) + 1 });
    }
  }

  /** Notes that a Machine has its instance. If pods that met shortages wait for it, its Provisioner finds stock again. */
  launched(machineName: string): void {
    const order = this.#orders.get(machineName);
    if (order === undefined) return;
    this.#orders.delete(machineName);
    const { provisionerName, podUids } = order;
    if (!podUids.some((uid) => this.#shortages.has(uid))) return;
    this.#rests.delete(provisionerName);
    for (const [uid, each] of this.#shortages)
      if (each.provisionerName === provisionerName) this.#shortages.delete(uid);
  }

  /** Forgets pods and Machines that are gone. */
  prune(hasPod: (uid: string) => boolean, hasMachine: (name: string) => boolean): void {
    for (const uid of this.#shortages.keys()) if (!hasPod(uid)) this.#shortages.delete(uid);
    for (const name of this.#orders.keys()) if (!hasMachine(name)) this.#orders.delete(name);
    if (this.#shortages.size === 0) this.#rests.clear();
  }

  #isTrial(podUids: readonly string[]): boolean {
    return podUids.some((uid) => (this.#shortages.get(uid)?.count ?? 0) >= FREE_SHORTAGES);
  }
}
