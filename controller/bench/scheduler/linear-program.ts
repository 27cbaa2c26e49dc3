/** Steps of the simplex method at most from one optimum to the next: our programs need a few hundred. */
const PIVOTS_MAX = 20_000;
const EPSILON = 1e-9;

/**
 * The largest `gain · y` for which `rows · y <= bounds` and `y >= 0`; bounds are not negative. Infinite when nothing bounds it.
 */
export function maximise(
  gain: readonly number[],
  rows: readonly (readonly number[])[],
  bounds: readonly number[],
): number {
  return new LinearProgram(gain, rows, bounds).value;
}

/**
 * A program that is solved when it is made and again for each row that comes later. Simplex on the condensed tableau, by Bland's rule, which
 * cannot cycle; a new row cuts the optimum off, and the dual method leads to the next. Made for few columns and many rows.
 */
export class LinearProgram {
  readonly #columns: number;
  readonly #tableau: Float64Array[] = [];
  readonly #objective: Float64Array;
  // Variables are numbered: structural ones first, then one slack a row. Bland's rule goes by these numbers.
  readonly #nonBasic: number[];
  readonly #basic: number[] = [];
  #value: number;

  constructor(gain: readonly number[], rows: readonly (readonly number[])[], bounds: readonly number[]) {
    this.#columns = gain.length;
    this.#objective = Float64Array.from([...gain.map((each) => -each), 0]);
    this.#nonBasic = gain.map((_, index) => index);
    for (const [index, row] of rows.entries()) {
      this.#tableau.push(Float64Array.from([...row, bounds[index] ?? 0]));
      this.#basic.push(this.#columns + index);
    }
    this.#value = this.#improve();
  }

  /** What is gained at most. */
  get value(): number {
    return this.#value;
  }

  /** The `y` that gains most. */
  solution(): number[] {
    const solution = Array.from({ length: this.#columns }, () => 0);
    for (const [row, variable] of this.#basic.entries()) {
      if (variable < this.#columns) solution[variable] = Math.max(0, this.#tableau[row]?.[this.#columns] ?? 0);
    }
    return solution;
  }

  /** What one more of each row's bound would gain, in the order of the rows. */
  shadowPrices(): number[] {
    const prices = Array.from(this.#tableau, () => 0);
    for (const [column, variable] of this.#nonBasic.entries()) {
      if (variable >= this.#columns) prices[variable - this.#columns] = Math.max(0, this.#objective[column] ?? 0);
    }
    return prices;
  }

  /** Adds rows, to a program that has an optimum, and finds the new one. */
  add(rows: readonly { readonly row: readonly number[]; readonly bound: number }[]): void {
    for (const { row, bound } of rows) {
      const cut = new Float64Array(this.#columns + 1);
      cut[this.#columns] = bound;
      for (const [column, variable] of this.#nonBasic.entries()) cut[column] = row[variable] ?? 0;
      for (const [index, variable] of this.#basic.entries()) {
        const share = row[variable] ?? 0;
        if (share !== 0) subtract(cut, this.#tableau[index] as Float64Array, share);
      }
      this.#basic.push(this.#columns + this.#tableau.length);
      this.#tableau.push(cut);
    }
    this.#value = this.#repair();
  }

  /** From a point that keeps all bounds to one that gains most. */
  #improve(): number {
    for (let pivots = 0; pivots < PIVOTS_MAX; pivots++) {
      const column = lowest(this.#nonBasic, (index) => (this.#objective[index] as number) < -EPSILON);
      if (column === undefined) return this.#objective[this.#columns] as number;
      const row = this.#tightest(column);
      if (row === undefined) return Number.POSITIVE_INFINITY;
      this.#pivot(row, column);
    }
    throw new Error(`no optimum after ${PIVOTS_MAX} steps`);
  }

  /** From a point that gains too much to one that keeps all bounds. */
  #repair(): number {
    for (let pivots = 0; pivots < PIVOTS_MAX; pivots++) {
      const row = this.#mostBroken();
      if (row === undefined) return this.#objective[this.#columns] as number;
      const column = this.#cheapest(row);
      if (column === undefined) throw new Error('no point keeps all bounds');
      this.#pivot(row, column);
    }
    throw new Error(`no optimum after ${PIVOTS_MAX} steps`);
  }

  #tightest(column: number): number | undefined {
    const ratioOf = (row: Float64Array): number => {
      const factor = row[column] as number;
      return factor > EPSILON ? (row[this.#columns] as number) / factor : Number.POSITIVE_INFINITY;
    };
    const ratios = this.#tableau.map(ratioOf);
    const least = ratios.reduce((left, right) => Math.min(left, right), Number.POSITIVE_INFINITY);
    if (least === Number.POSITIVE_INFINITY) return undefined;
    return lowest(this.#basic, (index) => (ratios[index] as number) <= least + EPSILON);
  }

  #mostBroken(): number | undefined {
    let found: number | undefined;
    let least = -EPSILON;
    for (const [index, row] of this.#tableau.entries()) {
      const left = row[this.#columns] as number;
      if (left < least) [found, least] = [index, left];
    }
    return found;
  }

  /** The column that costs least of the gain for what it mends in the row. */
  #cheapest(row: number): number | undefined {
    const cells = this.#tableau[row] as Float64Array;
    const ratioOf = (column: number): number => {
      const factor = cells[column] as number;
      return factor < -EPSILON ? (this.#objective[column] as number) / -factor : Number.POSITIVE_INFINITY;
    };
    let least = Number.POSITIVE_INFINITY;
    for (let column = 0; column < this.#columns; column++) least = Math.min(least, ratioOf(column));
    if (least === Number.POSITIVE_INFINITY) return undefined;
    return lowest(this.#nonBasic, (column) => ratioOf(column) <= least + EPSILON);
  }

  #pivot(row: number, column: number): void {
    const pivotRow = this.#tableau[row] as Float64Array;
    const factor = pivotRow[column] as number;
    for (const other of [...this.#tableau, this.#objective]) {
      const cell = other[column] as number;
      if (other === pivotRow || cell === 0) continue;
      subtract(other, pivotRow, cell / factor);
      other[column] = -cell / factor;
    }
    for (let index = 0; index < pivotRow.length; index++) {
      pivotRow[index] = index === column ? 1 / factor : (pivotRow[index] as number) / factor;
    }
    [this.#nonBasic[column], this.#basic[row]] = [this.#basic[row] as number, this.#nonBasic[column] as number];
  }
}

/** Of the positions that qualify, the one whose variable has the lowest number. */
function lowest(variables: readonly number[], qualifies: (index: number) => boolean): number | undefined {
  let best: number | undefined;
  for (let index = 0; index < variables.length; index++) {
    const isLower = best === undefined || (variables[index] as number) < (variables[best] as number);
    if (isLower && qualifies(index)) best = index;
  }
  return best;
}

function subtract(from: Float64Array, row: Float64Array, share: number): void {
  for (let index = 0; index < from.length; index++) {
    from[index] = (from[index] as number) - share * (row[index] as number);
  }
}
