import type { ProvisionerModel } from '../cluster-snapshot.ts';
import { amountOf, type Resources } from '../resources.ts';
import type { TypeIndex } from './type-index.ts';
import { intersection, type TypeSet } from './type-set.ts';

/** What one planned node holds of each limited resource, in the order of their names. */
export type Held = readonly number[];

/**
 * What a Provisioner may still launch under its limits. A planned node holds, per limited resource, the largest capacity among its
 * types until one is bought; as its types shrink it gives back, so the sum of what is held never passes a limit.
 */
export class LimitLedger {
  readonly #limits: Resources;
  readonly #index: TypeIndex;
  /** Limited resources. */
  readonly #names: readonly string[];
  readonly #remaining: number[];
  /** Goes up whenever room comes back: what was refused before may then be asked again. */
  #returns = 0;

  constructor({ limits = {}, usage }: Pick<ProvisionerModel, 'limits' | 'usage'>, index: TypeIndex) {
    this.#limits = limits;
    this.#index = index;
    this.#names = Object.keys(limits);
    this.#remaining = this.#names.map((name) => amountOf(limits, name) - amountOf(usage, name));
  }

  get returns(): number {
    return this.#returns;
  }

  /** Returns those of the types whose whole capacity is left under every limit; undefined when there are none. */
  affordable(types: TypeSet): TypeSet | undefined {
    let left: TypeSet | undefined = types;
    for (const [place, name] of this.#names.entries()) {
      left = left && intersection(left, this.#index.capacity(name).atMost(this.#remaining[place] as number));
    }
    return left;
  }

  /** Returns those of the types that would hold no more of any limit than the type at the position. */
  noLargerThan(position: number, types: TypeSet): TypeSet {
    let left: TypeSet = types;
    for (const name of this.#names) {
      const most = amountOf(this.#index.types[position]?.type.capacity ?? {}, name);
      left = intersection(left, this.#index.capacity(name).atMost(most)) ?? left;
    }
    return left;
  }

  /** Returns how far beyond each limit this capacity would go; only limits that it would break. */
  excess(capacity: Resources): Resources {
    const excess: Record<string, number> = {};
    for (const [place, name] of this.#names.entries()) {
      const beyond = amountOf(capacity, name) - (this.#remaining[place] as number);
      if (beyond > 0) excess[name] = beyond;
    }
    return excess;
  }

  /** Returns limit and remaining room of one limited resource. */
  standing(name: string): { readonly limit: number; readonly remaining: number } {
    return { limit: amountOf(this.#limits, name), remaining: this.#remaining[this.#names.indexOf(name)] ?? 0 };
  }

  /** Holds, and returns, what a new node of these types may need. They must be affordable. */
  hold(types: TypeSet): Held {
    const held = this.#needOf(types);
    for (const [place, amount] of held.entries()) this.#move(place, -amount);
    return held;
  }

  /** Gives back what a node no longer needs whose types shrank to these; returns what it holds from now on. */
  shrink(before: Held, types: TypeSet): Held {
    if (this.#names.length === 0) return before;
    const held = this.#needOf(types);
    let isMore = false;
    for (const [place, amount] of held.entries()) {
      const back = (before[place] as number) - amount;
      isMore ||= back > 0;
      this.#move(place, back);
    }
    if (isMore) this.#returns += 1;
    return held;
  }

  #needOf(types: TypeSet): Held {
    return this.#names.map((name) => Math.max(this.#index.capacity(name).largestIn(types), 0));
  }

  #move(place: number, amount: number): void {
    this.#remaining[place] = (this.#remaining[place] as number) + amount;
  }
}
