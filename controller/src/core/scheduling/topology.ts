import type { BoundPod } from '../cluster-snapshot.ts';
import { HOSTNAME_KEY } from '../label-keys.ts';
import type { PodAffinityTerm, SelectablePod, SpreadConstraint } from '../pod-topology.ts';
import type { Requirements } from '../requirements.ts';
import {
  affinityRule,
  antiAffinityRule,
  type DomainRule,
  followedRule,
  leaning,
  repelledRule,
  spreadRule,
} from './domain-rules.ts';
import type { LabelReader } from './label-reader.ts';
import type { PodShape } from './pod-shape.ts';
import { countableDomains, type NodeFilter, type Standing } from './standing.ts';
import { AffinityGroup, RepulsionGroup, SpreadGroup } from './topology-group.ts';

/** A node of the snapshot with the pods on it. */
export interface Inhabited {
  readonly standing: Standing;
  readonly pods: readonly BoundPod[];
}

/** Who can say which domains could be opened: the Provisioners. */
export interface DomainSource {
  /** The values that the label of a new node for this shape could have, whatever the pod requests. */
  openableDomains(alternatives: readonly Requirements[], shape: PodShape, key: string): readonly string[];
}

/** What other pods mean to the pods of one shape, and these to them. */
export interface ShapeRules {
  /**
   * By node label. Where some rule counts pods of the shape, its label is here too, though no rule may bind them: a node that takes one
   * must have its value decided, or nobody could tell where the pod counts.
   */
  readonly byKey: ReadonlyMap<string, readonly DomainRule[]>;
  /** True when a domain that is refused now may be admitted later, by what pods to come do. */
  readonly mayEase: boolean;
  /** Counts a pod of the shape that has got its place. */
  count(standing: Standing): void;
}

/** The groups whose selector takes a pod. */
interface Matched {
  readonly spreads: readonly SpreadGroup[];
  readonly affinities: readonly AffinityGroup[];
  readonly repulsions: readonly RepulsionGroup[];
}

/** Which domains a plan had better not use up. */
export interface Caution {
  /** Domains that a spread need not count as long as no node opens them. */
  readonly shunned: UnforeseenDomains;
}

/** More than the values of all labels: how they combine tells equals apart and no more. */
const VALUES_MAX = 1_000_000;

/** Domains that an earlier attempt at this plan opened unexpectedly, by spread group and then domain. */
export type UnforeseenDomains = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * All constraints between pods, with the pods that they speak of counted by domain. Constraints are registered before the first pod is
 * counted; from then on each placement adds to the counts, so that no check ever looks at single pods.
 */
export class Topology {
  readonly #labels: LabelReader;
  readonly #sources: readonly DomainSource[];
  readonly #inhabited: readonly Inhabited[];
  readonly #unforeseen: UnforeseenDomains;
  readonly #caution: Caution | undefined;
  readonly #spreads = new Map<string, SpreadGroup>();
  readonly #affinities = new Map<string, AffinityGroup>();
  readonly #repulsions = new Map<string, RepulsionGroup>();
  readonly #rules = new Map<string, ShapeRules>();
  /** Goes up with each count: what was refused before may then be asked again. */
  #version = 0;

  constructor(input: {
    readonly labels: LabelReader;
    readonly shapes: readonly PodShape[];
    readonly inhabited: readonly Inhabited[];
    readonly sources: readonly DomainSource[];
    readonly unforeseen: UnforeseenDomains;
    readonly caution?: Caution | undefined;
  }) {
    this.#labels = input.labels;
    this.#sources = input.sources;
    this.#inhabited = input.inhabited;
    this.#unforeseen = input.unforeseen;
    this.#caution = input.caution;
    const alike = new Map(input.shapes.map((shape) => [shape.rulesKey, shape]));
    for (const shape of alike.values()) this.#register(shape);
    // Pods of one template share the list of their terms.
    const avoided = new Set(input.inhabited.flatMap(({ pods }) => pods.map(({ demand }) => demand.podAntiAffinity)));
    for (const terms of avoided) for (const term of terms) this.#repulsion(term);
    this.#countBound();
  }

  get version(): number {
    return this.#version;
  }

  /** The node labels that constraints look at, hostnames aside. */
  get keys(): ReadonlySet<string> {
    const keys = [
      ...this.#spreads.values().map(({ constraint }) => constraint.topologyKey),
      ...this.#affinities.values().flatMap((group) => group.keys),
      ...this.#repulsions.values().map(({ key }) => key),
    ];
    return new Set(keys.filter((key) => key !== HOSTNAME_KEY));
  }

