import { marginalWorth } from './marginal-worth.ts';

/** Shapes of pods that may share a node; all lists have the order of the shapes. Weights and room are whole numbers. */
export interface FillQuestion {
  /** What one pod of the shape is worth; not negative. */
  readonly values: readonly number[];
  /** By resource, then by shape. */
  readonly weights: readonly (readonly number[])[];
  /** By resource. */
  readonly room: readonly number[];
  /** How many pods there are of the shape. */
  readonly counts: readonly number[];
  /** Fillings that are worth no more than this are of no interest. */
  readonly worthMin: number;
}

/** The best filling found, an empty one where none is of interest, and what no filling is worth more than. */
export interface Fill {
  readonly counts: readonly number[];
  readonly value: number;
  readonly valueMax: number;
}

/** A filling that falls short of the best possible by less than this part is the best. */
const TOLERANCE = 1e-7;

/**
 * The filling of one node that is worth most: a bounded knapsack of several resources, by branch and bound. The relaxation in which pods may be
 * cut tells what each resource is worth at the margin; by it every choice has a loss, and a branch whose losses exceed what the best filling
 * so far lacks is cut. Shapes with much to lose are decided first. Gives up after `stepsMax` steps, and then only knows the relaxation's worth.
 */
export function fullestNode(question: FillQuestion, stepsMax: number): Fill {
  const { values, weights, room, counts } = question;
  const caps = counts.map((count, shape) =>
    weights.reduce((most, row, resource) => {
      const weight = row[shape] as number;
      return weight === 0 ? most : Math.min(most, Math.floor((room[resource] as number) / weight));
    }, count),
  );
  const worth = marginalWorth({ values, weights, room, caps });
  const gains = values.map((value, shape) => value - dot(worth, weights, shape));
  const relaxed = gains.reduce(
    (sum, gain, shape) => sum + Math.max(0, gain) * (caps[shape] as number),
    room.reduce((sum, amount, resource) => sum + amount * (worth[resource] as number), 0),
  );
  const order = gains
    .map((_, shape) => shape)
    .filter((shape) => (caps[shape] as number) > 0)
    .sort((left, right) => Math.abs(gains[right] as number) - Math.abs(gains[left] as number) || left - right);
  const search = new FillSearch({ question, caps, gains, worth, order, relaxed }, stepsMax);
  return search.run();
}

function dot(worth: readonly number[], weights: readonly (readonly number[])[], shape: number): number {
  return weights.reduce((sum, row, resource) => sum + (worth[resource] as number) * (row[shape] as number), 0);
}

interface FillGround {
  readonly question: FillQuestion;
  /** The most of each shape that a node could hold alone. */
  readonly caps: readonly number[];
  /** What one pod of the shape is worth beyond the resources that it takes. */
  readonly gains: readonly number[];
  readonly worth: readonly number[];
  /** Shapes in the order in which they are decided. */
  readonly order: readonly number[];
  /** The value of the relaxation. */
  readonly relaxed: number;
}

/** The search for one node. */
class FillSearch {
  readonly #ground: FillGround;
  readonly #room: number[];
  readonly #chosen: number[];
  #stepsLeft: number;
  #best: number[];
  /** Of the best; of what is of no interest, as long as there is none. */
  #bestValue: number;

  constructor(ground: FillGround, stepsMax: number) {
    this.#ground = ground;
    this.#room = [...ground.question.room];
    this.#chosen = ground.caps.map(() => 0);
    this.#best = [...this.#chosen];
    this.#bestValue = ground.question.worthMin;
    this.#stepsLeft = stepsMax;
  }

  run(): Fill {
    const { relaxed } = this.#ground;
    this.#decide(0, 0);
    const { values } = this.#ground.question;
    const value = this.#best.reduce((sum, count, shape) => sum + count * (values[shape] as number), 0);
    const hasEnded = this.#stepsLeft > 0;
    // Branches were cut although they might have been a little better.
    const valueMax = hasEnded ? Math.min(relaxed, this.#bestValue + relaxed * TOLERANCE) : relaxed;
    return { counts: this.#best, value, valueMax: Math.max(value, valueMax) };
  }

  #decide(at: number, loss: number): void {
    const { order, gains, caps, relaxed } = this.#ground;
    if (this.#stepsLeft <= 0) return;
    this.#stepsLeft -= 1;
    const shape = order[at];
    if (shape === undefined) {
      this.#note();
      return;
    }
    const gain = gains[shape] as number;
    const most = this.#mostOf(shape);
    const cap = caps[shape] as number;
    // The choices in order of their loss: many of a shape that gains, few of one that does not.
    for (let step = 0; step <= most; step++) {
      const count = gain >= 0 ? most - step : step;
      const lost = loss + (gain >= 0 ? gain * (cap - count) : -gain * count);
      if (relaxed - lost <= this.#bestValue + relaxed * TOLERANCE || this.#stepsLeft <= 0) return;
      this.#take(shape, count);
      this.#decide(at + 1, lost);
      this.#take(shape, -count);
    }
  }

  #mostOf(shape: number): number {
    const { question, caps } = this.#ground;
    let most = caps[shape] as number;
    for (let resource = 0; resource < this.#room.length; resource++) {
      const weight = question.weights[resource]?.[shape] as number;
      if (weight > 0) most = Math.min(most, Math.floor((this.#room[resource] as number) / weight));
    }
    return most;
  }

  #take(shape: number, count: number): void {
    const { weights } = this.#ground.question;
    this.#chosen[shape] = (this.#chosen[shape] as number) + count;
    for (let resource = 0; resource < this.#room.length; resource++) {
      this.#room[resource] = (this.#room[resource] as number) - count * (weights[resource]?.[shape] as number);
    }
  }

  #note(): void {
    const { values } = this.#ground.question;
    const value = this.#chosen.reduce((sum, count, shape) => sum + count * (values[shape] as number), 0);
    if (value <= this.#bestValue) return;
    this.#bestValue = value;
    this.#best = [...this.#chosen];
  }
}
