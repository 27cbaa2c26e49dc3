import type { DaemonDemand, ProvisionerModel } from '../cluster-snapshot.ts';
import { firstTakenPort } from '../host-port.ts';
import type { Requirements } from '../requirements.ts';
import type { Resources } from '../resources.ts';
import { firstUntolerated } from '../taints.ts';
import type { Leeway } from './domain-choice.ts';
import { typeIndexOf } from './known-types.ts';
import { type LabelState, LabelStates } from './label-state.ts';
import { type LaunchableType, largestOverheadOf, reservedCapacityOf } from './launchable-types.ts';
import { byNearness, type Shortfall, untolerated } from './misses.ts';
import { weighOpening } from './opening.ts';
import type { LaunchOption } from './plan.ts';
import type { PodShape } from './pod-shape.ts';
import type { Amount } from './seeker.ts';
import type { DomainSource } from './topology.ts';
import type { TypeIndex } from './type-index.ts';
import { intersection, type TypeSet, typeSetOf } from './type-set.ts';

/** What a finished node can be bought as. */
export interface Purchase {
  readonly options: readonly LaunchOption[];
  readonly instanceTypes: readonly string[];
  readonly reservedCapacity: Resources;
  /** Per resource the most that daemons will request. */
  readonly overhead: Resources;
}

/** What one Provisioner could launch, whatever is placed: the same for every attempt at a plan. */
export class ProvisionerMarket implements DomainSource {
  readonly model: ProvisionerModel;
  readonly allowUndefined: ReadonlySet<string>;
  readonly index: TypeIndex;
  readonly #initial: LabelState;
  readonly #tolerated = new Map<PodShape, boolean>();
  readonly #openings = new Map<PodShape, readonly Leeway[]>();
  readonly #shortfalls = new Map<PodShape, Shortfall>();
  readonly #portFree = new Map<PodShape, TypeSet>();
  readonly #purchases = new Map<LabelState, Map<string, Purchase>>();

  constructor(model: ProvisionerModel, daemons: readonly DaemonDemand[], allowUndefined: ReadonlySet<string>) {
    this.model = model;
    this.allowUndefined = allowUndefined;
    this.index = typeIndexOf(model, daemons, allowUndefined);
    this.#initial = new LabelStates(this.index, model.taints, allowUndefined).initial(model.requirements);
  }

  /** What its own requirements leave, in stock or not, by name. */
  get types(): readonly LaunchableType[] {
    return this.index.types;
  }

  /** True when its taints let pods of the shape in. */
  isTolerated(shape: PodShape): boolean {
    let known = this.#tolerated.get(shape);
    if (known === undefined) {
      known = firstUntolerated(this.model.taints, shape.tolerations, shape.shunsTaints) === undefined;
      this.#tolerated.set(shape, known);
    }
    return known;
  }

  /** Returns what new nodes for a pod of the shape could start as, limits and rules aside, in the order of its alternatives. */
  openings(shape: PodShape, amounts: readonly Amount[]): readonly Leeway[] {
    let known = this.#openings.get(shape);
    if (known === undefined) {
      known = this.isTolerated(shape) ? this.#findOpenings(shape, amounts) : [];
      this.#openings.set(shape, known);
    }
    return known;
  }

  #findOpenings(shape: PodShape, amounts: readonly Amount[]): Leeway[] {
    const openings: Leeway[] = [];
    for (const wanted of shape.alternatives) {
      const state = this.#initial.joined(wanted);
      let left = state && this.withFreePorts(shape, state.types);
      for (const { name, amount } of amounts) left = left && this.withRoom(name, amount, left);
      if (state !== undefined && left !== undefined) openings.push({ state, left });
    }
    return openings;
  }

  /** Those of the types that have so much of one resource left for pods; undefined when none has. */
  withRoom(name: string, amount: number, types: TypeSet): TypeSet | undefined {
    const roomy = this.index.room(name).atLeast(amount);
    return roomy && intersection(types, roomy);
  }

  /** Those of the types whose daemons leave the shape's ports to it; undefined when none does. */
  withFreePorts(shape: PodShape, types: TypeSet): TypeSet | undefined {
    if (shape.hostPorts.length === 0) return types;
    let free = this.#portFree.get(shape);
    if (free === undefined) {
      const portsOf = (position: number) => this.types[position]?.hostPorts ?? [];
      free = typeSetOf(this.types.length, (at) => firstTakenPort(shape.hostPorts, portsOf(at)) === undefined);
      this.#portFree.set(shape, free);
    }
    return intersection(types, free);
  }

  /** Says how the nearest attempt falls short for a shape that has no opening. */
  shortfall(shape: PodShape): Shortfall {
    let known = this.#shortfalls.get(shape);
    if (known === undefined) {
      known = this.#findShortfall(shape);
      this.#shortfalls.set(shape, known);
    }
    return known;
  }

  #findShortfall(shape: PodShape): Shortfall {
    const taint = firstUntolerated(this.model.taints, shape.tolerations, shape.shunsTaints);
    if (taint !== undefined) return untolerated(taint);
    const newNodes = {
      requirements: this.model.requirements,
      types: this.types,
      allowUndefined: this.allowUndefined,
    };
    const attempts = shape.alternatives.map((wanted) => weighOpening(newNodes, wanted, shape));
    return attempts.filter((attempt) => 'code' in attempt).sort(byNearness)[0] as Shortfall;
  }

  openableDomains(alternatives: readonly Requirements[], shape: PodShape, key: string): readonly string[] {
    if (firstUntolerated(this.model.taints, shape.tolerations) !== undefined) return [];
    return alternatives.flatMap((wanted) => {
      const state = this.#initial.joined(wanted);
      return (state?.types.some((bits) => bits !== 0) && state.domains(key, state.types)) || [];
    });
  }

  /** Returns what nodes of this leeway can be bought as. Equal ones share it: a plan may have thousands, with thousands of options each. */
  purchase({ state, left }: Leeway): Purchase {
    let ofState = this.#purchases.get(state);
    if (ofState === undefined) this.#purchases.set(state, (ofState = new Map()));
    const id = left.join();
    let known = ofState.get(id);
    if (known === undefined) ofState.set(id, (known = this.#findPurchase(state, left)));
    return known;
  }

  #findPurchase(state: LabelState, left: TypeSet): Purchase {
    const options = state.optionsOf(left);
    const types = this.index.list(left);
    return {
      options,
      instanceTypes: [...new Set(options.map((option) => option.instanceType))],
      reservedCapacity: reservedCapacityOf(types),
      overhead: largestOverheadOf(types),
    };
  }
}
