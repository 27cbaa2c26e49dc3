import type { Container, KubeTaint, Node, Pod, SelectorExpression } from '../kube/built-in-kinds.ts';
import type { LabelSelector } from '../kube/label-selector.ts';

// Written from the documentation of pod affinity, topology spread and host ports alone, like placement.ts beside it.

/** A pod with the node on which it stands. */
export interface Resident {
  readonly pod: Pod;
  readonly node: Node;
}

interface AffinityTerm {
  readonly topologyKey: string;
  readonly labelSelector?: LabelSelector;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
}

interface Spread {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly labelSelector?: LabelSelector;
  readonly minDomains?: number;
  readonly matchLabelKeys?: readonly string[];
  readonly nodeAffinityPolicy?: string;
  readonly nodeTaintsPolicy?: string;
}

/** Labels of each namespace, by its name. */
export type NamespaceLabels = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** How a node answers a pod, as placement.ts judges it. */
export interface NodeAnswers {
  readonly suitsSelectors: (pod: Pod, node: Node) => boolean;
  readonly untolerated: (pod: Pod, taints: readonly KubeTaint[]) => readonly string[];
}

/** What keeps two pods apart whenever they stand: required anti-affinity of either, and host ports of one node. In words. */
export function clashes(residents: readonly Resident[], namespaces: NamespaceLabels): readonly string[] {
  return residents.flatMap((one) =>
    residents
      .filter((other) => other !== one)
      .flatMap((other) => [
        ...requiredTerms(one.pod, 'podAntiAffinity')
          .filter((term) => sharesDomain(term.topologyKey, one.node, other.node))
          .filter((term) => means(term, one.pod, other.pod, namespaces))
          .map((term) => `${nameOf(one.pod)} stands in one ${term.topologyKey} with ${nameOf(other.pod)}`),
        ...(one.node === other.node ? sharedPorts(one.pod, other.pod) : []),
      ]),
  );
}

/** What was wrong with binding a pod there beside those who stood: pod affinity and spread, which hold at that moment only. In words. */
export function wrongBesideOthers(
  { pod, node }: Resident,
  others: readonly Resident[],
  { nodes, namespaces }: { readonly nodes: readonly Node[]; readonly namespaces: NamespaceLabels },
  answers: NodeAnswers,
): readonly string[] {
  const wrong: string[] = [];
  const terms = requiredTerms(pod, 'podAffinity');
  const mates = others.filter((other) => terms.every((term) => means(term, pod, other.pod, namespaces)));
  const isFirst = mates.length === 0 && terms.every((term) => means(term, pod, pod, namespaces));
  for (const { topologyKey } of terms) {
    if (isFirst && labelOf(node, topologyKey) !== undefined) continue;
    if (mates.some((mate) => sharesDomain(topologyKey, node, mate.node))) continue;
    wrong.push(`${nameOf(pod)} was bound where no pod of its affinity is, by ${topologyKey}`);
  }
  const spreads = ((pod.spec.topologySpreadConstraints ?? []) as readonly Spread[]).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
  );
  for (const spread of spreads) {
    const skew = skewOf(spread, { pod, node }, others, countedNodes(spread, spreads, pod, nodes, answers));
    if (skew > spread.maxSkew) {
      wrong.push(`${nameOf(pod)} was bound with skew ${skew} by ${spread.topologyKey}, maxSkew is ${spread.maxSkew}`);
    }
  }
  return wrong;
}

function countedNodes(
  spread: Spread,
  all: readonly Spread[],
  pod: Pod,
  nodes: readonly Node[],
  { suitsSelectors, untolerated }: NodeAnswers,
): readonly Node[] {
  return nodes.filter((node) => {
    const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
    return (
      all.every(({ topologyKey }) => labelOf(node, topologyKey) !== undefined) &&
      (spread.nodeAffinityPolicy === 'Ignore' || suitsSelectors(pod, node)) &&
      (spread.nodeTaintsPolicy !== 'Honor' || untolerated(pod, taints).length === 0)
    );
  });
}

