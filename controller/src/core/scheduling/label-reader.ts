import type { BoundPod } from '../cluster-snapshot.ts';
import type { PodDemand } from '../pod-demand.ts';
import type { PodAffinityTerm, PodSelector, SelectablePod, SpreadConstraint, Weighted } from '../pod-topology.ts';

/**
 * Cuts pods down to what the selectors of one problem can tell apart: pods that differ in other labels only (the name that a StatefulSet
 * gives each of its pods) are then one and the same.
 */
export class LabelReader {
  readonly #keys: readonly string[];
  readonly #readsNothing: boolean;
  /** Pods of one template share their labels, so most are found here. */
  readonly #known = new Map<SelectablePod['labels'], Map<string, SelectablePod>>();
  readonly #byContent = new Map<string, SelectablePod>();

  constructor(demand: readonly PodDemand[], bound: Iterable<BoundPod>) {
    const keys = new Set<string>();
    let readsNothing = true;
    const read = ({ labels }: PodSelector): void => {
      readsNothing = false;
      if (labels !== 'nothing') for (const { key } of labels) keys.add(key);
    };
    // Pods of one template share these lists, so each is read once.
    const seen = new Set<readonly unknown[]>();
    for (const pod of demand) {
      for (const constraints of constraintsOf(pod)) {
        if (constraints.length === 0 || seen.has(constraints)) continue;
        seen.add(constraints);
        for (const constraint of constraints)
          read('value' in constraint ? constraint.value.selector : constraint.selector);
      }
    }
    for (const { demand: pod } of bound) for (const { selector } of pod.podAntiAffinity) read(selector);
    this.#keys = [...keys].sort();
    this.#readsNothing = readsNothing;
  }

  /** Returns the pod with only those labels that some selector asks for, one object for all that are alike; without namespace too, when there is no selector. */
  selectable({ namespace, labels }: SelectablePod): SelectablePod {
    if (this.#readsNothing) return NOBODY;
    let ofLabels = this.#known.get(labels);
    if (ofLabels === undefined) this.#known.set(labels, (ofLabels = new Map()));
    let pod = ofLabels.get(namespace);
    if (pod === undefined) ofLabels.set(namespace, (pod = this.#intern(namespace, labels)));
    return pod;
  }

  #intern(namespace: string, labels: SelectablePod['labels']): SelectablePod {
    const read: Record<string, string> = {};
    for (const key of this.#keys) if (Object.hasOwn(labels, key)) read[key] = labels[key] as string;
    const content = JSON.stringify([namespace, read]);
    let pod = this.#byContent.get(content);
    if (pod === undefined) this.#byContent.set(content, (pod = { namespace, labels: read }));
    return pod;
  }
}

const NOBODY: SelectablePod = { namespace: '', labels: {} };

function constraintsOf(
  pod: PodDemand,
): readonly (readonly (SpreadConstraint | PodAffinityTerm | Weighted<PodAffinityTerm>)[])[] {
  const { spread, podAffinity, podAntiAffinity, wishes } = pod;
  return [spread, podAffinity, podAntiAffinity, wishes.spread, wishes.podAffinity, wishes.podAntiAffinity];
}
