import { contains, type TypeSet, typeSetOf, without } from './type-set.ts';

/** The types of one Provisioner by one amount of theirs: who has enough of it is one look instead of one comparison a type. */
export class TypeLadder {
  readonly #amounts: readonly number[];
  /** Distinct amounts, ascending. */
  readonly #steps: readonly number[];
  /** By step: the types that have at least this much. */
  readonly #sets: readonly TypeSet[];
  /** By step: the types that have less than this; each made when it is first asked for. */
  readonly #rests: (TypeSet | undefined)[] = [];
  /** Positions, the largest amount first. */
  readonly #largestFirst: readonly number[];

  /** `amounts` has that of each type, by its position. */
  constructor(amounts: readonly number[]) {
    this.#amounts = amounts;
    this.#steps = [...new Set(amounts)].sort((left, right) => left - right);
    this.#sets = this.#steps.map((step) => typeSetOf(amounts.length, (position) => (amounts[position] ?? 0) >= step));
    const byAmount = (left: number, right: number) => (amounts[right] ?? 0) - (amounts[left] ?? 0);
    this.#largestFirst = amounts.map((_, position) => position).sort(byAmount);
  }

  /** The amount of the type at the position. */
  of(position: number): number {
    return this.#amounts[position] as number;
  }

  /** Returns the types that have at least this much; undefined when none has. */
  atLeast(amount: number): TypeSet | undefined {
    return this.#sets[this.#firstStep((step) => step >= amount)];
  }

  /** Returns the types that have this much at most, perhaps none. */
  atMost(amount: number): TypeSet {
    const step = this.#firstStep((each) => each > amount);
    this.#rests[step] ??= without(
      typeSetOf(this.#amounts.length, () => true),
      this.#sets[step],
    );
    return this.#rests[step];
  }

  /** Returns the largest amount that a type of the set has; -Infinity of none. */
  largestIn(set: TypeSet): number {
    for (const position of this.#largestFirst) if (contains(set, position)) return this.#amounts[position] as number;
    return Number.NEGATIVE_INFINITY;
  }

  /** Returns the place of the first step from which on it holds; their number when it holds for none. */
  #firstStep(holds: (step: number) => boolean): number {
    let low = 0;
    let high = this.#steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#steps[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
