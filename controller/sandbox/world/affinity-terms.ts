import type { Pod, PodAffinityTerm } from '../kube/built-in-kinds.ts';
import type { LabelExpression, LabelSelector } from '../kube/label-selector.ts';
import { selects } from './label-match.ts';

/** The labels of a namespace by its name; undefined for one that is not there. */
export type NamespaceLabels = (name: string) => Readonly<Record<string, string>> | undefined;

/** A pod affinity term, read together with the pod that bears it. */
export interface AffinityTerm {
  readonly topologyKey: string;
  means(other: Pod): boolean;
}

/** A term that is wished for; a negative weight is a wish to be apart. */
export interface WishedTerm extends AffinityTerm {
  readonly weight: number;
}

/** All that a pod says of being near other pods. */
export interface PodTerms {
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  readonly wishes: readonly WishedTerm[];
}

interface TermFields extends PodAffinityTerm {
  readonly namespaceSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
}

interface AffinityFields {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly TermFields[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number;
    readonly podAffinityTerm: TermFields;
  }[];
}

/** What the pod says of being near others, required and wished. */
export function readPodTerms(pod: Pod, namespaces: NamespaceLabels): PodTerms {
  const near: AffinityFields = pod.spec.affinity?.podAffinity ?? {};
  const apart: AffinityFields = pod.spec.affinity?.podAntiAffinity ?? {};
  const required = ({ requiredDuringSchedulingIgnoredDuringExecution: terms = [] }: AffinityFields) =>
    terms.map((term) => readTerm(term, pod, namespaces));
  const wished = ({ preferredDuringSchedulingIgnoredDuringExecution: terms = [] }: AffinityFields, sign: number) =>
    terms.map(({ weight, podAffinityTerm }) => ({
      ...readTerm(podAffinityTerm, pod, namespaces),
      weight: sign * weight,
    }));
  return {
    affinity: required(near),
    antiAffinity: required(apart),
    wishes: [...wished(near, 1), ...wished(apart, -1)],
  };
}

function readTerm(term: TermFields, owner: Pod, namespaces: NamespaceLabels): AffinityTerm {
  const { topologyKey, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const alike = withOwnLabels(term.labelSelector, matchLabelKeys, 'In', owner);
  const selector = withOwnLabels(alike, mismatchLabelKeys, 'NotIn', owner);
  const isThere = namespaceTest(term, owner, namespaces);
  return {
    topologyKey,
    means: (other) => isThere(other.metadata.namespace ?? 'default') && selects(selector, other.metadata.labels),
  };
}

/** Without names and selector a term means its owner's namespace; with both, those that either gives. */
function namespaceTest(
  { namespaces: names = [], namespaceSelector }: TermFields,
  { metadata }: Pod,
  namespaces: NamespaceLabels,
): (namespace: string) => boolean {
  if (namespaceSelector === undefined) {
    const meant = names.length > 0 ? names : [metadata.namespace ?? 'default'];
    return (namespace) => meant.includes(namespace);
  }
  return (namespace) => names.includes(namespace) || selects(namespaceSelector, namespaces(namespace));
}

/** The selector narrowed by the owner's own values of these labels; keys that it does not bear narrow nothing. */
export function withOwnLabels(
  selector: LabelSelector | undefined,
  keys: readonly string[],
  operator: 'In' | 'NotIn',
  { metadata }: Pod,
): LabelSelector | undefined {
  // An absent selector takes nothing, and stays so.
  if (selector === undefined || keys.length === 0) return selector;
  const own = keys.flatMap((key): LabelExpression[] => {
    const value = metadata.labels?.[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...own] };
}
