import { compareText } from '../compare-text.ts';
import { blockedByNode, type Candidate, type Decision, earlier, isEmpty } from './candidate.ts';
import type { Blocked } from './command.ts';
import { describeDuration } from './describe-duration.ts';

/**
 * True when the Machine counts as empty: its Provisioner asks for it, it is initialized, nothing runs on it and nothing is on its way
 * to it. This is what the condition `MachineEmpty` says; the time of its last transition is where the TTL starts.
 */
export function countsAsEmpty(candidate: Candidate): boolean {
  return isWatched(candidate) && isEmpty(candidate.pods) && candidate.nominatedPods.length === 0;
}

/** Consolidation removes empty nodes by itself, at once. */
function isWatched(candidate: Candidate): boolean {
  const { ttlSecondsAfterEmpty, consolidationEnabled, initialized, deletedAtMs } = candidate;
  return ttlSecondsAfterEmpty !== undefined && !consolidationEnabled && initialized && deletedAtMs === undefined;
}

/** Decides to delete every Machine that has been empty for its Provisioner's `ttlSecondsAfterEmpty`; nobody is evicted by it. */
export function decideEmptiness(candidates: readonly Candidate[], nowMs: number): Decision {
  const because: Record<string, string> = {};
  const blocked: Blocked[] = [];
  let nextCheckMs: number | undefined;
  for (const candidate of [...candidates].sort((a, b) => compareText(a.machineName, b.machineName))) {
    const { ttlSecondsAfterEmpty, emptySinceMs, machineName } = candidate;
    if (!isWatched(candidate) || !isEmpty(candidate.pods)) continue;
    const obstacle = blockedByNode(candidate, 'emptiness');
    if (obstacle !== undefined) {
      blocked.push(obstacle);
      continue;
    }
    // Empty, but not yet on record: the condition is being written, and its change will bring us back.
    if (ttlSecondsAfterEmpty === undefined || emptySinceMs === undefined) continue;
    const dueMs = emptySinceMs + ttlSecondsAfterEmpty * 1000;
    if (dueMs <= nowMs) {
      because[machineName] =
        `empty for ${describeDuration(nowMs - emptySinceMs)}, ttlSecondsAfterEmpty is ${ttlSecondsAfterEmpty}`;
    } else {
      nextCheckMs = earlier(nextCheckMs, dueMs);
    }
  }
  const machineNames = Object.keys(because).sort();
  return {
    ...(machineNames.length > 0 ? { command: { kind: 'command', reason: 'emptiness', machineNames, because } } : {}),
    blocked,
    ...(nextCheckMs === undefined ? {} : { nextCheckMs }),
  };
}
