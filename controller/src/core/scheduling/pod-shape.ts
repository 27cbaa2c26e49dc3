import type { PodDemand } from '../pod-demand.ts';
import { type Expression, isEmpty, type Requirements, requirementsOf } from '../requirements.ts';
import type { Resources } from '../resources.ts';
import type { Toleration } from '../taints.ts';

/** What makes two pods interchangeable to the scheduler: each check is made once per shape, not per pod. */
export interface PodShape {
  /** Equal for equal shapes. */
  readonly key: string;
  readonly requests: Resources;
  readonly tolerations: readonly Toleration[];
  /**
   * The pod runs where any one of these holds: its node selector joined with each term of its required affinity.
   * Those that contradict themselves are left out; none is left when all do.
   */
  readonly alternatives: readonly Requirements[];
  readonly unsupported: readonly string[];
}

/** Returns a function that gives pods their shapes, one object per shape. */
export function shapeRegistry(): (pod: PodDemand) => PodShape {
  const shapes = new Map<string, PodShape>();
  return (pod) => {
    const key = shapeKey(pod);
    const known = shapes.get(key);
    if (known) return known;
    const shape = {
      key,
      requests: pod.requests,
      tolerations: pod.tolerations,
      alternatives: alternativesOf(pod),
      unsupported: pod.unsupported,
    };
    shapes.set(key, shape);
    return shape;
  };
}

function shapeKey(pod: PodDemand): string {
  return JSON.stringify([
    Object.entries(pod.requests).sort(),
    Object.entries(pod.nodeSelector).sort(),
    pod.requiredNodeTerms.map((term) => term.map(({ key, operator, values }) => [key, operator, values])),
    pod.tolerations.map(({ key, operator, value, effect }) => [key, operator, value, effect]),
    pod.unsupported,
  ]);
}

/** Returns the ways in which the pod's node selector and required affinity can be met; see `PodShape.alternatives`. */
export function alternativesOf(pod: Pick<PodDemand, 'nodeSelector' | 'requiredNodeTerms'>): Requirements[] {
  const selected = Object.entries(pod.nodeSelector).map(
    ([key, value]): Expression => ({ key, operator: 'In', values: [value] }),
  );
  const terms = pod.requiredNodeTerms.length > 0 ? pod.requiredNodeTerms : [[]];
  return terms.map((term) => requirementsOf([...selected, ...term])).filter(isSatisfiable);
}

function isSatisfiable(requirements: Requirements): boolean {
  return !requirements.values().some(isEmpty);
}
