import type { AffinityTermManifest, PodManifest, SpreadManifest } from '../problem/problem-file.ts';
import { requestOf } from './amounts.ts';
import { admits, repellingTaint } from './matching.ts';
import { labelKeyOf, type NamespaceLabels, type PodGroup, spreadGroup, termGroup } from './pod-groups.ts';
import { isRunning, type PlacedPod, type StandingNode, type Violation } from './standing.ts';

/** Zones or capacity types that have no node yet and could get one for this pod; a spread counts them as empty. */
export type OpenDomains = (pod: PodManifest, topologyKey: string) => readonly string[];

/** What binding depends on beside the nodes. */
interface Surroundings {
  readonly openDomains: OpenDomains;
  readonly namespaces: NamespaceLabels;
}

interface Waiting extends PlacedPod {
  readonly node: StandingNode;
}

/**
 * Pods that kube-scheduler could not bind where the plan has them, for a spread or an affinity, whatever comes first.
 * Both depend on who stands already, so the pods are bound one after another, each as soon as it may. A plan is refused when none of the
 * orders tried binds all of its pods: those with constraints first, the largest of them first (as schedulers plan them), those without
 * first, as written, and last the careful one.
 */
export function bindingViolations(nodes: readonly StandingNode[], surroundings: Surroundings): Violation[] {
  const waiting = nodes.flatMap((node) => node.placed.map((placed) => ({ ...placed, node })));
  const isBound = ({ pod }: Waiting): boolean => spreadsOf(pod).length > 0 || affinityOf(pod).length > 0;
  const [bound, free] = [waiting.filter(isBound), waiting.filter((each) => !isBound(each))];
  if (bound.length === 0) return [];
  let fewest: Violation[] | undefined;
  for (const order of [[...bound, ...free], [...bySize(bound), ...free], [...free, ...bound], waiting]) {
    const stuck = bindInTurn(order, new Bindings(nodes, surroundings));
    if (fewest === undefined || stuck.length < fewest.length) fewest = stuck;
    if (fewest.length === 0) return [];
  }
  const stuck = bindWithCare([...bound, ...free], new Bindings(nodes, surroundings));
  return stuck.length < (fewest?.length ?? 0) ? stuck : (fewest ?? []);
}

function bySize(pods: readonly Waiting[]): readonly Waiting[] {
  const sizes = new Map(pods.map((each) => [each, requestOf(each.pod.spec)]));
  const amount = (each: Waiting, name: string): bigint => sizes.get(each)?.get(name) ?? 0n;
  const descending = (left: bigint, right: bigint): number => (left === right ? 0 : left > right ? -1 : 1);
  return pods.toSorted(
    (left, right) =>
      descending(amount(left, 'cpu'), amount(right, 'cpu')) ||
      descending(amount(left, 'memory'), amount(right, 'memory')),
  );
}

/**
 * Binds first who is in nobody's way: it leaves every spread that counts it within its skew. When none is left, one who is, then again those.
 * Needed where a spread counts pods that do not obey it; slow, as each of those costs a round.
 */
function bindWithCare(order: readonly Waiting[], bindings: Bindings): Violation[] {
  let left = order;
  for (;;) {
    const before = left.length;
    left = left.filter(({ pod, node }) => {
      if (!bindings.isHarmless(pod, node) || bindings.obstacle(pod, node) !== undefined) return true;
      bindings.bind(pod, node);
      return false;
    });
    if (left.length < before) continue;
    const next = left.find(({ pod, node }) => bindings.obstacle(pod, node) === undefined);
    if (next === undefined) return bindInTurn(left, bindings);
    bindings.bind(next.pod, next.node);
    left = left.filter((each) => each !== next);
  }
}

/** Binds what may be bound until nothing moves; what is left is in violation. */
function bindInTurn(order: readonly Waiting[], bindings: Bindings): Violation[] {
  let left = order;
  for (;;) {
    const stuck = left.filter(({ pod, node }) => {
      if (bindings.obstacle(pod, node) !== undefined) return true;
      bindings.bind(pod, node);
      return false;
    });
    if (stuck.length === left.length || stuck.length === 0) {
      return stuck.flatMap(({ path, pod, node }) => {
        const obstacle = bindings.obstacle(pod, node);
        return obstacle === undefined ? [] : [{ path, ...obstacle }];
      });
    }
    left = stuck;
  }
}

interface Tally {
  readonly topologyKey: string;
  /** The least that a spread allows which asks this tally; none do for an affinity. */
  skewMax: number;
  readonly group: PodGroup;
  /** Whether pods on this node count. */
  readonly counts: (node: StandingNode) => boolean;
  readonly byDomain: Map<string, number>;
}

/** Who stands where so far. Each tally counts one group of pods by one topology key and grows with every bound pod. */
class Bindings {
  readonly #nodes: readonly StandingNode[];
  readonly #surroundings: Surroundings;
  readonly #tallies = new Map<string, Tally>();
  /** By the labels of a pod: the tallies that count it. */
  readonly #talliesOf = new Map<string, Tally[]>();
  readonly #bound: { readonly pod: PodManifest; readonly node: StandingNode }[] = [];

  constructor(nodes: readonly StandingNode[], surroundings: Surroundings) {
    this.#nodes = nodes;
    this.#surroundings = surroundings;
    for (const node of nodes) for (const pod of node.bound.filter(isRunning)) this.#bound.push({ pod, node });
  }

