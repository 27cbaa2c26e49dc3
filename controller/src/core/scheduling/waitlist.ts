/** Those who wait, taken from the front: a list of a million is not moved up for each. */
export class Waitlist<T> {
  readonly #all: readonly T[];
  #taken = 0;

  constructor(all: readonly T[]) {
    this.#all = all;
  }

  /** How many still wait. */
  get length(): number {
    return this.#all.length - this.#taken;
  }

  /** Takes the next `count`, or as many as there are. */
  take(count: number): T[] {
    const next = this.#all.slice(this.#taken, this.#taken + count);
    this.#taken += next.length;
    return next;
  }
}
