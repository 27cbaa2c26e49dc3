import { type BindingRule, isMet } from './binding-rules.ts';
import { KeyTree } from './key-tree.ts';
import type { LineUp } from './line-up.ts';
import { announce, type Party } from './parties.ts';
import type { Tally } from './tally.ts';

/** A domain of a tally, and the parties to whom it matters how crowded it is. Parties are named by their position. */
interface Site {
  readonly tally: Tally;
  readonly domain: string;
  /** Those who count here once they are bound, and the harm that each of them would do. */
  readonly counting: number[];
  harm: number;
  /** Those who may find no more than so many here, and whether that is so. */
  readonly spreading: Map<number, { readonly parties: number[]; isMet: boolean }>;
  /** Those who must find somebody here. */
  readonly following: number[];
}

/**
 * Who may be bound, and how much they would be in the way, while pods are bound one after another. Instead of asking everybody before each pod,
 * it asks those for whom the pod before has changed something: of 20,000 pods that wait, a few dozen.
 */
export class Prospects {
  readonly #parties: readonly Party[];
  readonly #weightOf: (party: Party) => number;
  readonly #lineUp: LineUp | undefined;
  readonly #left: number[];
  /** Rules that keep the party from being bound. */
  readonly #unmet: number[];
  readonly #harm: number[];
  /** The harm of those who may be bound; in a line-up it only decides between pods of one size. */
  readonly #keys: KeyTree;
  readonly #sites = new Map<Tally, Map<string, Site>>();
  readonly #spreadTallies = new Set<Tally>();
  /** Those with affinity terms, by tally, and whether theirs are met. */
  readonly #followers = new Map<Tally, number[]>();
  readonly #isNear: boolean[];

