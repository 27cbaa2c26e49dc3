import { zeros } from '../zeros.ts';

/** A column of the program: a pattern by its price and how many pods of each shape it holds. */
interface Column {
  readonly price: number;
  readonly counts: readonly number[];
}

/** Pivots on smaller elements than this make the inverse worthless. */
const PIVOT_MIN = 1e-9;

/**
 * The linear program behind a purchase: buy patterns, in fractions too, so that every shape is covered, at the least price. Solved by the
 * revised simplex method, column by column: whoever uses it brings columns for as long as he finds one whose pods are worth more than it
 * costs (column generation). `values` are the dual prices: what one more pod of a shape would cost.
 */
export class MasterProgram {
  readonly #rows: number;
  readonly #basis: Column[];
  /** By row: how often its column is bought. */
  readonly #amounts: number[];
  /** Inverse of the basis matrix, row by row. */
  readonly #inverse: Float64Array[];

  /** `singles` has for each shape a pattern that holds only that shape. `counts` are the pods to cover. */
  constructor(singles: readonly Column[], counts: readonly number[]) {
    this.#rows = singles.length;
    this.#basis = [...singles];
    this.#inverse = singles.map((single, row) => {
      const line = new Float64Array(singles.length);
      line[row] = 1 / (single.counts[row] as number);
      return line;
    });
    this.#amounts = counts.map((count, row) => count * (this.#inverse[row]?.[row] as number));
  }

  /** The dual prices, by shape. */
  get values(): number[] {
    const values = zeros(this.#rows);
    for (let row = 0; row < this.#rows; row += 1) {
      const { price } = this.#basis[row] as Column;
      const line = this.#inverse[row] as Float64Array;
      if (price !== 0)
        for (let shape = 0; shape < this.#rows; shape += 1)
          values[shape] = (values[shape] as number) + price * (line[shape] as number);
    }
    return values;
  }

  /** The patterns bought, with how often. */
  get solution(): { readonly column: Column; readonly amount: number }[] {
    return this.#basis.map((column, row) => ({ column, amount: this.#amounts[row] as number }));
  }

  /** Brings a column into the basis; false when it would make no difference. */
  enter(column: Column): boolean {
    const direction = this.#inverse.map((line) => dot(line, column.counts));
    const leaving = this.#leavingRow(direction);
    if (leaving === undefined) return false;
    const pivot = direction[leaving] as number;
    const pivotLine = this.#inverse[leaving] as Float64Array;
    for (let shape = 0; shape < this.#rows; shape += 1) pivotLine[shape] = (pivotLine[shape] as number) / pivot;
    const amount = (this.#amounts[leaving] as number) / pivot;
    for (let row = 0; row < this.#rows; row += 1) {
      const factor = direction[row] as number;
      if (row === leaving || factor === 0) continue;
      const line = this.#inverse[row] as Float64Array;
      for (let shape = 0; shape < this.#rows; shape += 1)
        line[shape] = (line[shape] as number) - factor * (pivotLine[shape] as number);
      this.#amounts[row] = Math.max((this.#amounts[row] as number) - factor * amount, 0);
    }
    this.#amounts[leaving] = amount;
    this.#basis[leaving] = column;
    return true;
  }

  /** Lets a shape be covered more often than asked, which pays when one pod more of it would make the whole cheaper. */
  relax(shape: number): boolean {
    const counts = zeros(this.#rows);
    counts[shape] = -1;
    return this.enter({ price: 0, counts });
  }

  #leavingRow(direction: readonly number[]): number | undefined {
    let leaving: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.#rows; row += 1) {
      const step = direction[row] as number;
      if (step <= PIVOT_MIN) continue;
      const ratio = (this.#amounts[row] as number) / step;
      if (ratio < least) {
        least = ratio;
        leaving = row;
      }
    }
    return leaving;
  }
}

function dot(line: Float64Array, counts: readonly number[]): number {
  let sum = 0;
  for (let place = 0; place < line.length; place += 1) sum += (line[place] as number) * (counts[place] as number);
  return sum;
}