  /** Returns what binds the pods of a shape. Its constraints must be among those registered. */
  rulesOf(shape: PodShape): ShapeRules {
    return knownOr(this.#rules, shape.rulesKey, () => this.#compile(shape));
  }

  /**
   * Returns what binds a pod of the first shape together with pods of the others, who go where it goes: their affinity asks for no pod but
   * it, so only the labels count.
   */
  rulesTogether(leader: PodShape, companions: readonly PodShape[]): ShapeRules {
    const led = companions.map((shape) => this.rulesOf(shape));
    const leading = this.rulesOf(leader);
    const keys = new Set([leading, ...led].flatMap(({ byKey }) => [...byKey.keys()]));
    const rulesOn = (key: string) => [
      ...(leading.byKey.get(key) ?? []),
      ...led.flatMap(({ byKey }) =>
        (byKey.get(key) ?? []).map((rule) => (rule.isLed ? { ...rule, admits: always } : rule)),
      ),
    ];
    return { ...leading, byKey: new Map([...keys].sort().map((key) => [key, rulesOn(key)])) };
  }

  /** Returns, by spread group, the domains of planned nodes that the group did not count although one of its pods was placed. */
  unforeseen(planned: (key: string) => readonly Standing[]): UnforeseenDomains {
    const found = new Map<string, ReadonlySet<string>>();
    const byKey = new Map<string, readonly Standing[]>();
    for (const [id, group] of this.#spreads) {
      if (!group.isInUse || group.constraint.topologyKey === HOSTNAME_KEY) continue;
      const { topologyKey } = group.constraint;
      const fresh = knownOr(byKey, topologyKey, () => planned(topologyKey))
        .flatMap((standing) => countableDomains(standing, group.filter, topologyKey))
        .filter((domain) => !group.domains.has(domain));
      if (fresh.length > 0) found.set(id, new Set(fresh));
    }
    return found;
  }

  #register(shape: PodShape): void {
    for (const constraint of [...shape.spread, ...shape.wishedSpread]) this.#spread(constraint, shape);
    if (shape.podAffinity.length > 0) this.#noteReach(this.#affinity(shape.podAffinity), shape);
    for (const term of shape.wishedAffinity) this.#affinity([term]);
    for (const term of [...shape.podAntiAffinity, ...shape.wishedAntiAffinity]) this.#repulsion(term);
  }

