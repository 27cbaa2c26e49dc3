/** Keys by position, of which the least is found without going through all: each node of a binary tree has the lesser of its two children's. */
export class KeyTree {
  readonly #keys: Float64Array;
  /** Where the leaves begin. */
  readonly #width: number;

  /** All keys are infinite. */
  constructor(length: number) {
    this.#width = 2 ** Math.ceil(Math.log2(Math.max(1, length)));
    this.#keys = new Float64Array(2 * this.#width).fill(Number.POSITIVE_INFINITY);
  }

  set(position: number, key: number): void {
    const keys = this.#keys;
    let at = this.#width + position;
    if (keys[at] === key) return;
    keys[at] = key;
    for (at >>= 1; at > 0; at >>= 1) {
      const least = Math.min(keys[2 * at] as number, keys[2 * at + 1] as number);
      if (keys[at] === least) return;
      keys[at] = least;
    }
  }

  /** The first position of the least key; undefined when all are infinite. */
  firstOfLeast(): number | undefined {
    const least = this.#keys[1] as number;
    return least === Number.POSITIVE_INFINITY ? undefined : this.firstAtMost(least, 0);
  }

  /** The first position, from this one on, of a key that is not larger. */
  firstAtMost(key: number, from: number): number | undefined {
    if (from >= this.#width) return undefined;
    let at = this.#width + from;
    // Up and to the right, as long as there is nothing in the subtree.
    while ((this.#keys[at] as number) > key) {
      while (at % 2 === 1) {
        if (at === 1) return undefined;
        at >>= 1;
      }
      at += 1;
    }
    while (at < this.#width) at = (this.#keys[2 * at] as number) <= key ? 2 * at : 2 * at + 1;
    return at - this.#width;
  }
}
