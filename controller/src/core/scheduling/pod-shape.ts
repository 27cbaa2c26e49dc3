import type { HostPort } from '../host-port.ts';
import type { PodDemand } from '../pod-demand.ts';
import type { PodAffinityTerm, SelectablePod, SpreadConstraint } from '../pod-topology.ts';
import { type Expression, isEmpty, type Requirements, requirementsOf } from '../requirements.ts';
import type { Resources } from '../resources.ts';
import type { Toleration } from '../taints.ts';
import type { LabelReader } from './label-reader.ts';
import { CONTENT, giveUpOne, heaviest, type Wishes } from './wishes.ts';

/** What makes two pods interchangeable to the scheduler: each check is made once per shape, not per pod. */
export interface PodShape {
  /** Equal for equal shapes. */
  readonly key: string;
  /** What selectors of other pods see of it. */
  readonly pod: SelectablePod;
  readonly requests: Resources;
  readonly hostPorts: readonly HostPort[];
  readonly tolerations: readonly Toleration[];
  /** It keeps off PreferNoSchedule taints too. */
  readonly shunsTaints: boolean;
  /**
   * The pod runs where any one of these holds: its node selector joined with each term of its required affinity, and with the wish it
   * still has. Those that contradict themselves are left out; none is left when all do.
   */
  readonly alternatives: readonly Requirements[];
  /** The same without the wish: which nodes its spread constraints count. */
  readonly requiredAlternatives: readonly Requirements[];
  /** Equal for equal tolerations and `requiredAlternatives`. */
  readonly nodeDemandKey: string;
  readonly spread: readonly SpreadConstraint[];
  readonly wishedSpread: readonly SpreadConstraint[];
  readonly podAffinity: readonly PodAffinityTerm[];
  readonly wishedAffinity: readonly PodAffinityTerm[];
  readonly podAntiAffinity: readonly PodAffinityTerm[];
  readonly wishedAntiAffinity: readonly PodAffinityTerm[];
  readonly unsupported: readonly string[];
  /** The shape with one wish less; undefined when it has none. */
  relaxed(): PodShape | undefined;
}

/** How shapes are told apart in one problem. */
export interface ShapeOptions {
  readonly labels: LabelReader;
  /** Whether there are taints that ask to be avoided, and pods mind. */
  readonly shunsTaints: boolean;
  readonly ignoresWishes: boolean;
}

/** Returns a function that gives pods their shapes, with all of their wishes, one object per shape. */
export function shapeRegistry(options: ShapeOptions): (pod: PodDemand) => PodShape {
  const shapes = new Map<string, PodShape>();
  return (pod) => {
    const seen = options.labels.selectable(pod);
    const key = shapeKey(pod, seen);
    const known = shapes.get(key);
    if (known) return known;
    const { shunsTaints, ignoresWishes } = options;
    const shape = shapeOf(key, pod, seen, ignoresWishes ? CONTENT : { ...pod.wishes, shunsTaints });
    shapes.set(key, shape);
    return shape;
  };
}

function shapeKey(pod: PodDemand, seen: SelectablePod): string {
  return JSON.stringify([
    Object.entries(pod.requests).sort(),
    nodeDemandKey(pod),
    seen,
    pod.hostPorts,
    pod.spread,
    pod.podAffinity,
    pod.podAntiAffinity,
    pod.wishes,
    pod.unsupported,
  ]);
}

function nodeDemandKey(pod: PodDemand): string {
  return JSON.stringify([
    Object.entries(pod.nodeSelector).sort(),
    pod.requiredNodeTerms.map((term) => term.map(({ key, operator, values }) => [key, operator, values])),
    pod.tolerations.map(({ key, operator, value, effect }) => [key, operator, value, effect]),
  ]);
}

function shapeOf(key: string, pod: PodDemand, seen: SelectablePod, wishes: Wishes): PodShape {
  const wish = heaviest(wishes.nodeTerms)?.value ?? [];
  let relaxed: PodShape | undefined;
  return {
    key,
    pod: seen,
    requests: pod.requests,
    hostPorts: pod.hostPorts,
    tolerations: pod.tolerations,
    shunsTaints: wishes.shunsTaints,
    alternatives: alternativesOf(pod, wish),
    requiredAlternatives: alternativesOf(pod),
    nodeDemandKey: nodeDemandKey(pod),
    spread: pod.spread,
    wishedSpread: wishes.spread,
    podAffinity: pod.podAffinity,
    wishedAffinity: wishes.podAffinity.map(({ value }) => value),
    podAntiAffinity: pod.podAntiAffinity,
    wishedAntiAffinity: wishes.podAntiAffinity.map(({ value }) => value),
    unsupported: pod.unsupported,
    relaxed: () => {
      const fewer = giveUpOne(wishes);
      if (fewer !== undefined) relaxed ??= shapeOf(`${key}~`, pod, seen, fewer);
      return relaxed;
    },
  };
}

/** Returns the shape without any wish. */
export function withoutWishes(shape: PodShape): PodShape {
  let barest = shape;
  for (let next = shape.relaxed(); next !== undefined; next = next.relaxed()) barest = next;
  return barest;
}

/** Returns the ways in which the pod's node selector and required affinity can be met; see `PodShape.alternatives`. */
export function alternativesOf(
  pod: Pick<PodDemand, 'nodeSelector' | 'requiredNodeTerms'>,
  wish: readonly Expression[] = [],
): Requirements[] {
  const selected = Object.entries(pod.nodeSelector).map(
    ([key, value]): Expression => ({ key, operator: 'In', values: [value] }),
  );
  const terms = pod.requiredNodeTerms.length > 0 ? pod.requiredNodeTerms : [[]];
  return terms.map((term) => requirementsOf([...selected, ...term, ...wish])).filter(isSatisfiable);
}

function isSatisfiable(requirements: Requirements): boolean {
  return !requirements.values().some(isEmpty);
}