function skewOf(
  spread: Spread,
  { pod, node }: Resident,
  others: readonly Resident[],
  counted: readonly Node[],
): number {
  const { topologyKey, minDomains = 1, matchLabelKeys = [] } = spread;
  const domain = labelOf(node, topologyKey);
  if (domain === undefined) return Infinity;
  const isCounted = (other: Pod) =>
    other.metadata.namespace === pod.metadata.namespace &&
    selectorTakes(spread.labelSelector, other) &&
    matchLabelKeys.every((key) => labelOf(other, key) === labelOf(pod, key));
  const counts = new Map(counted.map((each) => [labelOf(each, topologyKey) as string, 0]));
  for (const other of others) {
    const value = labelOf(other.node, topologyKey) ?? '';
    const stands = counted.includes(other.node) && other.pod.metadata.deletionTimestamp === undefined;
    if (stands && isCounted(other.pod)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const emptiest = counts.size < minDomains ? 0 : Math.min(...counts.values());
  return (counts.get(domain) ?? 0) + (isCounted(pod) ? 1 : 0) - emptiest;
}

function requiredTerms({ spec }: Pod, kind: 'podAffinity' | 'podAntiAffinity'): readonly AffinityTerm[] {
  return (spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? []) as readonly AffinityTerm[];
}

/** The namespaces of a term are those that it names and those that its selector takes; its owner's when it has neither. */
function means(term: AffinityTerm, owner: Pod, other: Pod, namespaces: NamespaceLabels): boolean {
  const named = term.namespaces ?? [];
  const { namespace = 'default' } = other.metadata;
  const isSilent = named.length === 0 && term.namespaceSelector === undefined;
  const isTaken = labelsSuit(term.namespaceSelector, namespaces.get(namespace) ?? {});
  const isThere = isSilent ? namespace === owner.metadata.namespace : named.includes(namespace) || isTaken;
  return isThere && selectorTakes(term.labelSelector, other);
}

function selectorTakes(selector: LabelSelector | undefined, pod: Pod): boolean {
  return labelsSuit(selector, pod.metadata.labels ?? {});
}

function labelsSuit(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined) return false;
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (selector.matchExpressions ?? []).every((each) => expressionTakes(each, labels[each.key]));
}

function expressionTakes(
  { operator, values = [] }: Pick<SelectorExpression, 'operator' | 'values'>,
  value: string | undefined,
): boolean {
  if (operator === 'Exists' || operator === 'DoesNotExist') return (value !== undefined) === (operator === 'Exists');
  const isListed = value !== undefined && values.includes(value);
  return isListed === (operator === 'In');
}

function sharedPorts(one: Pod, other: Pod): readonly string[] {
  const taken = hostPorts(other);
  return hostPorts(one)
    .filter(({ id, ip }) => taken.some((each) => each.id === id && (each.ip === ip || each.ip === '' || ip === '')))
    .map(({ id }) => `${nameOf(one)} takes host port ${id} beside ${nameOf(other)}`);
}

function hostPorts({ spec }: Pod): readonly { readonly id: string; readonly ip: string }[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars].flatMap((container) => {
    const { ports = [] } = container as Container & {
      ports?: readonly { hostPort?: number; protocol?: string; hostIP?: string }[];
    };
    return ports
      .filter(({ hostPort = 0 }) => hostPort !== 0)
      .map(({ hostPort, protocol = 'TCP', hostIP = '' }) => ({
        id: `${hostPort}/${protocol}`,
        ip: hostIP === '0.0.0.0' ? '' : hostIP,
      }));
  });
}

function sharesDomain(key: string, one: Node, other: Node): boolean {
  return labelOf(one, key) !== undefined && labelOf(one, key) === labelOf(other, key);
}

function labelOf({ metadata }: Node | Pod, key: string): string | undefined {
  return metadata.labels?.[key];
}

function nameOf({ metadata }: Pod): string {
  return `pod ${metadata.namespace}/${metadata.name}`;
}