  bind(pod: PodManifest, node: StandingNode): void {
    this.#bound.push({ pod, node });
    for (const tally of this.#counting(pod)) count(tally, node);
  }

  /** Whether every spread that counts the pod stays within its skew when the pod binds there. */
  isHarmless(pod: PodManifest, node: StandingNode): boolean {
    return this.#counting(pod).every(({ topologyKey, byDomain, counts, skewMax }) => {
      const domain = node.labels[topologyKey];
      if (skewMax === Number.POSITIVE_INFINITY || domain === undefined || !counts(node)) return true;
      return (byDomain.get(domain) ?? 0) + 1 - Math.min(...byDomain.values()) <= skewMax;
    });
  }

  #counting(pod: PodManifest): readonly Tally[] {
    const key = labelKeyOf(pod);
    let tallies = this.#talliesOf.get(key);
    if (tallies === undefined) {
      tallies = [...this.#tallies.values()].filter(({ group }) => group.has(pod));
      this.#talliesOf.set(key, tallies);
    }
    return tallies;
  }

  obstacle(pod: PodManifest, node: StandingNode): Omit<Violation, 'path'> | undefined {
    const spread = spreadsOf(pod).find((each) => !this.#keepsSkew(each, pod, node));
    if (spread !== undefined) {
      return { rule: 'spread', message: `${pod.metadata.name}: skew over ${spread.maxSkew} on ${spread.topologyKey}` };
    }
    if (this.#isAffine(pod, node)) return undefined;
    return { rule: 'affinity', message: `${pod.metadata.name}: nobody there that it must be with` };
  }

  #keepsSkew(spread: SpreadManifest, pod: PodManifest, node: StandingNode): boolean {
    const { topologyKey, maxSkew, minDomains = 1 } = spread;
    const domain = node.labels[topologyKey];
    if (domain === undefined) return false;
    const { byDomain, group } = this.#spreadTally(spread, pod);
    const least = byDomain.size < minDomains ? 0 : Math.min(...byDomain.values());
    const self = group.has(pod) ? 1 : 0;
    return (byDomain.get(domain) ?? 0) + self - least <= maxSkew;
  }

  /** Every term's domain must hold a pod that all terms mean; the first of a group that means itself may start anywhere. */
  #isAffine(pod: PodManifest, node: StandingNode): boolean {
    const terms = affinityOf(pod);
    if (terms.length === 0) return true;
    if (terms.some(({ topologyKey }) => node.labels[topologyKey] === undefined)) return false;
    const group = everyTerm(pod, terms, this.#surroundings.namespaces);
    const tallies = terms.map(({ topologyKey }) => this.#tally(topologyKey, group, '', () => true));
    if (tallies.every(({ byDomain }) => byDomain.size === 0)) return group.has(pod);
    return tallies.every(({ topologyKey, byDomain }) => (byDomain.get(node.labels[topologyKey] ?? '') ?? 0) > 0);
  }

  #spreadTally(spread: SpreadManifest, pod: PodManifest): Tally {
    const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = spread;
    const { nodeSelector, affinity, tolerations } = pod.spec;
    const keys = spreadsOf(pod).map(({ topologyKey }) => topologyKey);
    const honoured = [
      keys,
      nodeAffinityPolicy === 'Honor' ? [nodeSelector, affinity?.nodeAffinity] : [],
      nodeTaintsPolicy === 'Honor' ? [tolerations ?? []] : [],
    ];
    const isEligible = (node: StandingNode): boolean =>
      keys.every((key) => node.labels[key] !== undefined) &&
      (nodeAffinityPolicy !== 'Honor' || admits(pod.spec, node.labels, node.name)) &&
      (nodeTaintsPolicy !== 'Honor' || repellingTaint(node.taints, tolerations) === undefined);
    const group = spreadGroup(pod, spread.labelSelector, spread.matchLabelKeys);
    const tally = this.#tally(spread.topologyKey, group, JSON.stringify(honoured), isEligible, () => {
      const present = this.#nodes.filter(isEligible).map(({ labels }) => labels[spread.topologyKey] ?? '');
      return [...present, ...this.#surroundings.openDomains(pod, spread.topologyKey)];
    });
    tally.skewMax = Math.min(tally.skewMax, spread.maxSkew);
    return tally;
  }

  #tally(
    topologyKey: string,
    group: PodGroup,
    filter: string,
    counts: Tally['counts'],
    domains: () => readonly string[] = () => [],
  ): Tally {
    const key = `${topologyKey} ${group.id} ${filter}`;
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      const byDomain = new Map(domains().map((domain) => [domain, 0]));
      tally = { topologyKey, group, counts, byDomain, skewMax: Number.POSITIVE_INFINITY };
      this.#tallies.set(key, tally);
      this.#talliesOf.clear();
      for (const { pod, node } of this.#bound) if (group.has(pod)) count(tally, node);
    }
    return tally;
  }
}

function count({ topologyKey, counts, byDomain }: Tally, node: StandingNode): void {
  const domain = node.labels[topologyKey];
  if (domain !== undefined && counts(node)) byDomain.set(domain, (byDomain.get(domain) ?? 0) + 1);
}

function everyTerm(pod: PodManifest, terms: readonly AffinityTermManifest[], namespaces: NamespaceLabels): PodGroup {
  const groups = terms.map((term) => termGroup(pod, term, namespaces));
  return {
    id: JSON.stringify(groups.map(({ id }) => id)),
    has: (other) => groups.every((group) => group.has(other)),
  };
}

function spreadsOf({ spec }: PodManifest): readonly SpreadManifest[] {
  return (spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
  );
}

function affinityOf({ spec }: PodManifest): readonly AffinityTermManifest[] {
  return spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}