  #noteReach(group: AffinityGroup, shape: PodShape): void {
    for (const key of group.keys) {
      if (key === HOSTNAME_KEY) continue;
      group.noteReach(
        key,
        this.#sources.flatMap((source) => source.openableDomains(shape.requiredAlternatives, shape, key)),
      );
    }
  }

  #spread(constraint: SpreadConstraint, shape: PodShape): SpreadGroup {
    const isHard = shape.spread.includes(constraint);
    const keys = isHard ? shape.spread.map(({ topologyKey }) => topologyKey) : [constraint.topologyKey];
    const id = JSON.stringify([constraint, shape.nodeDemandKey, [...new Set(keys)].sort()]);
    return knownOr(this.#spreads, id, () => this.#newSpread(id, constraint, shape, keys));
  }

  #newSpread(id: string, constraint: SpreadConstraint, shape: PodShape, keys: readonly string[]): SpreadGroup {
    const filter: NodeFilter = {
      alternatives: constraint.honorsNodeAffinity ? shape.requiredAlternatives : undefined,
      tolerations: constraint.honorsNodeTaints ? shape.tolerations : undefined,
      keys,
    };
    const group = new SpreadGroup(constraint, filter);
    const { topologyKey } = constraint;
    if (topologyKey === HOSTNAME_KEY) return group;
    const present = this.#inhabited.flatMap(({ standing }) => countableDomains(standing, filter, topologyKey));
    for (const domain of [...present, ...(this.#unforeseen.get(id) ?? [])]) group.domains.add(domain);
    const others = keys.filter((key) => key !== HOSTNAME_KEY && key !== topologyKey);
    for (const source of this.#sources) {
      const openable = (key: string) => source.openableDomains(shape.requiredAlternatives, shape, key);
      const along = others.flatMap((key) => openable(key).map((value) => `${key}=${value}`));
      for (const domain of openable(topologyKey)) group.open(domain, along);
    }
    return group;
  }

  #affinity(terms: readonly PodAffinityTerm[]): AffinityGroup {
    return knownOr(this.#affinities, JSON.stringify(terms), () => new AffinityGroup(terms));
  }

  #repulsion({ topologyKey, selector }: PodAffinityTerm): RepulsionGroup {
    const id = JSON.stringify([topologyKey, selector]);
    return knownOr(this.#repulsions, id, () => new RepulsionGroup(topologyKey, selector));
  }

  /** Counts the pods that stand already. One on its way out counts for affinity, but not for spread, as in kube-scheduler. */
  #countBound(): void {
    if (this.#spreads.size + this.#affinities.size + this.#repulsions.size === 0) return;
    const matchedBy = new Map<SelectablePod, Matched>();
    const ownedBy = new Map<readonly PodAffinityTerm[], readonly RepulsionGroup[]>();
    for (const { standing, pods } of this.#inhabited) {
      for (const { demand, deletionAtMs } of pods) {
        const pod = this.#labels.selectable(demand);
        const matched = knownOr(matchedBy, pod, () => this.#matching(pod));
        if (deletionAtMs === undefined) for (const group of matched.spreads) group.count(standing);
        for (const group of [...matched.affinities, ...matched.repulsions]) group.count(standing);
        const terms = demand.podAntiAffinity;
        if (terms.length === 0) continue;
        const own = knownOr(ownedBy, terms, () => terms.map((term) => this.#repulsion(term)));
        for (const group of own) group.countOwner(standing);
      }
    }
  }

  #matching(pod: SelectablePod): Matched {
    const takes = (group: { matches(pod: SelectablePod): boolean }) => group.matches(pod);
    return {
      spreads: [...this.#spreads.values()].filter(takes),
      affinities: [...this.#affinities.values()].filter(takes),
      repulsions: [...this.#repulsions.values()].filter(takes),
    };
  }

  #compile(shape: PodShape): ShapeRules {
    const { pod } = shape;
    const matched = this.#matching(pod);
    const spreads = [...shape.spread, ...shape.wishedSpread].map((constraint) => this.#spread(constraint, shape));
    const required = shape.podAffinity.length > 0 ? [this.#affinity(shape.podAffinity)] : [];
    const affinities = [...required, ...shape.wishedAffinity.map((term) => this.#affinity([term]))];
    const own = shape.podAntiAffinity.map((term) => this.#repulsion(term));
    const wished = shape.wishedAntiAffinity.map((term) => this.#repulsion(term));
    const rules = [
      ...spreads.map((group) => spreadRule(group, group.matches(pod))),
      ...affinities.flatMap((group) => group.keys.map((key) => affinityRule(group, key, group.matches(pod)))),
      ...[...own, ...wished].map(antiAffinityRule),
      ...matched.repulsions.map(repelledRule),
      ...matched.affinities.flatMap((group) =>
        group.keys.filter((key) => key !== HOSTNAME_KEY).map((key) => followedRule(group, key)),
      ),
      ...(this.#caution === undefined ? [] : this.#cautions(this.#caution, spreads)),
    ];
    const counted = [...matched.spreads, ...matched.affinities, ...matched.repulsions];
    const keys = [
      ...rules.map(({ key }) => key),
      ...matched.spreads.map(({ constraint }) => constraint.topologyKey),
      ...matched.affinities.flatMap((group) => group.keys),
      ...own.map(({ key }) => key),
    ];
    const byKey = new Map([...new Set(keys)].sort().map((key) => [key, rules.filter((rule) => rule.key === key)]));
    return {
      byKey,
      mayEase: rules.some((rule) => !rule.isFinal),
      count: (standing) => {
        if (byKey.size === 0) return;
        this.#version += 1;
        for (const group of spreads) group.isInUse = true;
        for (const group of counted) group.count(standing);
        for (const group of own) group.countOwner(standing);
      },
    };
  }

  /**
   * Domains better left to others: those that would count for a spread only once a node is there, and for its own spreads those that go
   * with many domains of the other spreads, as these may need them to meet.
   */
  #cautions({ shunned }: Caution, spreads: readonly SpreadGroup[]): DomainRule[] {
    const openedLate = [...shunned].map(([id, domains]) =>
      leaning((this.#spreads.get(id) as SpreadGroup).constraint.topologyKey, (domain) => (domains.has(domain) ? 1 : 0)),
    );
    const versatile = spreads
      .filter(({ constraint }) => constraint.topologyKey !== HOSTNAME_KEY)
      .map((group) => leaning(group.constraint.topologyKey, (domain) => group.versatility(domain) / VALUES_MAX));
    return [...openedLate, ...versatile];
  }
}

const always = () => true;

/** Returns what is known under the id, making it known first where it is not. */
function knownOr<K, T>(known: Map<K, T>, id: K, make: () => T): T {
  const present = known.get(id);
  if (present !== undefined) return present;
  const made = make();
  known.set(id, made);
  return made;
}

/** True when the rules let a pod onto a node of this hostname. */
export function admitsHostname({ byKey }: ShapeRules, hostname: string): boolean {
  return (byKey.get(HOSTNAME_KEY) ?? []).every((rule) => rule.admits(hostname));
}
