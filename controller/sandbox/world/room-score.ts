import type { Resources } from '../../src/core/resources.ts';
import type { Pod } from '../kube/built-in-kinds.ts';
import { type NodeRoom, untoleratedTaint } from './node-fit.ts';

/** Weighs more than any share of room: a node with a PreferNoSchedule taint is the last resort. */
const PREFER_NO_SCHEDULE_PENALTY = 10;

/** How much kube-scheduler would like the node for the pod: the share of cpu and memory left after it; more is better. */
export function roomScore(pod: Pod, requests: Resources, { node, allocatable, requested }: NodeRoom): number {
  const leftShare = (name: string): number => {
    const total = allocatable[name] ?? 0;
    return total === 0 ? 0 : (total - (requested[name] ?? 0) - (requests[name] ?? 0)) / total;
  };
  const isUnwelcome = untoleratedTaint(pod.spec.tolerations, node.spec?.taints, ['PreferNoSchedule']) !== undefined;
  return leftShare('cpu') + leftShare('memory') - (isUnwelcome ? PREFER_NO_SCHEDULE_PENALTY : 0);
}
