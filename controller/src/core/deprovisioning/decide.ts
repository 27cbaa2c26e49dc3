import { type Candidate, type Decision, earlier } from './candidate.ts';
import { decideEmptiness } from './emptiness.ts';
import { decideExpiration } from './expiration.ts';

/** In order of priority: what must go for its age goes first; what merely idles can wait a turn. */
const METHODS = [decideExpiration, decideEmptiness] as const;

/**
 * Returns the command of the first method that has one, with all that blocks any of them and the earliest moment to look again.
 * One command at a time: the next decision is taken on what the cluster has become.
 */
export function decide(candidates: readonly Candidate[], nowMs: number): Decision {
  const decisions: readonly Decision[] = METHODS.map((method) => method(candidates, nowMs));
  const command = decisions.find((decision) => decision.command !== undefined)?.command;
  const nextCheckMs = decisions.reduce<number | undefined>(
    (first, decision) => earlier(first, decision.nextCheckMs),
    undefined,
  );
  return {
    ...(command === undefined ? {} : { command }),
    blocked: decisions.flatMap((decision) => decision.blocked),
    ...(nextCheckMs === undefined ? {} : { nextCheckMs }),
  };
}
