import { isCompatible, joinRequirements } from '../compatibility.ts';
import { HOSTNAME_KEY } from '../label-keys.ts';
import {
  allowsAbsence,
  has,
  intersect,
  isSameRequirement,
  type Requirement,
  type Requirements,
  requirement,
  toExpressions,
} from '../requirements.ts';
import { firstUntolerated, type Taint } from '../taints.ts';
import { isBuyable, offeringMatches, satisfiesKey } from './instance-type-filter.ts';
import { launchOptions, suitingOptions } from './launchable-types.ts';
import type { LaunchOption } from './plan.ts';
import { domainsOfType, domainsWithoutType, isDecidedByLaunch, lacksLabel, onlyValue } from './prospect.ts';
import type { NodeFilter } from './standing.ts';
import type { TypeIndex } from './type-index.ts';
import {
  contains,
  firstIn,
  isWithin,
  meets,
  positionsIn,
  type TypeSet,
  typeSetOf,
  union,
  without,
} from './type-set.ts';

/** The values of one label that a node in one state may still get. */
interface Domains {
  /** The one value, where it is decided. */
  readonly only: readonly [string] | undefined;
  /** Else each value, sorted, with the types that may have it. */
  readonly values: readonly { readonly value: string; readonly types: TypeSet }[];
  /** The values where none of its types tells. */
  readonly otherwise: readonly string[] | undefined;
  /** Types that would come without the label. */
  readonly lacking: TypeSet | undefined;
}

type Passing = 'surely' | 'possibly' | 'never';

/** How nodes of one state pass a filter. */
interface Passage {
  /** Labels that the filter needs and that are not decided. */
  readonly undecided: readonly string[];
  /** Types with which it is possible. */
  readonly possible: TypeSet;
  /** Types with which it is sure. */
  readonly sure: TypeSet;
}

/** In place of a label's value: the node will not have the label. */
export const LEFT_OUT = undefined;

/** What all states of the nodes of one Provisioner share. One object stands for each state, so that what was found of it is found once. */
export class LabelStates {
  readonly index: TypeIndex;
  readonly taints: readonly Taint[];
  readonly allowUndefined: ReadonlySet<string>;
  readonly #known = new Map<string, LabelState>();
  #options: readonly LaunchOption[] | undefined;

  constructor(index: TypeIndex, taints: readonly Taint[], allowUndefined: ReadonlySet<string>) {
    this.index = index;
    this.taints = taints;
    this.allowUndefined = allowUndefined;
  }

  /** The state of a node of which no more is known than the Provisioner's own requirements. */
  initial(requirements: Requirements): LabelState {
    const { types } = this.index;
    const isLeft = (position: number) => isBuyable((types[position] as (typeof types)[number]).type, requirements);
    return this.#intern(requirements, () => typeSetOf(types.length, isLeft));
  }

  /** The state with these requirements, which leave of the types `within` those that meet the `tightened` ones and can be bought. */
  narrowed(requirements: Requirements, within: TypeSet, tightened: readonly Requirement[]): LabelState | undefined {
    const state = this.#intern(requirements, () => {
      const left = new Set(
        positionsIn(within).filter((position) => {
          const { type } = this.index.types[position] as (typeof this.index.types)[number];
          return tightened.every((each) => satisfiesKey(type, each)) && isBuyable(type, requirements);
        }),
      );
      return typeSetOf(this.index.types.length, (position) => left.has(position));
    });
    return state.types.some((bits) => bits !== 0) ? state : undefined;
  }

  /** All that the Provisioner could buy, cheapest first. */
  get options(): readonly LaunchOption[] {
    this.#options ??= launchOptions(this.index.types);
    return this.#options;
  }

  #intern(requirements: Requirements, types: () => TypeSet): LabelState {
    const id = JSON.stringify(toExpressions(requirements));
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const state = new LabelState(requirements, types(), this);
    this.#known.set(id, state);
    return state;
  }
}

/**
 * What is decided of the labels of a planned node. All nodes of which the same is decided share one state; which of its types still hold
 * their pods each node knows itself, as the set `left` of these questions.
 */
