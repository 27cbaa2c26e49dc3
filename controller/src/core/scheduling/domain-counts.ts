/**
 * How many pods stand in each domain (each value of one node label). Where the label of a node is not decided yet, its pods may be in
 * any of several domains: `least` leaves such pods out and `most` has them everywhere, so that a rule can be on the safe side.
 */
export class DomainCounts {
  readonly #sure = new Map<string, number>();
  readonly #possible = new Map<string, number>();
  #anywhere = 0;

  /** Counts one pod in the one domain, or as possible in each of them; in any there may be when they are not known. */
  add(domains: readonly string[] | undefined, isSure: boolean): void {
    if (domains === undefined) {
      this.#anywhere += 1;
      return;
    }
    const counts = isSure && domains.length === 1 ? this.#sure : this.#possible;
    for (const domain of domains) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }

  least(domain: string): number {
    return this.#sure.get(domain) ?? 0;
  }

  most(domain: string): number {
    return this.least(domain) + (this.#possible.get(domain) ?? 0) + this.#anywhere;
  }

  /** True until a pod has been counted. */
  get isEmpty(): boolean {
    return this.#sure.size === 0 && this.#possible.size === 0 && this.#anywhere === 0;
  }

  /** Domains that surely hold a pod, sorted. */
  occupied(): string[] {
    return [...this.#sure.keys()].sort();
  }
}
