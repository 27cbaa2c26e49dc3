import type { StatusCondition } from '../api/provisioner.gen.ts';

/** What a loop says of one aspect. */
export interface Statement {
  readonly type: string;
  readonly status: StatusCondition['status'];
  /** CamelCase; the code under which event and log line speak of the same. */
  readonly reason: string;
  readonly message?: string;
}

/** Longest message in a condition (characters): enough for the cause, too little to fill etcd. Upstream's number. */
export const CONDITION_MESSAGE_MAX = 300;

/**
 * The conditions after `statements`; types nobody speaks of stay as they are. The transition time moves only when the status does.
 * Returns the same array when nothing changed, so that callers can skip the write.
 */
export function withStatements(
  conditions: readonly StatusCondition[],
  statements: readonly Statement[],
  about: { readonly nowMs: number; readonly generation?: number | undefined },
): readonly StatusCondition[] {
  const result = [...conditions];
  let hasChanged = false;
  for (const statement of statements) {
    const index = result.findIndex((condition) => condition.type === statement.type);
    const old = result[index];
    const next: StatusCondition = {
      type: statement.type,
      status: statement.status,
      reason: statement.reason,
      message: shortened(statement.message ?? ''),
      lastTransitionTime:
        old?.status === statement.status && old.lastTransitionTime ? old.lastTransitionTime : isoSeconds(about.nowMs),
      ...(about.generation === undefined ? {} : { observedGeneration: about.generation }),
    };
    if (old !== undefined && isSame(old, next)) continue;
    hasChanged = true;
    if (index < 0) result.push(next);
    else result[index] = next;
  }
  return hasChanged ? result : conditions;
}

/** RFC 3339 with whole seconds, as metav1.Time is written. */
export function isoSeconds(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

function shortened(message: string): string {
  return message.length <= CONDITION_MESSAGE_MAX ? message : `${message.slice(0, CONDITION_MESSAGE_MAX)}...`;
}

function isSame(a: StatusCondition, b: StatusCondition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}
