import type { KubeObject } from '../../src/api/meta.ts';
import type { Pod } from '../kube/built-in-kinds.ts';
import type { LabelExpression, LabelSelector } from '../kube/label-selector.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import { selects } from './label-match.ts';

/** Owners whose selector says which pods are of one kind. */
const SELECTING_OWNERS: readonly string[] = ['ReplicaSet', 'StatefulSet'];

/**
 * Whom a pod without spread constraints is spread among: the pods that its Services and its owner select, all at once. Undefined
 * when nobody selects it. Services are listed once a namespace: good for one scheduling pass.
 */
export function createDefaultSelector(store: ObjectStore): (pod: Pod) => LabelSelector | undefined {
  const services = new Map<string, readonly LabelSelector[]>();
  const servicesOf = (namespace: string): readonly LabelSelector[] => {
    const known = services.get(namespace) ?? serviceSelectors(store, namespace);
    services.set(namespace, known);
    return known;
  };
  return (pod) => {
    const { namespace = 'default', labels, ownerReferences = [] } = pod.metadata;
    const owner = ownerReferences.find(({ controller }) => controller === true);
    const selectors = [
      ...servicesOf(namespace).filter((selector) => selects(selector, labels)),
      ...(owner === undefined ? [] : ownerSelector(store, namespace, owner)),
    ];
    return selectors.length === 0 ? undefined : { matchExpressions: selectors.flatMap(expressionsOf) };
  };
}

/** A Service without selector selects nothing. */
function serviceSelectors(store: ObjectStore, namespace: string): readonly LabelSelector[] {
  return store.list('Service', namespace).flatMap(({ spec }) => {
    const { selector } = (spec ?? {}) as { readonly selector?: Readonly<Record<string, string>> };
    return selector === undefined ? [] : [{ matchLabels: selector }];
  });
}

function ownerSelector(
  store: ObjectStore,
  namespace: string,
  { kind, name }: { readonly kind: string; readonly name: string },
): readonly LabelSelector[] {
  if (!SELECTING_OWNERS.includes(kind)) return [];
  const owner: KubeObject | undefined = store.get(kind, name, namespace);
  const { selector } = (owner?.['spec'] ?? {}) as { readonly selector?: LabelSelector };
  return selector === undefined ? [] : [selector];
}

function expressionsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly LabelExpression[] {
  const exact = Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] }));
  return [...exact, ...matchExpressions];
}
