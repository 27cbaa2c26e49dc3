import type { Node, Pod, PodAffinityTerm, SpreadConstraint } from '../kube/built-in-kinds.ts';
import { isTerminal } from '../kube/built-in-kinds.ts';
import { admitsNode, selects } from './label-match.ts';
import type { Misfit, NodeRoom } from './node-fit.ts';

/** Where pods stand relative to each other: required pod affinity and anti-affinity, and spread with DoNotSchedule. */
export interface Topology {
  /** Why the pods that stand already keep this one from the node; undefined when they do not. */
  misfitOf(pod: Pod, node: Node): Misfit | undefined;
  /** The pod stands on the node from now on. */
  place(pod: Pod, node: Node): void;
}

interface Placed {
  readonly pod: Pod;
  readonly node: Node;
}

const NO_ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules";
const NO_EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules";
const NO_AFFINITY = "node(s) didn't match pod affinity rules";
const NO_SPREAD = "node(s) didn't match pod topology spread constraints";

/** Labels of each namespace, by its name. */
export type NamespaceLabels = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** The topology of the pods bound to these nodes. */
export function createTopology(
  rooms: readonly NodeRoom[],
  pods: readonly Pod[],
  namespaces: NamespaceLabels,
): Topology {
  const nodes = new Map(rooms.map(({ node }) => [node.metadata.name, node]));
  const placed: Placed[] = [];
  /** Few pods have anti-affinity, yet each of them binds every pod that comes. */
  const repelling: Placed[] = [];
  const place = (pod: Pod, node: Node): void => {
    placed.push({ pod, node });
    if (antiAffinityOf(pod).length > 0) repelling.push({ pod, node });
  };
  for (const pod of pods) {
    const node = nodes.get(pod.spec.nodeName ?? '');
    if (node !== undefined && !isTerminal(pod)) place(pod, node);
  }

  return {
    place,
    misfitOf(pod, node) {
      const isHere = (term: PodAffinityTerm, owner: Pod) => (other: Placed) =>
        isSameDomain(term.topologyKey, node, other.node) && isMeant(term, owner, other.pod, namespaces);
      if (!affinityOf(pod).every((term) => isAffine(term, pod, node, placed, namespaces))) return misfit(NO_AFFINITY);
      if (antiAffinityOf(pod).some((term) => placed.some(isHere(term, pod)))) return misfit(NO_ANTI_AFFINITY);
      const repels = ({ pod: owner, node: ownerNode }: Placed): boolean =>
        antiAffinityOf(owner).some(
          (term) => isSameDomain(term.topologyKey, node, ownerNode) && isMeant(term, owner, pod, namespaces),
        );
      if (repelling.some(repels)) return misfit(NO_EXISTING_ANTI_AFFINITY);
      const hard = (pod.spec.topologySpreadConstraints ?? []).filter(
        (each) => each.whenUnsatisfiable === 'DoNotSchedule',
      );
      return hard.every((each) => keepsSkew(each, pod, node, nodes, placed)) ? undefined : misfit(NO_SPREAD);
    },
  };
}

/** A first pod that its own affinity means may go anywhere, or a group could never start. */
function isAffine(
  term: PodAffinityTerm,
  pod: Pod,
  node: Node,
  placed: readonly Placed[],
  namespaces: NamespaceLabels,
): boolean {
  if (node.metadata.labels?.[term.topologyKey] === undefined) return false;
  const meant = placed.filter((other) => isMeant(term, pod, other.pod, namespaces));
  if (meant.length === 0) return isMeant(term, pod, pod, namespaces);
  return meant.some((other) => isSameDomain(term.topologyKey, node, other.node));
}

function keepsSkew(
  { topologyKey, labelSelector, maxSkew }: SpreadConstraint,
  pod: Pod,
  node: Node,
  nodes: ReadonlyMap<string, Node>,
  placed: readonly Placed[],
): boolean {
  const domain = node.metadata.labels?.[topologyKey];
  if (domain === undefined) return false;
  const counts = new Map<string, number>();
  for (const { metadata } of nodes.values()) {
    const each = metadata.labels?.[topologyKey];
    if (each !== undefined && admitsNode(pod.spec, metadata.name, metadata.labels ?? {})) counts.set(each, 0);
  }
  for (const other of placed) {
    const each = other.node.metadata.labels?.[topologyKey] ?? '';
    const isCounted =
      other.pod.metadata.namespace === pod.metadata.namespace && selects(labelSelector, other.pod.metadata.labels);
    if (isCounted && other.pod.metadata.deletionTimestamp === undefined && counts.has(each)) {
      counts.set(each, (counts.get(each) ?? 0) + 1);
    }
  }
  const self = selects(labelSelector, pod.metadata.labels) ? 1 : 0;
  return (counts.get(domain) ?? 0) + self - Math.min(...counts.values()) <= maxSkew;
}

/** True when the term, written on `owner`, means the other pod. Without any word on namespaces it means its owner's. */
function isMeant(term: PodAffinityTerm, owner: Pod, other: Pod, labelsByNamespace: NamespaceLabels): boolean {
  const { namespaces = [], namespaceSelector, labelSelector } = term;
  const namespace = other.metadata.namespace ?? 'default';
  const isOwn = namespaces.length === 0 && namespaceSelector === undefined && namespace === owner.metadata.namespace;
  const isThere =
    isOwn || namespaces.includes(namespace) || selects(namespaceSelector, labelsByNamespace.get(namespace));
  return isThere && selects(labelSelector, other.metadata.labels);
}

function isSameDomain(topologyKey: string, left: Node, right: Node): boolean {
  const domain = left.metadata.labels?.[topologyKey];
  return domain !== undefined && domain === right.metadata.labels?.[topologyKey];
}

function affinityOf(pod: Pod): readonly PodAffinityTerm[] {
  return pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

function antiAffinityOf(pod: Pod): readonly PodAffinityTerm[] {
  return pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

function misfit(reason: string): Misfit {
  return { reasons: [reason], isForWantOfRoom: true };
}
