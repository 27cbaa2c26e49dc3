/** Exchanges at most: usual are as many as there are shapes. Cut short, what comes out is as true and less sharp. */
const EXCHANGES_MAX = 2000;
const EPSILON = 1e-9;

/** A node to be filled, when pods could be cut. */
interface Question {
  /** Of one pod, by shape. */
  readonly values: readonly number[];
  /** By resource, then by shape. */
  readonly weights: readonly (readonly number[])[];
  /** By resource. */
  readonly room: readonly number[];
  /** Pods of each shape at most. */
  readonly caps: readonly number[];
}

/**
 * What one more of each resource would add to the best filling of a node, if pods could be cut; not negative. Simplex with bounded variables: the
 * inverse is as small as there are resources, and a shape that is in whole or not at all costs no row.
 */
export function marginalWorth(question: Question): readonly number[] {
  const { room } = question;
  // Scaled, so that bytes and cores are numbers of one size.
  const scales = room.map((amount) => Math.max(1, amount));
  const filling = new Filling(question, scales);
  for (let exchanges = 0; exchanges < EXCHANGES_MAX && filling.improve(); exchanges++);
  return filling.prices().map((price, resource) => Math.max(0, price) / (scales[resource] as number));
}

/** Shapes come first, then what is left of each resource. */
class Filling {
  readonly #columns: readonly Float64Array[];
  readonly #gains: readonly number[];
  readonly #caps: readonly number[];
  readonly #isFull: boolean[];
  readonly #basic: number[];
  readonly #inverse: Float64Array[];
  /** How much of each basic variable there is. */
  readonly #amounts: number[];

  constructor({ values, weights, room, caps }: Question, scales: readonly number[]) {
    const scaled = (row: readonly number[], resource: number, shape: number) =>
      (row[shape] as number) / (scales[resource] as number);
    const unit = (at: number) => Float64Array.from(room, (_, resource) => (resource === at ? 1 : 0));
    this.#columns = [
      ...values.map((_, shape) => Float64Array.from(weights, (row, resource) => scaled(row, resource, shape))),
      ...room.map((_, resource) => unit(resource)),
    ];
    this.#gains = [...values, ...room.map(() => 0)];
    this.#caps = [...caps, ...room.map(() => Number.POSITIVE_INFINITY)];
    this.#isFull = this.#gains.map(() => false);
    this.#basic = room.map((_, resource) => values.length + resource);
    this.#inverse = room.map((_, resource) => unit(resource));
    this.#amounts = room.map((amount, resource) => amount / (scales[resource] as number));
  }

  prices(): number[] {
    return this.#inverse.map((_, resource) =>
      this.#basic.reduce(
        (sum, variable, row) => sum + (this.#gains[variable] as number) * (this.#inverse[row]?.[resource] as number),
        0,
      ),
    );
  }

  /** Changes the variable that adds most, until it or another one is at its bound; false when none adds anything. */
  improve(): boolean {
    const entering = this.#entering();
    if (entering === undefined) return false;
    const direction = this.#isFull[entering] ? -1 : 1;
    const column = this.#columns[entering] as Float64Array;
    const shares = this.#inverse.map((row) => direction * dot(row, column));
    let [step, leaving] = [this.#caps[entering] as number, -1];
    for (const [row, share] of shares.entries()) {
      const until = this.#untilBound(row, share);
      if (until < step) [step, leaving] = [until, row];
    }
    for (const [row, share] of shares.entries()) this.#amounts[row] = (this.#amounts[row] as number) - share * step;
    if (leaving < 0) this.#isFull[entering] = direction > 0;
    else this.#exchange(entering, leaving, { shares, direction, step });
    return true;
  }

  #entering(): number | undefined {
    const prices = this.prices();
    let best: number | undefined;
    let most = EPSILON;
    for (const [variable, column] of this.#columns.entries()) {
      const gain = (this.#gains[variable] as number) - dot(column, prices);
      const added = this.#isFull[variable] ? -gain : gain;
      if (added > most && (this.#caps[variable] as number) > 0 && !this.#basic.includes(variable)) {
        [best, most] = [variable, added];
      }
    }
    return best;
  }

  #untilBound(row: number, share: number): number {
    const amount = this.#amounts[row] as number;
    if (share > EPSILON) return Math.max(0, amount) / share;
    if (share < -EPSILON) return Math.max(0, (this.#caps[this.#basic[row] as number] as number) - amount) / -share;
    return Number.POSITIVE_INFINITY;
  }

  #exchange(
    entering: number,
    leaving: number,
    { shares, direction, step }: { shares: readonly number[]; direction: number; step: number },
  ): void {
    this.#isFull[this.#basic[leaving] as number] = (shares[leaving] as number) < 0;
    this.#basic[leaving] = entering;
    this.#amounts[leaving] = direction > 0 ? step : (this.#caps[entering] as number) - step;
    this.#isFull[entering] = false;
    const pivot = this.#inverse[leaving] as Float64Array;
    const factor = direction * (shares[leaving] as number);
    for (let at = 0; at < pivot.length; at++) pivot[at] = (pivot[at] as number) / factor;
    for (const [row, cells] of this.#inverse.entries()) {
      if (row === leaving) continue;
      const share = direction * (shares[row] as number);
      for (let at = 0; at < cells.length; at++) cells[at] = (cells[at] as number) - share * (pivot[at] as number);
    }
  }
}

function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] as number) * (right[index] as number);
  return sum;
}
