import type { Refusals } from './refusals.ts';

/**
 * The planned nodes in the order in which pods try them: those with the fewest pods first, the older one of equals. Kept as one set of
 * nodes for each number of pods, so that a pod that joins moves one bit, and whom a shape has refused is left out 32 at a time.
 */
export class DraftOrder {
  /** By number of pods: the nodes with so many, bit `index % 32` of word `index / 32`. */
  readonly #byPods: number[][] = [];
  /** By number of pods: how many nodes have so many. */
  readonly #sizes: number[] = [];
  #length = 0;
  /** Pods that one node may have. */
  readonly podsMax: number;

  constructor(podsMax: number) {
    this.podsMax = podsMax;
  }

  /** How many nodes there are. They are numbered from 0, in the order in which they were added. */
  get length(): number {
    return this.#length;
  }

  /** Adds a node, with its first pod. */
  add(): void {
    this.#put(this.#length, 1);
    this.#length += 1;
  }

  /** Moves a node that had `before` pods to those with `pods`. */
  grow(index: number, before: number, pods: number): void {
    const words = this.#byPods[before] as number[];
    words[index >>> 5] = (words[index >>> 5] as number) & ~(1 << (index & 31));
    this.#sizes[before] = (this.#sizes[before] as number) - 1;
    this.#put(index, pods);
  }

  /**
   * Asks the nodes in order and returns the first that takes; undefined when none does. Left out are those that have refused the shape
   * (`refusals`), those that its rules keep out for good (`barred`), and those that they keep out now (`barredNow`).
   */
  find(
    { refusals, barred, barredNow }: { refusals: Refusals; barred: Refusals; barredNow: readonly number[] },
    takes: (index: number) => boolean,
  ): number | undefined {
    if (refusals.count === this.#length || barred.count === this.#length) return undefined;
    const end = Math.min(this.#byPods.length, this.podsMax);
    let isClosed = true;
    for (let pods = refusals.firstOpen(this.#length); pods < end; pods += 1) {
      const words = (this.#sizes[pods] ?? 0) === 0 ? [] : (this.#byPods[pods] as number[]);
      for (let word = 0; word < words.length; word += 1) {
        const open = (words[word] as number) & ~((refusals.words[word] ?? 0) | (barred.words[word] ?? 0));
        if (open === 0) continue;
        isClosed = false;
        for (let bits = open & ~(barredNow[word] ?? 0); bits !== 0; bits &= bits - 1) {
          const index = word * 32 + (31 - Math.clz32(bits & -bits));
          if (takes(index)) return index;
        }
      }
      if (isClosed) refusals.closeUpTo(pods);
    }
    return undefined;
  }

  #put(index: number, pods: number): void {
    while (this.#byPods.length <= pods) {
      this.#byPods.push([]);
      this.#sizes.push(0);
    }
    const words = this.#byPods[pods] as number[];
    while (words.length <= index >>> 5) words.push(0);
    words[index >>> 5] = (words[index >>> 5] as number) | (1 << (index & 31));
    this.#sizes[pods] = (this.#sizes[pods] as number) + 1;
  }
}
