import { HOSTNAME_KEY } from '../label-keys.ts';
import {
  type PodAffinityTerm,
  type PodSelector,
  podMatcher,
  type SelectablePod,
  type SpreadConstraint,
} from '../pod-topology.ts';
import { DomainCounts } from './domain-counts.ts';
import type { NodeFilter, Standing } from './standing.ts';

/** Pods of one selector, counted by domain, for all who state the same spread constraint of the same nodes. */
export class SpreadGroup {
  readonly constraint: SpreadConstraint;
  readonly filter: NodeFilter;
  readonly matches: (pod: SelectablePod) => boolean;
  /** Domains that count for the minimum: those that are there and those that could be opened. */
  readonly domains = new Set<string>();
  /** True once a pod that states the constraint has got its place in this plan. */
  isInUse = false;
  readonly #counts = new DomainCounts();
  /** Undefined while it has to be computed anew. */
  #minimum: number | undefined;
  readonly #along = new Map<string, Set<string>>();

  constructor(constraint: SpreadConstraint, filter: NodeFilter) {
    this.constraint = constraint;
    this.filter = filter;
    this.matches = podMatcher(constraint.selector);
  }

  /** Takes note of a domain that could be opened, along with any of these values of the labels of the pod's other spreads. */
  open(domain: string, along: readonly string[]): void {
    this.domains.add(domain);
    this.#along.set(domain, (this.#along.get(domain) ?? new Set()).union(new Set(along)));
  }

  /** With how many values of other labels the domain could be opened. */
  versatility(domain: string): number {
    return this.#along.get(domain)?.size ?? 0;
  }

  /** Counts a pod of the selector that stands there. */
  count(standing: Standing): void {
    const passes = standing.passes(this.filter);
    if (passes === 'never') return;
    this.#counts.add(standing.domains(this.constraint.topologyKey), passes === 'surely');
    this.#minimum = undefined;
  }

  /** The skew that there would be with one pod more in the domain; a pod that the selector does not take adds nothing. */
  skewWith(domain: string, isCounted: boolean): number {
    return this.#counts.most(domain) + (isCounted ? 1 : 0) - this.minimum();
  }

  /** Pods in the emptiest domain. There can always be one node more, so for hostnames that is none. */
  minimum(): number {
    this.#minimum ??= this.#computeMinimum();
    return this.#minimum;
  }

  #computeMinimum(): number {
    const { topologyKey, minDomains } = this.constraint;
    if (topologyKey === HOSTNAME_KEY || this.domains.size === 0 || this.domains.size < minDomains) return 0;
    let minimum = Number.POSITIVE_INFINITY;
    for (const domain of this.domains) minimum = Math.min(minimum, this.#counts.least(domain));
    return minimum;
  }
}

/** Pods that every one of some affinity terms means, counted by domain of each term's key. */
export class AffinityGroup {
  readonly keys: readonly string[];
  readonly #matchers: readonly ((pod: SelectablePod) => boolean)[];
  readonly #counts: ReadonlyMap<string, DomainCounts>;

  /** By key, the domains in which a node could be opened for those who state the terms; the fewer of several shapes. */
  readonly #reach = new Map<string, ReadonlySet<string>>();

  constructor(terms: readonly PodAffinityTerm[]) {
    this.keys = [...new Set(terms.map(({ topologyKey }) => topologyKey))].sort();
    this.#matchers = terms.map(({ selector }) => podMatcher(selector));
    this.#counts = new Map(this.keys.map((key) => [key, new DomainCounts()]));
  }

  /** Takes note of where nodes could be opened for one who states the terms. */
  noteReach(key: string, domains: readonly string[]): void {
    const known = this.#reach.get(key);
    this.#reach.set(key, known === undefined ? new Set(domains) : known.intersection(new Set(domains)));
  }

  /** True when all who state the terms could get a node in the domain, as far as is known. */
  isReachable(key: string, domain: string): boolean {
    return this.#reach.get(key)?.has(domain) ?? true;
  }

  readonly matches = (pod: SelectablePod): boolean => this.#matchers.every((takes) => takes(pod));

  count(standing: Standing): void {
    for (const [key, counts] of this.#counts) {
      const domains = standing.domains(key);
      if (domains?.length !== 0) counts.add(domains, true);
    }
  }

  /** True when such a pod surely stands in the domain. */
  isIn(key: string, domain: string): boolean {
    return (this.#counts.get(key)?.least(domain) ?? 0) > 0;
  }

  /** True while no such pod stands anywhere. */
  get isEmpty(): boolean {
    return this.#counts.values().every((counts) => counts.isEmpty);
  }

  /** Domains that surely hold such a pod, sorted. */
  occupied(key: string): string[] {
    return this.#counts.get(key)?.occupied() ?? [];
  }
}

/** One anti-affinity term, seen from both sides: who is meant by it, and who states it. */
export class RepulsionGroup {
  readonly key: string;
  readonly matches: (pod: SelectablePod) => boolean;
  readonly #meant = new DomainCounts();
  readonly #owners = new DomainCounts();

  constructor(topologyKey: string, selector: PodSelector) {
    this.key = topologyKey;
    this.matches = podMatcher(selector);
  }

  /** Counts a pod that the term means. */
  count(standing: Standing): void {
    this.#add(this.#meant, standing);
  }

  /** Counts a pod that requires the term. */
  countOwner(standing: Standing): void {
    this.#add(this.#owners, standing);
  }

  #add(counts: DomainCounts, standing: Standing): void {
    const domains = standing.domains(this.key);
    if (domains?.length !== 0) counts.add(domains, true);
  }

  /** True when a pod that the term means may be in the domain. */
  hasMeant(domain: string): boolean {
    return this.#meant.most(domain) > 0;
  }

  /** True when a pod that requires the term may be in the domain. */
  hasOwner(domain: string): boolean {
    return this.#owners.most(domain) > 0;
  }
}
