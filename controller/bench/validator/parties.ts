import type { PodManifest } from '../problem/problem-file.ts';
import { type BindingRule, isMet, RuleBook, type Surroundings } from './binding-rules.ts';
import { labelKeyOf } from './pod-groups.ts';
import type { PlacedPod, StandingNode } from './standing.ts';
import type { Tally } from './tally.ts';

/** Planned pods of one node that no rule can tell apart. */
export interface Party {
  readonly node: StandingNode;
  readonly members: readonly PlacedPod[];
  readonly rules: readonly BindingRule[];
  /** Where each member counts once it is bound. */
  readonly counts: readonly Count[];
}

interface Count {
  readonly tally: Tally;
  readonly domain: string;
}

/** All parties of a plan, and the tallies that their rules ask. */
export interface Assembly {
  readonly parties: readonly Party[];
  readonly tallies: readonly Tally[];
}

/** The planned pods of the nodes by party. */
export function assemble(nodes: readonly StandingNode[], surroundings: Surroundings): Assembly {
  const book = new RuleBook(nodes, surroundings);
  const ruled = nodes.flatMap((node) =>
    Map.groupBy(node.placed, ({ pod }) => kindOf(pod))
      .values()
      .flatMap((members) => {
        const [first] = members;
        return first === undefined ? [] : [{ node, members, rules: book.rulesOf(first.pod), pod: first.pod }];
      })
      .toArray(),
  );
  const tallies = book.tallies();
  const talliesOf = new Map<string, readonly Tally[]>();
  const parties = ruled.map(({ node, members, rules, pod }) => {
    const key = labelKeyOf(pod);
    const counting = talliesOf.get(key) ?? tallies.filter(({ group }) => group.has(pod));
    talliesOf.set(key, counting);
    const counts = counting.flatMap((tally) => {
      const domain = tally.domainOf(node);
      return domain === undefined ? [] : [{ tally, domain }];
    });
    return { node, members, rules, counts };
  });
  return { parties, tallies };
}

const kinds = new WeakMap<PodManifest, string>();

/** Equal for pods that count alike and have the same rules. */
function kindOf(pod: PodManifest): string {
  let kind = kinds.get(pod);
  if (kind === undefined) {
    const { topologySpreadConstraints, affinity, nodeSelector, tolerations } = pod.spec;
    kind = JSON.stringify([labelKeyOf(pod), topologySpreadConstraints, affinity, nodeSelector, tolerations]);
    kinds.set(pod, kind);
  }
  return kind;
}

/** Whether one of the party may be bound now. */
export function mayBind({ node, rules }: Party): boolean {
  return rules.every((rule) => isMet(rule, node));
}

export function bindOne({ counts }: Party): void {
  for (const { tally, domain } of counts) tally.add(domain);
}

export function unbindOne({ counts }: Party): void {
  for (const { tally, domain } of counts) tally.remove(domain);
}

/** The weight of those whom one more of the party would keep out. */
export function harmOf({ counts }: Party): number {
  return counts.reduce((sum, { tally, domain }) => sum + tally.harm(domain), 0);
}

/** Says in the tallies that so many of the party still have to be bound; fewer, with a negative weight. */
export function announce({ node, rules }: Party, weight: number): void {
  for (const rule of rules) {
    if (rule.kind !== 'spread') continue;
    const domain = node.labels[rule.tally.topologyKey];
    if (domain !== undefined) rule.tally.await(domain, rule.excessMax, weight);
  }
}
