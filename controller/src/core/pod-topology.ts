import { type Expression, labelsSatisfy, type Requirements, requirementsOf } from './requirements.ts';

/** Which pods a constraint speaks of. */
export interface PodSelector {
  /** Sorted; `all` for every namespace. */
  readonly namespaces: readonly string[] | 'all';
  /** All of it must hold, so an empty list selects every pod; `nothing` selects none. */
  readonly labels: readonly Expression[] | 'nothing';
}

/** Pods of the selector are to be spread evenly over the values of one node label. */
export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  /** While there are fewer domains than this, the emptiest is taken for empty. 1 when unset. */
  readonly minDomains: number;
  readonly selector: PodSelector;
  /** Whether only nodes count that the pod's node selector and required affinity allow. */
  readonly honorsNodeAffinity: boolean;
  /** Whether only nodes count whose taints the pod tolerates. */
  readonly honorsNodeTaints: boolean;
}

/** The pod goes (affinity) or does not go (anti-affinity) where a pod of the selector is, by one node label. */
export interface PodAffinityTerm {
  readonly topologyKey: string;
  readonly selector: PodSelector;
}

/** A wish; of several the heaviest is given up first, as upstream does. */
export interface Weighted<T> {
  readonly weight: number;
  readonly value: T;
}

/** What a pod would like and can do without. Each list has the order of the pod's own. */
export interface PodWishes {
  readonly nodeTerms: readonly Weighted<readonly Expression[]>[];
  readonly podAffinity: readonly Weighted<PodAffinityTerm>[];
  readonly podAntiAffinity: readonly Weighted<PodAffinityTerm>[];
  /** Those that say ScheduleAnyway. */
  readonly spread: readonly SpreadConstraint[];
}

/** Shared by the many pods that wish for nothing. */
export const NO_WISHES: PodWishes = Object.freeze({ nodeTerms: [], podAffinity: [], podAntiAffinity: [], spread: [] });

/** What of a pod a selector reads. */
export interface SelectablePod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Returns a function that tells whether the selector takes a pod; it parses the expressions once. */
export function podMatcher({ namespaces, labels }: PodSelector): (pod: SelectablePod) => boolean {
  if (labels === 'nothing') return () => false;
  const stated: Requirements = requirementsOf(labels);
  return (pod) => (namespaces === 'all' || namespaces.includes(pod.namespace)) && labelsSatisfy(pod.labels, stated);
}
