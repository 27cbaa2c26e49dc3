/** Nodes of one type that hold so many pods of each shape. */
export interface Pattern {
  readonly counts: readonly number[];
  readonly price: number;
}

/** Exchanges of patterns at most from one mix to the next: a few hundred are usual. A mix that is cut short is dearer, not wrong. */
const EXCHANGES_MAX = 5000;
/** A pattern has to hold so much more than its price, in parts of it, to be worth an exchange. */
const EXCESS_MIN = 1e-7;
/** Patterns that hold less than this part of their price are not looked at again for a while: most never come back. */
const NEARLY_WORTH = 0.98;
/** Smaller shares are rounding errors. */
const EPSILON = 1e-9;
/** Demand is enlarged by less than this part, by another part for each shape: equal ratios would let exchanges go round in a circle. */
const STIR = 1e-6;
/** Exchanges after which the inverse is made anew, before rounding errors add up. */
const EXCHANGES_BETWEEN_INVERSIONS = 200;

/**
 * The cheapest mix of patterns, bought in any fractions, that holds all pods. Revised simplex: as many patterns are in the mix as there are
 * shapes, and what a pod of each shape is worth follows from their prices. Each pattern that comes later and holds more than its price takes the
 * place of one in the mix.
 */
export class PatternMix {
  readonly #demand: Float64Array;
  readonly #patterns: Pattern[];
  /** Position of a pattern by shape that it stands for; below 0 a shape of which more is held than has to be. */
  readonly #basis: Int32Array;
  /** Row by pattern in the mix, column by shape. */
  #inverse: Float64Array[];
  #amounts: Float64Array;
  #exchanges = 0;

  /** `first` holds one shape each, in the order of the shapes. */
  constructor(demand: readonly number[], first: readonly Pattern[]) {
    this.#demand = Float64Array.from(demand, (count, shape) => count * (1 + (STIR * (shape + 1)) / demand.length));
    this.#patterns = [...first];
    this.#basis = Int32Array.from(first, (_, shape) => shape);
    this.#inverse = inverseOf(first.map(({ counts }) => counts));
    this.#amounts = this.#held();
  }

  /** What the mix costs: a little more than the optimum of all patterns so far, never less. */
  get price(): number {
    return this.#amounts.reduce((sum, amount, row) => sum + amount * this.#priceOf(this.#basis[row] as number), 0);
  }

  /** What a pod of each shape is worth: no pattern in the mix holds more than its price. */
  worth(): Float64Array {
    const worth = new Float64Array(this.#demand.length);
    for (const [row, shares] of this.#inverse.entries()) {
      const price = this.#priceOf(this.#basis[row] as number);
      if (price === 0) continue;
      for (let shape = 0; shape < worth.length; shape++) {
        worth[shape] = (worth[shape] as number) + price * (shares[shape] as number);
      }
    }
    return worth;
  }

  /** Adds patterns and improves the mix by them and by those before them that nearly were worth their price. */
  add(patterns: readonly Pattern[]): void {
    const worth = this.worth();
    const near = this.#patterns.flatMap(({ counts, price }, index) =>
      dot(counts, worth) >= price * NEARLY_WORTH ? [index] : [],
    );
    const candidates = [...near, ...patterns.map((_, index) => this.#patterns.length + index)];
    this.#patterns.push(...patterns);
    for (let exchanges = 0; exchanges < EXCHANGES_MAX; exchanges++) {
      const candidate = this.#best(candidates);
      if (candidate === undefined || !this.#exchange(candidate)) return;
    }
  }

  #priceOf(candidate: number): number {
    return candidate < 0 ? 0 : (this.#patterns[candidate] as Pattern).price;
  }

  /** How much of each shape one of the candidate holds. */
  #countsOf(candidate: number): ArrayLike<number> {
    if (candidate >= 0) return (this.#patterns[candidate] as Pattern).counts;
    const surplus = new Float64Array(this.#demand.length);
    surplus[-1 - candidate] = -1;
    return surplus;
  }

  /** Of these the pattern that holds most for its price, or the shape that is worth less than nothing; undefined in an optimum. */
  #best(candidates: readonly number[]): number | undefined {
    const worth = this.worth();
    let best: number | undefined;
    let most = EXCESS_MIN;
    for (const index of candidates) {
      const { counts, price } = this.#patterns[index] as Pattern;
      const excess = dot(counts, worth) / price - 1;
      if (excess > most) [best, most] = [index, excess];
    }
    if (best !== undefined) return best;
    const shape = worth.findIndex((each) => each < -EPSILON);
    return shape < 0 ? undefined : -1 - shape;
  }

  /** Takes the candidate into the mix instead of what it makes superfluous first; false when there is no such thing. */
  #exchange(candidate: number): boolean {
    const counts = this.#countsOf(candidate);
    const shares = this.#inverse.map((row) => dot(counts, row));
    let leaving: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [row, share] of shares.entries()) {
      const ratio = share > EPSILON ? Math.max(0, this.#amounts[row] as number) / share : Number.POSITIVE_INFINITY;
      if (ratio < least) [leaving, least] = [row, ratio];
    }
    if (leaving === undefined) return false;
    this.#pivot(leaving, shares);
    this.#basis[leaving] = candidate;
    this.#exchanges += 1;
    if (this.#exchanges % EXCHANGES_BETWEEN_INVERSIONS === 0) {
      this.#inverse = inverseOf(Array.from(this.#basis, (each) => Array.from(this.#countsOf(each))));
    }
    this.#amounts = this.#held();
    return true;
  }

  #pivot(leaving: number, shares: readonly number[]): void {
    const pivot = this.#inverse[leaving] as Float64Array;
    const factor = shares[leaving] as number;
    for (let shape = 0; shape < pivot.length; shape++) pivot[shape] = (pivot[shape] as number) / factor;
    for (const [row, cells] of this.#inverse.entries()) {
      const share = shares[row] as number;
      if (row === leaving || share === 0) continue;
      for (let shape = 0; shape < cells.length; shape++) {
        cells[shape] = (cells[shape] as number) - share * (pivot[shape] as number);
      }
    }
  }

  /** How often each pattern of the mix is bought. */
  #held(): Float64Array {
    return Float64Array.from(this.#inverse, (row) => dot(this.#demand, row));
  }
}

function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] as number) * (right[index] as number);
  return sum;
}

/** The inverse of the matrix with these columns, by Gauss and Jordan. */
function inverseOf(columns: readonly (readonly number[])[]): Float64Array[] {
  const size = columns.length;
  const cells = columns.map((_, row) =>
    Float64Array.from({ length: 2 * size }, (__, at) =>
      at < size ? ((columns[at] as readonly number[])[row] as number) : at - size === row ? 1 : 0,
    ),
  );
  for (let column = 0; column < size; column++) {
    let largest = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(cells[row]?.[column] ?? 0) > Math.abs(cells[largest]?.[column] ?? 0)) largest = row;
    }
    const pivot = cells[largest] as Float64Array<ArrayBuffer>;
    cells[largest] = cells[column] as Float64Array<ArrayBuffer>;
    cells[column] = pivot;
    const factor = pivot[column] as number;
    for (let at = column; at < 2 * size; at++) pivot[at] = (pivot[at] as number) / factor;
    for (const other of cells) {
      const share = other[column] as number;
      if (other === pivot || share === 0) continue;
      for (let at = column; at < 2 * size; at++) other[at] = (other[at] as number) - share * (pivot[at] as number);
    }
  }
  return cells.map((row) => row.slice(size));
}
