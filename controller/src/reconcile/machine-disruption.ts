import type { Candidate } from '../core/deprovisioning/candidate.ts';
import { countsAsEmpty } from '../core/deprovisioning/emptiness.ts';
import { isExpired } from '../core/deprovisioning/expiration.ts';
import { candidateOf } from './candidates.ts';
import type { Statement } from './conditions.ts';
import type { LoopContext } from './context.ts';
import { stateMachine } from './machine-status.ts';
import type { StepResult } from './machine-step.ts';
import type { Nominations } from './nominations.ts';
import type { Again } from './work-queue.ts';

/** While pods are expected on an empty node, how soon it is looked at again: they may never come (ms). */
const NOMINATED_POLL_MS = 10_000;

/** Longest sleep until an expiry (ms): a timer of the platform holds no more than 24 days. */
const EXPIRY_SLEEP_MS_MAX = 24 * 3_600_000;

/**
 * States on a Machine in use whether it is empty and whether it has expired. The time of the transition is where TTLs start, so they
 * survive a restart.
 */
export async function stateDisruption(
  context: LoopContext,
  nominations: Nominations,
  name: string,
): Promise<StepResult> {
  const record = context.state.machines.get(name);
  if (record === undefined) return {};
  const nowMs = context.clock.nowMs();
  const candidate = candidateOf(context.state, record, nominations, nowMs);
  if (candidate === undefined) return {};
  const { conditions, provisionerName } = record.machine;
  const verdicts = [
    { type: 'MachineEmpty', method: 'emptiness', reason: 'Empty', holds: countsAsEmpty(candidate) },
    { type: 'MachineExpired', method: 'expiration', reason: 'Expired', holds: isExpired(candidate, nowMs) },
  ];
  const changed = verdicts.filter(({ type, holds }) => (conditions.get(type)?.status === 'True') !== holds);
  if (changed.length > 0) {
    const statements = changed.map(({ type, reason, holds }): Statement => {
      return { type, status: holds ? 'True' : 'False', reason: holds ? reason : `Not${reason}` };
    });
    await stateMachine(context, name, statements);
    for (const { method, reason, holds } of changed) {
      if (!holds) continue;
      context.reporter.report('machine.disruption', {
        code: 'Disrupted',
        message: `${name} is ${reason.toLowerCase()}`,
        fields: { machine: name, node: candidate.nodeName, method },
        labels: { type: method, provisioner: provisionerName },
      });
    }
  }
  return nextLook(candidate, nowMs);
}

/** When time alone may change what is stated. */
function nextLook(candidate: Candidate, nowMs: number): Again {
  if (candidate.nominatedPods.length > 0) return { afterMs: NOMINATED_POLL_MS };
  const { createdAtMs, ttlSecondsUntilExpired } = candidate;
  if (ttlSecondsUntilExpired === undefined || isExpired(candidate, nowMs)) return {};
  return { afterMs: Math.min(createdAtMs + ttlSecondsUntilExpired * 1000 - nowMs, EXPIRY_SLEEP_MS_MAX) };
}
