import type { AffinityTermManifest, LabelSelectorManifest, PodManifest, Problem } from '../problem/problem-file.ts';
import { type Labels, selects } from './matching.ts';

const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Labels of the namespaces that a problem lists, by name. */
export type NamespaceLabels = ReadonlyMap<string, Labels>;

export function labelsByNamespace({ namespaces = [] }: Problem): NamespaceLabels {
  return new Map(namespaces.map(({ metadata: { name, labels = {} } }) => [name, labels]));
}

/** Pods of some namespaces that a selector means. */
export interface PodGroup {
  /** Equal for equal groups. */
  readonly id: string;
  has(pod: PodManifest): boolean;
}

function namespaceOf({ metadata: { namespace = 'default' } }: PodManifest): string {
  return namespace;
}

/** The pods that a spread of `owner` counts. */
export function spreadGroup(
  owner: PodManifest,
  selector: LabelSelectorManifest | undefined,
  matchLabelKeys: readonly string[] = [],
): PodGroup {
  const namespace = namespaceOf(owner);
  return groupOf([namespace], extended(selector, owner, matchLabelKeys, []), (other) => other === namespace);
}

/** The pods that an affinity or anti-affinity term of `owner` means. */
export function termGroup(owner: PodManifest, term: AffinityTermManifest, known: NamespaceLabels): PodGroup {
  const { namespaces = [], namespaceSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const listed = namespaces.length > 0 || namespaceSelector !== undefined ? namespaces : [namespaceOf(owner)];
  const selector = extended(term.labelSelector, owner, matchLabelKeys, mismatchLabelKeys);
  // Every namespace has one label; of a namespace that the problem does not list it is all that is known.
  const isMeant = (namespace: string): boolean =>
    listed.includes(namespace) || selects(namespaceSelector, { ...known.get(namespace), [NAMESPACE_NAME]: namespace });
  return groupOf([listed, namespaceSelector], selector, isMeant);
}

/** The selector with the owner's own values of the keys: what the API server makes of matchLabelKeys. */
function extended(
  selector: LabelSelectorManifest | undefined,
  owner: PodManifest,
  matchKeys: readonly string[],
  mismatchKeys: readonly string[],
): LabelSelectorManifest | undefined {
  if (selector === undefined) return undefined;
  const labels: Labels = owner.metadata.labels ?? {};
  const ownValue = (operator: string) => (key: string) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  };
  return {
    ...selector,
    matchExpressions: [
      ...(selector.matchExpressions ?? []),
      ...matchKeys.flatMap(ownValue('In')),
      ...mismatchKeys.flatMap(ownValue('NotIn')),
    ],
  };
}

function groupOf(
  scope: unknown,
  selector: LabelSelectorManifest | undefined,
  isMeant: (namespace: string) => boolean,
): PodGroup {
  // Pods of one Deployment have equal labels: each set of labels is judged once.
  const verdicts = new Map<string, boolean>();
  return {
    id: JSON.stringify([scope, selector]),
    has(pod) {
      const key = labelKeyOf(pod);
      let verdict = verdicts.get(key);
      if (verdict === undefined) {
        verdict = isMeant(namespaceOf(pod)) && selects(selector, pod.metadata.labels);
        verdicts.set(key, verdict);
      }
      return verdict;
    },
  };
}

const labelKeys = new WeakMap<PodManifest, string>();

/** Equal for pods that no selector can tell apart. */
export function labelKeyOf(pod: PodManifest): string {
  let key = labelKeys.get(pod);
  if (key === undefined) {
    key = JSON.stringify([namespaceOf(pod), pod.metadata.labels]);
    labelKeys.set(pod, key);
  }
  return key;
}
