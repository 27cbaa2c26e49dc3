import { HOSTNAME_KEY } from '../label-keys.ts';
import { podMatcher } from '../pod-topology.ts';
import { intersectAll, isEmpty, type Requirements } from '../requirements.ts';
import { addResources, scaleResources } from '../resources.ts';
import { commonTolerations } from '../taints.ts';
import { leadersOf } from './follow-rank.ts';
import { type PodShape, withoutWishes } from './pod-shape.ts';
import type { Candidate } from './queue.ts';

/** Pods of one shape that have to be where another pod is. */
export interface Companions {
  readonly shape: PodShape;
  readonly count: number;
}

/** By shape of the pod that goes first, who has to be where it is. */
export type Companies = ReadonlyMap<PodShape, readonly Companions[]>;

/**
 * Returns for the pods of the queue that are named, as far as they have to be near others, whom they would start with: a leader of theirs,
 * or one of their own group. Of several the first of the queue.
 */
export function companiesOf(queue: readonly Candidate[], podUids: ReadonlySet<string>): Companies {
  const counts = new Map<PodShape, number>();
  for (const { shape } of queue) counts.set(shape, (counts.get(shape) ?? 0) + 1);
  const shapes = [...counts.keys()];
  const named = new Set(queue.filter(({ pod }) => podUids.has(pod.uid)).map(({ shape }) => shape));
  const companies = new Map<PodShape, Companions[]>();
  for (const shape of withTheirGroups(named, shapes)) {
    const first = firstOf(shape, shapes);
    if (first === undefined) continue;
    const mustShareNode = shape.podAffinity.some(({ topologyKey }) => topologyKey === HOSTNAME_KEY);
    // Elsewhere one is enough to see that the others can come too.
    const count = mustShareNode ? (counts.get(shape) ?? 0) - (first === shape ? 1 : 0) : Number(first !== shape);
    if (count > 0) companies.set(first, [...(companies.get(first) ?? []), { shape, count }]);
  }
  return companies;
}

/** The shapes, and those of the same groups: they state the same and are meant by it too. */
function withTheirGroups(named: ReadonlySet<PodShape>, shapes: readonly PodShape[]): readonly PodShape[] {
  const stated = new Set([...named].filter(({ podAffinity }) => podAffinity.length > 0).map(statementOf));
  return shapes.filter((shape) => stated.has(statementOf(shape)));
}

const statementOf = ({ podAffinity }: PodShape) => JSON.stringify(podAffinity);

/** The shape that goes first of all on whom this one depends; undefined when that are pods outside the queue. */
function firstOf(shape: PodShape, shapes: readonly PodShape[]): PodShape | undefined {
  const seen = new Set([shape]);
  for (let current = shape; ; ) {
    const [leader] = leadersOf(current, shapes);
    if (leader === undefined) return firstOfGroup(current, shapes);
    if (seen.has(leader)) return leader;
    seen.add(leader);
    current = leader;
  }
}

/** The first of those who state the same affinity and are meant by it; the shape itself where it states none. */
function firstOfGroup(shape: PodShape, shapes: readonly PodShape[]): PodShape | undefined {
  const matchers = shape.podAffinity.map(({ selector }) => podMatcher(selector));
  if (matchers.length === 0) return shape;
  const stated = statementOf(shape);
  return shapes.find((other) => statementOf(other) === stated && matchers.every((takes) => takes(other.pod)));
}

/** Returns the companies that are worth asking for, all companions first, then half of them and so on down to one of each shape. */
export function companiesDownToOne(company: readonly Companions[]): readonly (readonly Companions[])[] {
  const most = Math.max(...company.map(({ count }) => count));
  const companies = [company];
  for (let share = 0.5; most * share * 2 > 1; share /= 2) {
    companies.push(company.map(({ shape, count }) => ({ shape, count: Math.ceil(count * share) })));
  }
  return companies;
}

/** Alternatives that are looked at for pods together: each of one shape joined with each of another, so they could become very many. */
const ALTERNATIVES_MAX = 64;

/** Returns what a place must be that suits the pod and its company together, as if they were one pod. */
export function jointShape(leader: PodShape, company: readonly Companions[]): PodShape {
  return company.reduce((joint, { shape: companion, count }) => {
    const shape = withoutWishes(companion);
    return {
      ...joint,
      requests: addResources(joint.requests, scaleResources(shape.requests, count)),
      hostPorts: [...joint.hostPorts, ...shape.hostPorts],
      tolerations: commonTolerations(joint.tolerations, shape.tolerations),
      alternatives: joinedAlternatives(joint.alternatives, shape.alternatives),
    };
  }, leader);
}

function joinedAlternatives(left: readonly Requirements[], right: readonly Requirements[]): Requirements[] {
  return left
    .flatMap((own) => right.map((other) => intersectAll(own, other)))
    .filter((requirements) => !requirements.values().some(isEmpty))
    .slice(0, ALTERNATIVES_MAX);
}
