import { compareText } from '../compare-text.ts';
import type { PodDemand } from '../pod-demand.ts';
import { amountOf } from '../resources.ts';

/**
 * Returns the pods in the order in which they are placed: the most CPU first, then the most memory, so that large pods find room
 * before small ones fill it; then the oldest; then by UID. The order of the argument does not matter.
 */
export function inQueueOrder(demand: readonly PodDemand[]): PodDemand[] {
  return [...demand].sort(
    (left, right) =>
      amountOf(right.requests, 'cpu') - amountOf(left.requests, 'cpu') ||
      amountOf(right.requests, 'memory') - amountOf(left.requests, 'memory') ||
      left.createdAtMs - right.createdAtMs ||
      compareText(left.uid, right.uid),
  );
}
