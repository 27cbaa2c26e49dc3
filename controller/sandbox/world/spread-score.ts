import { HOSTNAME_LABEL, ZONE_LABEL } from '../../src/api/names.ts';
import type { Node } from '../kube/built-in-kinds.ts';
import type { Candidate } from './candidate.ts';
import { admitsNode } from './label-match.ts';
import type { NodeRoom } from './node-fit.ts';
import { SCORE_MAX } from './score-scale.ts';
import { countedResidents, isEverything, isInAllDomains, type SpreadRule, spreadRules } from './spread-rules.ts';

/** kube-scheduler's own wishes for pods without any spread constraint. */
const DEFAULT_SPREAD = [
  { topologyKey: HOSTNAME_LABEL, maxSkew: 3 },
  { topologyKey: ZONE_LABEL, maxSkew: 5 },
];

/** The fewer pods there are already in the node's domains of spread constraints with ScheduleAnyway, the better. */
export function spreadScores(candidate: Candidate, rooms: readonly NodeRoom[]): readonly number[] {
  const { rules, areLabelsNeeded } = wishedRules(candidate);
  if (rules.length === 0) return rooms.map(() => 0);
  const scored = rooms.filter(({ node }) => !areLabelsNeeded || isInAllDomains(node, rules));
  const counted = candidate.residents.nodes.filter((node) => !areLabelsNeeded || isInAllDomains(node, rules));
  const crowds = new Map(scored.map(({ node }) => [node, 0]));
  for (const rule of rules) {
    for (const [node, crowd] of crowdsOf(rule, candidate, scored, counted)) {
      crowds.set(node, (crowds.get(node) ?? 0) + crowd);
    }
  }
  const rounded = [...crowds.values()].map(Math.round);
  const [least, most] = [Math.min(...rounded), Math.max(...rounded)];
  return rooms.map(({ node }) => {
    const crowd = crowds.get(node);
    if (crowd === undefined) return 0;
    return most === 0 ? SCORE_MAX : Math.trunc((SCORE_MAX * (most + least - Math.round(crowd))) / most);
  });
}

/** The pod's own wishes, or the defaults, which do without the labels: a node of no zone still spreads by host. */
function wishedRules({ pod, defaultSelector }: Candidate): {
  readonly rules: readonly SpreadRule[];
  readonly areLabelsNeeded: boolean;
} {
  if ((pod.spec.topologySpreadConstraints ?? []).length > 0) {
    return { rules: spreadRules(pod, 'ScheduleAnyway'), areLabelsNeeded: true };
  }
  const selector = defaultSelector(pod);
  if (selector === undefined || isEverything(selector)) return { rules: [], areLabelsNeeded: false };
  const countsNode = ({ metadata }: Node) => admitsNode(pod.spec, metadata.name, metadata.labels ?? {});
  const rules = DEFAULT_SPREAD.map((rule) => ({ ...rule, minDomains: 1, selector, countsNode }));
  return { rules, areLabelsNeeded: false };
}

/**
 * How crowded each node is by one rule. A label with many domains has few pods in each, so its counts weigh more; a wide maxSkew
 * lifts all, which makes differences look smaller.
 */
function crowdsOf(
  rule: SpreadRule,
  { pod, residents }: Candidate,
  scored: readonly NodeRoom[],
  counted: readonly Node[],
): readonly (readonly [Node, number])[] {
  const { topologyKey, maxSkew } = rule;
  const standing = countedResidents(rule, pod, residents);
  const labelled = scored.filter(({ node }) => node.metadata.labels?.[topologyKey] !== undefined);
  const crowd = (count: number, domains: number) => count * Math.log(domains + 2) + maxSkew - 1;
  if (topologyKey === HOSTNAME_LABEL) {
    // Counted on the node itself, whatever the rule says of which nodes count.
    return labelled.map(({ node }) => [node, crowd(standing.get(node) ?? 0, scored.length)]);
  }
  const counts = new Map(scored.map(({ node }) => [node.metadata.labels?.[topologyKey] ?? '', 0]));
  for (const node of counted) {
    const domain = node.metadata.labels?.[topologyKey] ?? '';
    const before = counts.get(domain);
    if (before !== undefined && rule.countsNode(node)) counts.set(domain, before + (standing.get(node) ?? 0));
  }
  return labelled.map(({ node }) => [
    node,
    crowd(counts.get(node.metadata.labels?.[topologyKey] ?? '') ?? 0, counts.size),
  ]);
}
