import { compareText } from '../compare-text.ts';
import { blockedByNode, blockedByPods, type Candidate, type Decision, earlier, isEmpty } from './candidate.ts';
import type { Blocked, Command } from './command.ts';
import { describeDuration } from './describe-duration.ts';

/**
 * How long (ms) an expired Machine that is on its way out holds back the next one with pods. A drain that takes longer is stuck,
 * and must not keep all others from being renewed. Upstream waits nine and a half minutes.
 */
export const REMOVAL_WAIT_MS = 10 * 60_000;

/**
 * Decides which Machines have outlived their Provisioner's `ttlSecondsUntilExpired`: all that are empty at once, else the one
 * that expired first, and one at a time: its pods find their new places before the next ones lose theirs.
 */
export function decideExpiration(candidates: readonly Candidate[], nowMs: number): Decision {
  const blocked: Blocked[] = [];
  const removable: Candidate[] = [];
  let nextCheckMs: number | undefined;
  for (const candidate of [...candidates].sort(byExpiry)) {
    const expiresAtMs = expiryOf(candidate);
    if (expiresAtMs === undefined || !candidate.initialized || candidate.deletedAtMs !== undefined) continue;
    if (expiresAtMs > nowMs) {
      nextCheckMs = earlier(nextCheckMs, expiresAtMs);
      continue;
    }
    const obstacle = blockedByNode(candidate, 'expiration') ?? blockedByPods(candidate, 'expiration');
    if (obstacle === undefined) removable.push(candidate);
    else blocked.push(obstacle);
  }
  const empty = removable.filter((candidate) => isEmpty(candidate.pods));
  if (empty.length > 0) return { command: commandOf(empty, nowMs), blocked, ...checkAt(nextCheckMs) };
  const waitUntilMs = busyUntilMs(candidates, nowMs);
  const oldest = removable[0];
  if (oldest === undefined) return { blocked, ...checkAt(nextCheckMs) };
  if (waitUntilMs !== undefined) return { blocked, ...checkAt(earlier(nextCheckMs, waitUntilMs)) };
  return { command: commandOf([oldest], nowMs), blocked, ...checkAt(nextCheckMs) };
}

/** When the Machine expires (epoch ms); undefined when it never does. */
function expiryOf({ createdAtMs, ttlSecondsUntilExpired }: Candidate): number | undefined {
  return ttlSecondsUntilExpired === undefined ? undefined : createdAtMs + ttlSecondsUntilExpired * 1000;
}

/** True when the Machine has outlived its Provisioner's TTL; what the condition `MachineExpired` says. */
export function isExpired(candidate: Candidate, nowMs: number): boolean {
  const expiresAtMs = expiryOf(candidate);
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

function byExpiry(left: Candidate, right: Candidate): number {
  const difference = (expiryOf(left) ?? 0) - (expiryOf(right) ?? 0);
  return difference || compareText(left.machineName, right.machineName);
}

/** Until when a removal that is under way may hold back the next; undefined when none does. */
function busyUntilMs(candidates: readonly Candidate[], nowMs: number): number | undefined {
  let untilMs: number | undefined;
  for (const candidate of candidates) {
    const expiresAtMs = expiryOf(candidate);
    if (candidate.deletedAtMs === undefined || expiresAtMs === undefined || expiresAtMs > candidate.deletedAtMs)
      continue;
    const endMs = candidate.deletedAtMs + REMOVAL_WAIT_MS;
    if (endMs > nowMs) untilMs = Math.max(untilMs ?? endMs, endMs);
  }
  return untilMs;
}

function checkAt(nextCheckMs: number | undefined): Pick<Decision, 'nextCheckMs'> {
  return nextCheckMs === undefined ? {} : { nextCheckMs };
}

function commandOf(candidates: readonly Candidate[], nowMs: number): Command {
  const because = candidates.map(({ machineName, createdAtMs, ttlSecondsUntilExpired }) => {
    const age = describeDuration(nowMs - createdAtMs);
    return [machineName, `${age} old, ttlSecondsUntilExpired is ${ttlSecondsUntilExpired}`] as const;
  });
  const machineNames = candidates.map((candidate) => candidate.machineName).sort();
  return { kind: 'command', reason: 'expiration', machineNames, because: Object.fromEntries(because) };
}
