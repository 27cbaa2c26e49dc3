import { amountOf, type Resources } from '../resources.ts';
import { type Companions, jointShape } from './company.ts';
import { type PodShape, withoutWishes } from './pod-shape.ts';
import { Refusals } from './refusals.ts';
import type { ShapeRules, Topology } from './topology.ts';
import { zeros } from './zeros.ts';

/** A request of one resource, which is never 0. `axis` is the resource's place in lists of amounts. */
export interface Amount {
  readonly axis: number;
  readonly name: string;
  readonly amount: number;
}

/** All pods of one shape, while they seek places in one plan. */
export interface Seeker {
  readonly shape: PodShape;
  readonly rules: ShapeRules;
  readonly amounts: readonly Amount[];
  /** Among the nodes that are there. */
  readonly refusedByNodes: Refusals;
  /** Among the planned ones. */
  readonly refusedByDrafts: Refusals;
  /** Planned nodes that its rules bar for good; shared by all shapes of the same rules. */
  readonly barred: Refusals;
}

/** Numbers the resources of one problem, so that amounts stand in plain lists. */
export class ResourceAxes {
  readonly #axes = new Map<string, number>();

  /** The resource's number, a new one where it has none. */
  of(name: string): number {
    let axis = this.#axes.get(name);
    if (axis === undefined) {
      axis = this.#axes.size;
      this.#axes.set(name, axis);
    }
    return axis;
  }

  /** The requests that are not 0. */
  amounts(requests: Resources): Amount[] {
    return Object.keys(requests)
      .map((name) => ({ axis: this.of(name), name, amount: amountOf(requests, name) }))
      .filter(({ amount }) => amount > 0);
  }

  /** The amounts by axis. */
  list(resources: Resources): number[] {
    const list = zeros(this.#axes.size);
    for (const [name, axis] of this.#axes) list[axis] = amountOf(resources, name);
    return list;
  }
}

/** Returns a function that gives the seeker of a shape, always the same one. */
export function seekerRegistry(topology: Topology, axes: ResourceAxes): (shape: PodShape) => Seeker {
  const seekers = new Map<PodShape, Seeker>();
  const barredBy = new Map<ShapeRules, Refusals>();
  return (shape) => {
    let seeker = seekers.get(shape);
    if (seeker === undefined) {
      const rules = topology.rulesOf(shape);
      const barred = barredBy.get(rules) ?? new Refusals();
      barredBy.set(rules, barred);
      seeker = newSeeker(shape, rules, axes, barred);
      seekers.set(shape, seeker);
    }
    return seeker;
  };
}

/** Returns who seeks a place for a pod of the shape together with its company. */
export function jointSeeker(
  topology: Topology,
  axes: ResourceAxes,
  leader: PodShape,
  company: readonly Companions[],
): Seeker {
  const rules = topology.rulesTogether(
    leader,
    company.map(({ shape }) => withoutWishes(shape)),
  );
  return newSeeker(jointShape(leader, company), rules, axes, new Refusals());
}

function newSeeker(shape: PodShape, rules: ShapeRules, axes: ResourceAxes, barred: Refusals): Seeker {
  const amounts = axes.amounts(shape.requests);
  return { shape, rules, amounts, refusedByNodes: new Refusals(), refusedByDrafts: new Refusals(), barred };
}
