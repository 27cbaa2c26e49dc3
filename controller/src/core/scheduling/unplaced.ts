import type { PodDemand } from '../pod-demand.ts';
import { byNearnessAndName } from './misses.ts';
import type { Miss, Unplaced } from './plan.ts';
import { type PodShape, withoutWishes } from './pod-shape.ts';

/** What keeps the pod from every node, whatever nodes there are. */
export function refuse(pod: PodDemand, shape: PodShape): Unplaced | undefined {
  if (shape.unsupported.length > 0) {
    const message = `uses ${shape.unsupported.join(', ')}, which this version does not weigh`;
    return { podUid: pod.uid, code: 'unsupported-constraint', message, misses: [] };
  }
  if (shape.requiredAlternatives.length === 0) {
    const message = 'its node selector and required node affinity contradict each other';
    return { podUid: pod.uid, code: 'invalid-pod', message, misses: [] };
  }
  if (shape.volumeProblem !== undefined) return { podUid: pod.uid, ...shape.volumeProblem, misses: [] };
  if (shape.alternatives.length === 0 && withoutWishes(shape).alternatives.length === 0) {
    const message =
      'its node selector and required node affinity exclude every node that its volumes can be attached to';
    return { podUid: pod.uid, code: 'volume-conflict', message, misses: [] };
  }
  return undefined;
}

export function workLimitReached(pod: PodDemand): Unplaced {
  const message = 'this plan reached its limit of checks; the next one goes on with the pods that are left';
  return { podUid: pod.uid, code: 'work-limit-reached', message, misses: [] };
}

/** No node takes the pod, and no Provisioner can make one that would: says how the nearest falls short. */
export function nowhere(pod: PodDemand, misses: readonly Miss[]): Unplaced {
  const sorted = [...misses].sort(byNearnessAndName);
  const [nearest] = sorted;
  if (nearest === undefined) {
    const message = 'no node has room for it, and there is no Provisioner that may launch one';
    return { podUid: pod.uid, code: 'no-provisioner', message, misses: [] };
  }
  const remedy = nearest.remedy === undefined ? '' : ` (${nearest.remedy})`;
  const others =
    sorted.length === 1 ? '' : `; ${sorted.length - 1} more Provisioner${sorted.length === 2 ? '' : 's'} cannot either`;
  const message = `Provisioner ${nearest.provisionerName}: ${nearest.message}${remedy}${others}`;
  return { podUid: pod.uid, code: nearest.code, message, misses: sorted };
}
