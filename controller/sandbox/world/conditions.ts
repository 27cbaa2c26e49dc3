import type { KubeCondition } from '../kube/built-in-kinds.ts';
import { timestamp } from '../kube/timestamp.ts';

/**
 * The conditions with `next` in place of the one of its type (or at the end). `lastTransitionTime` moves to `nowMs` only
 * when the status differs, as `kubectl describe` expects.
 */
export function withCondition(
  conditions: readonly KubeCondition[] | undefined,
  next: Omit<KubeCondition, 'lastTransitionTime'>,
  nowMs: number,
): readonly KubeCondition[] {
  const old = conditions?.find(({ type }) => type === next.type);
  const lastTransitionTime =
    old?.status === next.status && old.lastTransitionTime !== undefined ? old.lastTransitionTime : timestamp(nowMs);
  const condition = { ...next, lastTransitionTime };
  if (old === undefined) return [...(conditions ?? []), condition];
  return (conditions ?? []).map((each) => (each === old ? condition : each));
}
