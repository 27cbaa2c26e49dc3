import type { PodGroup } from './pod-groups.ts';
import { isRunning, type StandingNode } from './standing.ts';

/** What a tally counts, and where. */
export interface TallyTerms {
  readonly topologyKey: string;
  readonly group: PodGroup;
  /** Whether pods on this node count. */
  readonly counts: (node: StandingNode) => boolean;
  /** Domains that count even when nobody of the group is there. */
  readonly domains: readonly string[];
  /** With fewer domains than this the least crowded one is taken to be empty. */
  readonly minDomains: number;
}

/** How many pods of a group stand in each domain of a topology key, while a plan's pods are bound one after another. */
export class Tally {
  readonly topologyKey: string;
  readonly group: PodGroup;
  readonly #counts: (node: StandingNode) => boolean;
  readonly #isShort: boolean;
  readonly #start: ReadonlyMap<string, number>;
  #now = new Map<string, number>();
  #least = 0;
  /** Domains that hold no more than the least. */
  #leastDomains = 0;
  #total = 0;
  /** Pods still to be bound: by domain, by what the domain may hold beyond the least one when they are. */
  readonly #awaited = new Map<string, Map<number, number>>();

  constructor({ topologyKey, group, counts, domains, minDomains }: TallyTerms, nodes: readonly StandingNode[]) {
    this.topologyKey = topologyKey;
    this.group = group;
    this.#counts = counts;
    this.#isShort = new Set(domains).size < minDomains;
    const start = new Map(domains.map((domain) => [domain, 0]));
    for (const node of nodes) {
      const domain = this.domainOf(node);
      const members = node.bound.filter((pod) => isRunning(pod) && group.has(pod)).length;
      if (domain !== undefined && members > 0) start.set(domain, (start.get(domain) ?? 0) + members);
    }
    this.#start = start;
    this.reset();
  }

  /** The domain in which pods on the node count; undefined when they do not. */
  domainOf(node: StandingNode): string | undefined {
    return this.#counts(node) ? node.labels[this.topologyKey] : undefined;
  }

  /** As it was before the first pod of the plan was bound. */
  reset(): void {
    this.#now = new Map(this.#start);
    this.#total = this.#now.values().reduce((sum, count) => sum + count, 0);
    this.#awaited.clear();
    this.#findLeast();
  }

  at(domain: string): number {
    return this.#now.get(domain) ?? 0;
  }

  /** How many of the group stand anywhere. */
  get total(): number {
    return this.#total;
  }

  /** How many more than the least crowded domain this one holds. */
  excess(domain: string): number {
    return this.at(domain) - (this.#isShort ? 0 : this.#least);
  }

  /** One more stands in the domain. True when that changes what is said of other domains too. */
  add(domain: string): boolean {
    const before = this.at(domain);
    this.#now.set(domain, before + 1);
    this.#total += 1;
    if (before > this.#least) return false;
    this.#leastDomains -= 1;
    if (this.#leastDomains <= 0) this.#findLeast();
    else return this.#leastDomains === 1;
    return true;
  }

  /** Undoes an `add`. */
  remove(domain: string): void {
    const before = this.at(domain);
    // A domain that only counts because somebody of the group is there.
    if (before === 1 && !this.#start.has(domain)) this.#now.delete(domain);
    else this.#now.set(domain, before - 1);
    this.#total -= 1;
    this.#findLeast();
  }

  /** Says that pods of this weight will have to find no more than `excessMax` in the domain. */
  await(domain: string, excessMax: number, weight: number): void {
    const inDomain = this.#awaited.get(domain) ?? new Map<number, number>();
    inDomain.set(excessMax, (inDomain.get(excessMax) ?? 0) + weight);
    this.#awaited.set(domain, inDomain);
  }

  /** The weight of those awaited who could not be bound, or who would have to wait for still longer, if one more stood in the domain. */
  harm(domain: string): number {
    const awaited = this.#awaited.get(domain);
    const lifts = !this.#isShort && this.at(domain) === this.#least && this.#leastDomains === 1;
    if (awaited === undefined || lifts) return 0;
    const excess = this.excess(domain);
    let harmed = 0;
    for (const [excessMax, weight] of awaited) if (excessMax <= excess) harmed += weight;
    return harmed;
  }

  #findLeast(): void {
    this.#least = Math.min(...this.#now.values());
    this.#leastDomains = this.#now.values().reduce((sum, count) => sum + (count === this.#least ? 1 : 0), 0);
  }
}
