import type { Node, Pod } from '../kube/built-in-kinds.ts';
import { selects } from './label-match.ts';
import type { Misfit } from './node-fit.ts';
import type { Residents } from './residents.ts';
import { countedResidents, isInAllDomains, type SpreadRule, spreadRules } from './spread-rules.ts';

const NO_SPREAD = "node(s) didn't match pod topology spread constraints";
const TOO_CROWDED: Misfit = { reasons: [NO_SPREAD], isForWantOfRoom: true };
const NOT_LABELLED: Misfit = { reasons: [`${NO_SPREAD} (missing required label)`], isForWantOfRoom: false };

/** A test of nodes: why the pod's spread constraints with DoNotSchedule keep it from one. */
export function spreadFilter(pod: Pod, residents: Residents): (node: Node) => Misfit | undefined {
  const rules = spreadRules(pod, 'DoNotSchedule');
  if (rules.length === 0) return () => undefined;
  const eligible = residents.nodes.filter((node) => isInAllDomains(node, rules));
  const skewsOf = rules.map((rule) => ({ rule, skewIn: skews(rule, pod, eligible, residents) }));
  return ({ metadata }) => {
    for (const { rule, skewIn } of skewsOf) {
      const domain = metadata.labels?.[rule.topologyKey];
      if (domain === undefined) return NOT_LABELLED;
      if (skewIn(domain) > rule.maxSkew) return TOO_CROWDED;
    }
    return undefined;
  };
}

/** How far above the emptiest domain a domain would be with the pod in it. */
function skews(
  rule: SpreadRule,
  pod: Pod,
  eligible: readonly Node[],
  residents: Residents,
): (domain: string) => number {
  const counted = countedResidents(rule, pod, residents);
  const counts = new Map<string, number>();
  for (const node of eligible) {
    if (!rule.countsNode(node)) continue;
    const domain = node.metadata.labels?.[rule.topologyKey] ?? '';
    counts.set(domain, (counts.get(domain) ?? 0) + (counted.get(node) ?? 0));
  }
  // With fewer domains than asked for, the missing ones are the emptiest.
  const emptiest = counts.size < rule.minDomains ? 0 : Math.min(...counts.values());
  const self = selects(rule.selector, pod.metadata.labels) ? 1 : 0;
  return (domain) => (counts.get(domain) ?? 0) + self - emptiest;
}