  /** Of parties of which nobody is bound yet, in their turn; says in the tallies that they are to come. With a line-up only those may be bound whose turn it is. */
  constructor(
    parties: readonly Party[],
    { weightOf, lineUp }: { weightOf: (party: Party) => number; lineUp?: LineUp },
  ) {
    this.#parties = parties;
    this.#weightOf = weightOf;
    this.#lineUp = lineUp;
    this.#left = parties.map(({ members }) => members.length);
    this.#unmet = parties.map(() => 0);
    this.#harm = parties.map(() => 0);
    this.#isNear = parties.map(() => true);
    this.#keys = new KeyTree(parties.length);
    for (const party of parties) announce(party, party.members.length * weightOf(party));
    for (const [position, party] of parties.entries()) this.#enter(position, party);
    for (const sites of this.#sites.values()) for (const site of sites.values()) this.#look(site);
    for (const position of parties.keys()) this.#rank(position);
  }

  /** The first, from this position on, of those who may be bound and are in nobody's way. */
  firstHarmless(from: number): number | undefined {
    return this.#keys.firstAtMost(0, from);
  }

  /** Of those who may be bound, the first who is least in the way. */
  leastHarmful(): number | undefined {
    return this.#keys.firstOfLeast();
  }

  /** How many of the party are not bound yet. */
  leftOf(position: number): number {
    return this.#left[position] ?? 0;
  }

  /** Binds one of the party, and looks at all whom that concerns. */
  bind(position: number): void {
    const party = this.#parties[position] as Party;
    this.#left[position] = this.leftOf(position) - 1;
    announce(party, -this.#weightOf(party));
    const sites = new Set<Site>();
    for (const rule of party.rules) if (rule.kind === 'spread') this.#note(sites, rule, party);
    for (const { tally, domain } of party.counts) {
      const concernsAll = tally.add(domain);
      const here = this.#siteOf(tally, domain);
      if (tally.at(domain) === 1) for (const each of here.following) this.#lookAround(each);
      if (tally.total === 1) for (const each of this.#followers.get(tally) ?? []) this.#lookAround(each);
      if (!this.#spreadTallies.has(tally)) continue;
      if (concernsAll) for (const site of this.#sites.get(tally)?.values() ?? []) sites.add(site);
      else sites.add(here);
    }
    for (const site of sites) this.#look(site);
    const next = this.#lineUp?.advance(position);
    if (next !== undefined) this.#rank(next);
    this.#rank(position);
  }

  #enter(position: number, { node, rules, counts }: Party): void {
    for (const { tally, domain } of counts) this.#siteOf(tally, domain).counting.push(position);
    for (const rule of rules) {
      if (rule.kind === 'affinity') this.#enterFollower(position, rule, node.labels);
      else this.#enterSpread(position, rule, node.labels[rule.tally.topologyKey]);
    }
  }

  #enterSpread(position: number, { tally, excessMax }: SpreadRule, domain: string | undefined): void {
    this.#spreadTallies.add(tally);
    this.#unmet[position] = (this.#unmet[position] ?? 0) + 1;
    if (domain === undefined) return;
    const { spreading } = this.#siteOf(tally, domain);
    const alike = spreading.get(excessMax);
    if (alike === undefined) spreading.set(excessMax, { parties: [position], isMet: false });
    else alike.parties.push(position);
  }

  #enterFollower(position: number, { tallies }: AffinityRule, labels: Party['node']['labels']): void {
    for (const tally of tallies) {
      const followers = this.#followers.get(tally);
      if (followers === undefined) this.#followers.set(tally, [position]);
      else followers.push(position);
      const domain = labels[tally.topologyKey];
      if (domain !== undefined) this.#siteOf(tally, domain).following.push(position);
    }
    this.#lookAround(position);
  }

  #siteOf(tally: Tally, domain: string): Site {
    let sites = this.#sites.get(tally);
    if (sites === undefined) {
      sites = new Map();
      this.#sites.set(tally, sites);
    }
    let site = sites.get(domain);
    if (site === undefined) {
      site = { tally, domain, counting: [], harm: 0, spreading: new Map(), following: [] };
      sites.set(domain, site);
    }
    return site;
  }

  #note(sites: Set<Site>, { tally }: SpreadRule, { node }: Party): void {
    const domain = node.labels[tally.topologyKey];
    if (domain !== undefined) sites.add(this.#siteOf(tally, domain));
  }

  /** Tells everybody concerned what has changed in the domain. */
  #look(site: Site): void {
    const { tally, domain, counting, spreading } = site;
    const harm = tally.harm(domain);
    if (harm !== site.harm) {
      for (const each of counting) {
        this.#harm[each] = (this.#harm[each] ?? 0) + harm - site.harm;
        this.#rank(each);
      }
      site.harm = harm;
    }
    const excess = tally.excess(domain);
    for (const [excessMax, alike] of spreading) {
      const isNowMet = excess <= excessMax;
      if (isNowMet === alike.isMet) continue;
      alike.isMet = isNowMet;
      for (const each of alike.parties) this.#hinder(each, isNowMet ? -1 : 1);
    }
  }

  /** Whether the party finds whom it must be near to. */
  #lookAround(position: number): void {
    const { node, rules } = this.#parties[position] as Party;
    const isNear = rules.every((rule) => rule.kind !== 'affinity' || isMet(rule, node));
    if (isNear === this.#isNear[position]) return;
    this.#isNear[position] = isNear;
    this.#hinder(position, isNear ? -1 : 1);
  }

  #hinder(position: number, rules: number): void {
    this.#unmet[position] = (this.#unmet[position] ?? 0) + rules;
    this.#rank(position);
  }

  #rank(position: number): void {
    const isOpen = this.leftOf(position) > 0 && this.#unmet[position] === 0;
    this.#keys.set(position, isOpen ? this.#keyOf(position) : Number.POSITIVE_INFINITY);
  }

  #keyOf(position: number): number {
    const harm = this.#harm[position] as number;
    if (this.#lineUp === undefined) return harm;
    return (this.#lineUp.rankOf(position) ?? Number.POSITIVE_INFINITY) + harm / (1 + harm);
  }
}

type SpreadRule = Extract<BindingRule, { kind: 'spread' }>;
type AffinityRule = Extract<BindingRule, { kind: 'affinity' }>;