export class LabelState {
  readonly requirements: Requirements;
  /** The types that meet the requirements and can be bought now. */
  readonly types: TypeSet;
  readonly #all: LabelStates;
  readonly #joined = new Map<Requirements, LabelState | undefined>();
  readonly #decided = new Map<string, LabelState | undefined>();
  readonly #domains = new Map<string, Domains>();
  readonly #passing = new Map<NodeFilter, Passage>();
  #byPrice: { readonly order: readonly number[]; readonly prices: readonly number[] } | undefined;
  #offers: readonly { readonly option: LaunchOption; readonly position: number }[] | undefined;

  constructor(requirements: Requirements, types: TypeSet, all: LabelStates) {
    this.requirements = requirements;
    this.types = types;
    this.#all = all;
  }

  /** The state once a pod with these requirements has joined; undefined when they leave nothing. */
  joined(wanted: Requirements): LabelState | undefined {
    if (wanted.size === 0) return this;
    if (this.#joined.has(wanted)) return this.#joined.get(wanted);
    const state = this.#join(wanted);
    this.#joined.set(wanted, state);
    return state;
  }

  #join(wanted: Requirements): LabelState | undefined {
    const { allowUndefined } = this.#all;
    if (!this.#isCompatible(wanted)) return undefined;
    const requirements = joinRequirements(this.requirements, wanted, allowUndefined);
    const tightened = tighterThan(this.requirements, requirements);
    return tightened.length === 0 ? this : this.#all.narrowed(requirements, this.types, tightened);
  }

  /** The state once the label has the value, or is left out; undefined when no type is left. What is decided stays. */
  decided(key: string, value: string | typeof LEFT_OUT): LabelState | undefined {
    if (this.onlyValue(key) !== undefined) return this;
    const id = value === LEFT_OUT ? key : `${key}=${value}`;
    if (this.#decided.has(id)) return this.#decided.get(id);
    const asked = value === LEFT_OUT ? requirement(key, 'DoesNotExist', []) : requirement(key, 'In', [value]);
    const known = this.requirements.get(key);
    const stated = known === undefined ? asked : intersect(known, asked);
    const requirements = new Map(this.requirements).set(key, stated);
    const state = this.#all.narrowed(requirements, this.types, [stated]);
    this.#decided.set(id, state);
    return state;
  }

  /** The label's value, where it is decided. */
  onlyValue(key: string): string | undefined {
    return this.#domainsOf(key).only?.[0];
  }

  /** The values that the label may still get, sorted; none when it will be lacking, undefined when any may come. */
  domains(key: string, left: TypeSet): readonly string[] | undefined {
    const { only, values, otherwise } = this.#domainsOf(key);
    if (only !== undefined) return only;
    const found = values.filter(({ types }) => meets(types, left)).map(({ value }) => value);
    return found.length > 0 ? found : otherwise;
  }

  /** True when some of the types would come without the label. */
  mayLack(key: string, left: TypeSet): boolean {
    const { lacking } = this.#domainsOf(key);
    return lacking !== undefined && meets(lacking, left);
  }

  /** Whether the node is one that the filter counts. */
  passes(filter: NodeFilter, left: TypeSet): Passing {
    let known = this.#passing.get(filter);
    if (known === undefined) {
      const undecided = filter.keys.filter((key) => key !== HOSTNAME_KEY && this.onlyValue(key) === undefined);
      known = { undecided, ...this.#passage(filter) };
      this.#passing.set(filter, known);
    }
    for (const key of known.undecided) if (this.domains(key, left)?.length === 0) return 'never';
    if (isWithin(left, known.sure)) return 'surely';
    return meets(left, known.possible) ? 'possibly' : 'never';
  }

  #passage({ alternatives, tolerations }: NodeFilter): Pick<Passage, 'possible' | 'sure'> {
    const { types: all } = this;
    const none = without(all, all);
    const isBarred = tolerations !== undefined && firstUntolerated(this.#all.taints, tolerations) !== undefined;
    if (isBarred) return { possible: none, sure: none };
    if (alternatives === undefined) return { possible: all, sure: all };
    return alternatives
      .filter((wanted) => this.#isCompatible(wanted))
      .map((wanted) => this.#typesThatMeet(wanted))
      .reduce((some, each) => ({ possible: union(some.possible, each.possible), sure: union(some.sure, each.sure) }), {
        possible: none,
        sure: none,
      });
  }

  /** The types with which a node will meet, or may come to meet, the requirements, which do not contradict its own. */
  #typesThatMeet(wanted: Requirements): Pick<Passage, 'possible' | 'sure'> {
    let [possible, sure] = [this.types, this.types];
    for (const asked of wanted.values()) {
      const stated = this.requirements.get(asked.key);
      if (stated !== undefined && isSameRequirement(stated, intersect(stated, asked))) continue;
      const { values, lacking } = this.#domainsOf(asked.key);
      // Of these the label is known to fall short.
      let failing = lacking === undefined || allowsAbsence(asked) ? without(this.types, this.types) : lacking;
      let meeting = lacking === undefined || !allowsAbsence(asked) ? without(this.types, this.types) : lacking;
      for (const { value, types } of values) {
        if (has(asked, value)) meeting = union(meeting, types);
        else failing = union(failing, types);
      }
      sure = without(without(sure, failing), without(this.types, meeting));
      possible = without(possible, without(failing, meeting));
    }
    return { possible, sure };
  }

  #isCompatible(wanted: Requirements): boolean {
    return isCompatible(this.requirements, wanted, this.#all.allowUndefined);
  }

  /** Price per hour of the cheapest offering of any of the types, in billionths of a dollar. */
  cheapest(left: TypeSet): number {
    const { order, prices } = this.#priceList();
    return prices[firstIn(order, left)] as number;
  }

  /** The types that have that price, by position. */
  cheapestTypes(left: TypeSet): readonly number[] {
    const { order, prices } = this.#priceList();
    const first = order.indexOf(firstIn(order, left));
    const least = prices[order[first] as number];
    const found: number[] = [];
    for (let place = first; place < order.length && prices[order[place] as number] === least; place += 1) {
      if (contains(left, order[place] as number)) found.push(order[place] as number);
    }
    return found;
  }

  /** The same of one of its types. */
  priceOf(position: number): number {
    return this.#priceList().prices[position] as number;
  }

  #priceList() {
    this.#byPrice ??= this.#orderByPrice();
    return this.#byPrice;
  }

  #orderByPrice() {
    const prices = this.#all.index.types.map(({ type }) =>
      type.offerings.reduce(
        (least, offering) =>
          offering.available && offeringMatches(offering, this.requirements)
            ? Math.min(least, offering.priceNanoUsdPerHour)
            : least,
        Number.POSITIVE_INFINITY,
      ),
    );
    const byPrice = (left: number, right: number) => (prices[left] as number) - (prices[right] as number);
    return { order: positionsIn(this.types).sort(byPrice), prices };
  }

  /** What can be bought of the types, cheapest first. */
  optionsOf(left: TypeSet): readonly LaunchOption[] {
    this.#offers ??= this.#allOffers();
    return this.#offers.filter(({ position }) => contains(left, position)).map(({ option }) => option);
  }

  #allOffers() {
    const { index, options } = this.#all;
    const positions = new Map(index.types.map(({ type }, position) => [type.name, position]));
    return suitingOptions(options, index.list(this.types), this.requirements).map((option) => ({
      option,
      position: positions.get(option.instanceType) as number,
    }));
  }

