import type { HostPort } from '../host-port.ts';
import type { PodDemand } from '../pod-demand.ts';
import type { PodAffinityTerm, SelectablePod, SpreadConstraint } from '../pod-topology.ts';
import type { VolumeProblem } from '../pod-volumes.ts';
import { type Expression, isEmpty, type Requirements, requirementsOf } from '../requirements.ts';
import type { Resources } from '../resources.ts';
import type { Toleration } from '../taints.ts';
import type { LabelReader } from './label-reader.ts';
import { CONTENT, giveUpOne, heaviest, type Wishes, weightOf } from './wishes.ts';

/** What makes two pods interchangeable to the scheduler: each check is made once per shape, not per pod. */
export interface PodShape {
  /** Equal for equal shapes. */
  readonly key: string;
  /** Equal for shapes to which other pods mean the same, and which mean the same to them: what they request may differ. */
  readonly rulesKey: string;
  /** What selectors of other pods see of it. */
  readonly pod: SelectablePod;
  readonly requests: Resources;
  readonly hostPorts: readonly HostPort[];
  readonly tolerations: readonly Toleration[];
  /** It keeps off PreferNoSchedule taints too. */
  readonly shunsTaints: boolean;
  /**
   * The pod runs where any one of these holds: its node selector joined with each term of its required affinity, with each way to attach
   * its volumes, and with the wish it still has. Those that contradict themselves are left out; none is left when all do.
   */
  readonly alternatives: readonly Requirements[];
  /** The same without volumes and wish: which nodes its spread constraints count. */
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
  readonly volumeProblem: VolumeProblem | undefined;
  /** What its wishes weigh together. */
  readonly wishWeight: number;
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

/** Pods with the same requests and labels that are kept to recognize others by; of more than these each is compared by content. */
const ALIKE_MAX = 100;

/** Returns a function that gives pods their shapes, with all of their wishes, one object per shape. */
export function shapeRegistry(options: ShapeOptions): (pod: PodDemand) => PodShape {
  const shapes = new Map<string, PodShape>();
  const alternatives = new Map<string, readonly Requirements[]>();
  const byContent = (pod: PodDemand): PodShape => {
    const seen = options.labels.selectable(pod);
    const key = shapeKey(pod, seen);
    const known = shapes.get(key);
    if (known) return known;
    const { shunsTaints, ignoresWishes } = options;
    const shape = shapeOf(key, pod, seen, ignoresWishes ? CONTENT : { ...pod.wishes, shunsTaints }, alternatives);
    shapes.set(key, shape);
    return shape;
  };
  const remembered = new Map<
    Resources,
    Map<PodDemand['labels'], { readonly pod: PodDemand; readonly shape: PodShape }[]>
  >();
  return (pod) => {
    const alike = remembered.get(pod.requests)?.get(pod.labels);
    const found = alike?.find((each) => isMadeOfTheSame(each.pod, pod));
    if (found !== undefined) return found.shape;
    const shape = byContent(pod);
    const byLabels = remembered.get(pod.requests) ?? new Map();
    remembered.set(pod.requests, byLabels);
    if (alike === undefined) byLabels.set(pod.labels, [{ pod, shape }]);
    else if (alike.length < ALIKE_MAX) alike.push({ pod, shape });
    return shape;
  };
}

/** True when both, which share requests and labels, share the other objects that make a shape, as decoded pods of one template do. */
function isMadeOfTheSame(left: PodDemand, right: PodDemand): boolean {
  return (
    left.namespace === right.namespace &&
    left.spread === right.spread &&
    left.podAffinity === right.podAffinity &&
    left.podAntiAffinity === right.podAntiAffinity &&
    left.nodeSelector === right.nodeSelector &&
    left.requiredNodeTerms === right.requiredNodeTerms &&
    left.tolerations === right.tolerations &&
    left.hostPorts === right.hostPorts &&
    left.wishes === right.wishes &&
    left.unsupported === right.unsupported &&
    left.volumeTerms === right.volumeTerms &&
    left.volumeProblem === right.volumeProblem
  );
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
    pod.volumeTerms,
    pod.volumeProblem,
  ]);
}

function nodeDemandKey(pod: PodDemand): string {
  return JSON.stringify([
    Object.entries(pod.nodeSelector).sort(),
    pod.requiredNodeTerms.map((term) => term.map(({ key, operator, values }) => [key, operator, values])),
    pod.tolerations.map(({ key, operator, value, effect }) => [key, operator, value, effect]),
  ]);
}

/** `known` holds the alternatives of earlier shapes: equal ones are one object, so that what is found of them is found once. */
function shapeOf(
  key: string,
  pod: PodDemand,
  seen: SelectablePod,
  wishes: Wishes,
  known: Map<string, readonly Requirements[]>,
): PodShape {
  const demandKey = nodeDemandKey(pod);
  const alternatives = (volumeTerms: PodDemand['volumeTerms'], wish: readonly Expression[]) => {
    const id = `${demandKey} ${JSON.stringify([volumeTerms, wish])}`;
    const made = known.get(id) ?? attachableAlternatives(pod, volumeTerms, wish);
    known.set(id, made);
    return made;
  };
  const { shunsTaints, podAffinity, podAntiAffinity, spread } = wishes;
  let relaxed: PodShape | undefined;
  return {
    key,
    rulesKey: JSON.stringify([
      seen,
      demandKey,
      [pod.spread, pod.podAffinity, pod.podAntiAffinity],
      [spread, podAffinity, podAntiAffinity],
    ]),
    pod: seen,
    requests: pod.requests,
    hostPorts: pod.hostPorts,
    tolerations: pod.tolerations,
    shunsTaints,
    alternatives: alternatives(pod.volumeTerms, heaviest(wishes.nodeTerms)?.value ?? []),
    requiredAlternatives: alternatives([], []),
    nodeDemandKey: demandKey,
    spread: pod.spread,
    wishedSpread: spread,
    podAffinity: pod.podAffinity,
    wishedAffinity: podAffinity.map(({ value }) => value),
    podAntiAffinity: pod.podAntiAffinity,
    wishedAntiAffinity: podAntiAffinity.map(({ value }) => value),
    unsupported: pod.unsupported,
    volumeProblem: pod.volumeProblem,
    wishWeight: weightOf(wishes),
    relaxed: () => {
      const fewer = giveUpOne(wishes);
      if (fewer !== undefined) relaxed ??= shapeOf(`${key}~`, pod, seen, fewer, known);
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

/** The same, joined with each way to attach volumes. */
function attachableAlternatives(
  pod: PodDemand,
  volumeTerms: PodDemand['volumeTerms'],
  wish: readonly Expression[],
): Requirements[] {
  if (volumeTerms.length === 0) return alternativesOf(pod, wish);
  return volumeTerms.flatMap((term) => alternativesOf(pod, [...term, ...wish]));
}

function isSatisfiable(requirements: Requirements): boolean {
  return !requirements.values().some(isEmpty);
}
