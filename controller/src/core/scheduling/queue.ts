import { compareText } from '../compare-text.ts';
import type { PodDemand } from '../pod-demand.ts';
import { amountOf } from '../resources.ts';
import { followRanks } from './follow-rank.ts';
import type { PodShape } from './pod-shape.ts';

/** A pod with its shape: the wishes it has left may be fewer than the pod states. */
export interface Candidate {
  readonly pod: PodDemand;
  readonly shape: PodShape;
}

/**
 * Returns the candidates in the order in which they are placed: leaders before those who follow them by affinity; then the most CPU first,
 * then the most memory, so that large pods find room before small ones fill it; then the oldest; then by UID. The order of the argument
 * does not matter. Shapes are sorted, not pods: a million pods have a thousand shapes.
 */
export function inQueueOrder(candidates: readonly Candidate[]): Candidate[] {
  const shapes = new Set(candidates.map(({ shape }) => shape));
  const ranks = followRanks(inShapeOrder([...shapes]));
  return inOrderOf(candidates, (shape) => ranks.get(shape) ?? 0);
}

/** The same without regard to who follows whom. */
export function inSizeOrder(candidates: readonly Candidate[]): Candidate[] {
  return inOrderOf(candidates, () => 0);
}

function inOrderOf(candidates: readonly Candidate[], rankOf: (shape: PodShape) => number): Candidate[] {
  const byShape = new Map<PodShape, Candidate[]>();
  for (const candidate of candidates) {
    const alike = byShape.get(candidate.shape);
    if (alike === undefined) byShape.set(candidate.shape, [candidate]);
    else alike.push(candidate);
  }
  const shapes = [...byShape.keys()].sort((left, right) => rankOf(left) - rankOf(right) || bySize(left, right));
  const queue: Candidate[] = [];
  for (let start = 0; start < shapes.length; ) {
    const first = shapes[start] as PodShape;
    let end = start + 1;
    const isEqual = (shape: PodShape) => rankOf(first) === rankOf(shape) && bySize(first, shape) === 0;
    while (end < shapes.length && isEqual(shapes[end] as PodShape)) end += 1;
    const equals = shapes.slice(start, end).flatMap((shape) => byShape.get(shape) as Candidate[]);
    for (const candidate of equals.sort(byAge)) queue.push(candidate);
    start = end;
  }
  return queue;
}

/** The most CPU first, then the most memory. */
function bySize(left: PodShape, right: PodShape): number {
  return (
    amountOf(right.requests, 'cpu') - amountOf(left.requests, 'cpu') ||
    amountOf(right.requests, 'memory') - amountOf(left.requests, 'memory')
  );
}

function byAge({ pod: left }: Candidate, { pod: right }: Candidate): number {
  return left.createdAtMs - right.createdAtMs || compareText(left.uid, right.uid);
}

/** An order of shapes that does not depend on that of the pods. */
function inShapeOrder(shapes: PodShape[]): PodShape[] {
  return shapes.sort((left, right) => bySize(left, right) || compareText(left.key, right.key));
}
