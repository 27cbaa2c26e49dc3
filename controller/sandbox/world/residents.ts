import type { Node, Pod } from '../kube/built-in-kinds.ts';
import { type NamespaceLabels, type PodTerms, readPodTerms } from './affinity-terms.ts';

/** How many pods stand on each node; nodes without any are absent. */
export type CountByNode = ReadonlyMap<Node, number>;

/** Pods that say the same of being near others, with where they stand. */
export interface AffinityGroup {
  readonly terms: PodTerms;
  readonly standing: CountByNode;
}

/** The pods that stand on nodes, as one scheduling pass sees them; each that it binds is placed among them. */
export interface Residents {
  readonly nodes: readonly Node[];
  /** What the pod says of being near others; equal pods are read once. */
  termsOf(pod: Pod): { readonly key: string; readonly terms: PodTerms };
  /** Counts the residents of which `isMeant` is true: the first time for `question`, which names it, and from then on as they are placed. */
  count(question: string, isMeant: (pod: Pod) => boolean): CountByNode;
  /** Every group that says anything of being near others. */
  affinityGroups(): Iterable<AffinityGroup>;
  /** The pod stands on the node from now on. */
  place(pod: Pod, node: Node): void;
}

interface Tally {
  readonly isMeant: (pod: Pod) => boolean;
  readonly standing: Map<Node, number>;
}

interface Group extends AffinityGroup {
  readonly standing: Map<Node, number>;
}

/** Nobody yet, on these nodes. */
export function createResidents(nodes: readonly Node[], namespaces: NamespaceLabels): Residents {
  const placed: { readonly pod: Pod; readonly node: Node }[] = [];
  const tallies = new Map<string, Tally>();
  const groups = new Map<string, Group>();
  const terms = new Map<string, PodTerms>();
  const termsOf: Residents['termsOf'] = (pod) => {
    const key = affinityKey(pod);
    const known = terms.get(key) ?? readPodTerms(pod, namespaces);
    terms.set(key, known);
    return { key, terms: known };
  };
  return {
    nodes,
    termsOf,
    count(question, isMeant) {
      const known = tallies.get(question);
      if (known !== undefined) return known.standing;
      const standing = new Map<Node, number>();
      for (const { pod, node } of placed) if (isMeant(pod)) addOne(standing, node);
      tallies.set(question, { isMeant, standing });
      return standing;
    },
    affinityGroups: () => groups.values(),
    place(pod, node) {
      placed.push({ pod, node });
      for (const { isMeant, standing } of tallies.values()) if (isMeant(pod)) addOne(standing, node);
      if (pod.spec.affinity?.podAffinity === undefined && pod.spec.affinity?.podAntiAffinity === undefined) return;
      const { key, terms: own } = termsOf(pod);
      const group = groups.get(key) ?? { terms: own, standing: new Map<Node, number>() };
      groups.set(key, group);
      addOne(group.standing, node);
    },
  };
}

/** Terms may name the namespace and the labels of their owner without saying them. */
function affinityKey({ metadata, spec }: Pod): string {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  if (podAffinity === undefined && podAntiAffinity === undefined) return '';
  return JSON.stringify([metadata.namespace, metadata.labels, podAffinity, podAntiAffinity]);
}

function addOne(counts: Map<Node, number>, node: Node): void {
  counts.set(node, (counts.get(node) ?? 0) + 1);
}

/** The counts by the nodes' value of a label; nodes without the label are left out. */
export function sumByDomain(counts: CountByNode, topologyKey: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [{ metadata }, count] of counts) {
    const domain = metadata.labels?.[topologyKey];
    if (domain !== undefined) sums.set(domain, (sums.get(domain) ?? 0) + count);
  }
  return sums;
}
