import type { ProvisionerModel } from '../../cluster-snapshot.ts';
import { amountOf, fitsResources, type Resources } from '../../resources.ts';
import { type LaunchableType, reservedCapacityOf } from '../launchable-types.ts';

/**
 * What a Provisioner may still launch under its limits. A planned node holds, per limited resource, the largest capacity among its
 * types until one is bought; as its types shrink it gives back, so the sum of what is held never passes a limit.
 */
export class LimitLedger {
  readonly #limits: Resources | undefined;
  readonly #remaining: Record<string, number> = {};
  /** Goes up whenever room comes back: what was refused before may then be asked again. */
  #returns = 0;

  constructor({ limits, usage }: Pick<ProvisionerModel, 'limits' | 'usage'>) {
    this.#limits = limits;
    for (const name in limits) this.#remaining[name] = amountOf(limits, name) - amountOf(usage, name);
  }

  get returns(): number {
    return this.#returns;
  }

  /** Returns the types whose whole capacity is left under every limit. */
  affordable(types: readonly LaunchableType[]): readonly LaunchableType[] {
    if (this.#limits === undefined) return types;
    return types.filter(({ type }) => Object.keys(this.excess(type.capacity)).length === 0);
  }

  /** Returns how far beyond each limit this capacity would go; only limits that it would break. */
  excess(capacity: Resources): Resources {
    const excess: Record<string, number> = {};
    for (const name in this.#remaining) {
      const beyond = amountOf(capacity, name) - amountOf(this.#remaining, name);
      if (beyond > 0) excess[name] = beyond;
    }
    return excess;
  }

  /** Returns limit and remaining room of one limited resource. */
  standing(name: string): { readonly limit: number; readonly remaining: number } {
    return { limit: amountOf(this.#limits ?? {}, name), remaining: amountOf(this.#remaining, name) };
  }

  /** Holds what a new node of these types may need. They must be affordable. */
  hold(types: readonly LaunchableType[]): void {
    if (this.#limits === undefined) return;
    this.#move(reservedCapacityOf(types), -1);
  }

  /** Gives back what a node no longer needs whose types shrank. */
  shrink(before: readonly LaunchableType[], after: readonly LaunchableType[]): void {
    if (this.#limits === undefined || before.length === after.length) return;
    const held = { ...this.#remaining };
    this.#move(reservedCapacityOf(before), 1);
    this.#move(reservedCapacityOf(after), -1);
    if (!fitsResources(this.#remaining, held)) this.#returns += 1;
  }

  #move(capacity: Resources, sign: 1 | -1): void {
    for (const name in this.#remaining) {
      this.#remaining[name] = amountOf(this.#remaining, name) + sign * amountOf(capacity, name);
    }
  }
}
