import type { AffinityTermManifest, PodManifest, SpreadManifest } from '../problem/problem-file.ts';
import { admits, repellingTaint } from './matching.ts';
import { type NamespaceLabels, type PodGroup, spreadGroup, termGroup } from './pod-groups.ts';
import type { StandingNode, Violation } from './standing.ts';
import { Tally, type TallyTerms } from './tally.ts';

/** Zones or capacity types that have no node yet and could get one for this pod; a spread counts them as empty. */
export type OpenDomains = (pod: PodManifest, topologyKey: string) => readonly string[];

/** What binding depends on beside the nodes. */
export interface Surroundings {
  readonly openDomains: OpenDomains;
  readonly namespaces: NamespaceLabels;
}

/** What has to hold when a pod is bound, by who is bound already. */
export type BindingRule = SpreadRule | AffinityRule;

interface SpreadRule {
  readonly kind: 'spread';
  readonly tally: Tally;
  readonly maxSkew: number;
  /** By how many pods the pod's own domain may be ahead of the least crowded one when it comes. */
  readonly excessMax: number;
}

interface AffinityRule {
  readonly kind: 'affinity';
  /** One for each term; all count the pods that every term means. */
  readonly tallies: readonly Tally[];
  readonly meansItself: boolean;
}

/** The rules of pods, with one tally for all that ask the same. */
export class RuleBook {
  readonly #nodes: readonly StandingNode[];
  readonly #surroundings: Surroundings;
  readonly #tallies = new Map<string, Tally>();

  constructor(nodes: readonly StandingNode[], surroundings: Surroundings) {
    this.#nodes = nodes;
    this.#surroundings = surroundings;
  }

  /** All that the rules read so far ask. */
  tallies(): readonly Tally[] {
    return [...this.#tallies.values()];
  }

  rulesOf(pod: PodManifest): readonly BindingRule[] {
    const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const spreads = spreadsOf(pod).map((each) => this.#spreadRule(each, pod));
    return terms.length === 0 ? spreads : [...spreads, this.#affinityRule(terms, pod)];
  }

  #spreadRule(spread: SpreadManifest, pod: PodManifest): SpreadRule {
    const { topologyKey, maxSkew, minDomains = 1, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = spread;
    const { nodeSelector, affinity, tolerations } = pod.spec;
    const keys = spreadsOf(pod).map((each) => each.topologyKey);
    const honoured = [
      keys,
      minDomains,
      nodeAffinityPolicy === 'Honor' ? [nodeSelector, affinity?.nodeAffinity] : [],
      nodeTaintsPolicy === 'Honor' ? [tolerations ?? []] : [],
    ];
    const counts = (node: StandingNode): boolean =>
      keys.every((key) => node.labels[key] !== undefined) &&
      (nodeAffinityPolicy !== 'Honor' || admits(pod.spec, node.labels)) &&
      (nodeTaintsPolicy !== 'Honor' || repellingTaint(node.taints, tolerations) === undefined);
    const domains = (): readonly string[] => [
      ...this.#nodes.filter(counts).map(({ labels }) => labels[topologyKey] ?? ''),
      ...this.#surroundings.openDomains(pod, topologyKey),
    ];
    const group = spreadGroup(pod, spread.labelSelector, spread.matchLabelKeys);
    const tally = this.#tally({ topologyKey, group, filter: honoured }, () => ({
      counts,
      domains: domains(),
      minDomains,
    }));
    return { kind: 'spread', tally, maxSkew, excessMax: maxSkew - (group.has(pod) ? 1 : 0) };
  }

  #affinityRule(terms: readonly AffinityTermManifest[], pod: PodManifest): AffinityRule {
    const groups = terms.map((term) => termGroup(pod, term, this.#surroundings.namespaces));
    const group: PodGroup = {
      id: JSON.stringify(groups.map(({ id }) => id)),
      has: (other) => groups.every((each) => each.has(other)),
    };
    const everywhere = { counts: () => true, domains: [], minDomains: 0 };
    const tallies = terms.map(({ topologyKey }) =>
      this.#tally({ topologyKey, group, filter: 'affinity' }, () => everywhere),
    );
    return { kind: 'affinity', tallies, meansItself: group.has(pod) };
  }

  #tally(
    { topologyKey, group, filter }: { topologyKey: string; group: PodGroup; filter: unknown },
    terms: () => Omit<TallyTerms, 'topologyKey' | 'group'>,
  ): Tally {
    const key = JSON.stringify([topologyKey, group.id, filter]);
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = new Tally({ topologyKey, group, ...terms() }, this.#nodes);
      this.#tallies.set(key, tally);
    }
    return tally;
  }
}

/** Whether a pod of this rule can be bound to the node now. */
export function isMet(rule: BindingRule, { labels }: StandingNode): boolean {
  if (rule.kind === 'spread') {
    const domain = labels[rule.tally.topologyKey];
    return domain !== undefined && rule.tally.excess(domain) <= rule.excessMax;
  }
  const { tallies, meansItself } = rule;
  if (tallies.some(({ topologyKey }) => labels[topologyKey] === undefined)) return false;
  // The first of a group that means itself may start anywhere.
  if (tallies.every((tally) => tally.total === 0)) return meansItself;
  return tallies.every((tally) => tally.at(labels[tally.topologyKey] ?? '') > 0);
}

/** What is wrong when it cannot. */
export function brokenRule(rule: BindingRule, { metadata }: PodManifest): Omit<Violation, 'path'> {
  if (rule.kind === 'affinity') {
    return { rule: 'affinity', message: `${metadata.name}: nobody there that it must be with` };
  }
  return { rule: 'spread', message: `${metadata.name}: skew over ${rule.maxSkew} on ${rule.tally.topologyKey}` };
}

function spreadsOf({ spec }: PodManifest): readonly SpreadManifest[] {
  return (spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
  );
}