  #domainsOf(key: string): Domains {
    let known = this.#domains.get(key);
    if (known === undefined) {
      known = this.#findDomains(key);
      this.#domains.set(key, known);
    }
    return known;
  }

  #findDomains(key: string): Domains {
    const stated = this.requirements.get(key);
    const only = onlyValue(stated);
    const otherwise = domainsWithoutType(stated);
    if (only !== undefined) return { only: [only], values: [], otherwise, lacking: undefined };
    const { types } = this.#all.index;
    const told = types.map((type, position) =>
      contains(this.types, position) ? domainsOfType(key, type, this.requirements) : [],
    );
    const values = [...new Set(told.flat())].sort().map((value) => ({
      value,
      types: typeSetOf(types.length, (position) => told[position]?.includes(value) === true),
    }));
    const lacking = isDecidedByLaunch(key, this.requirements)
      ? undefined
      : typeSetOf(types.length, (position) => lacksLabel(key, types[position] as (typeof types)[number]));
    return { only: undefined, values, otherwise, lacking };
  }
}

/** Those requirements of `joined` that say more than `known` does. */
function tighterThan(known: Requirements, joined: Requirements): Requirement[] {
  return [...joined.values()].filter((each) => {
    const own = known.get(each.key);
    return own === undefined || !isSameRequirement(own, each);
  });
}
