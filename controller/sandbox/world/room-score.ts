import type { Resources } from '../../src/core/resources.ts';
import type { Candidate } from './candidate.ts';
import type { NodeRoom } from './node-fit.ts';
import { likelyUse } from './pod-requests.ts';
import { SCORE_MAX } from './score-scale.ts';

const SCORED = ['cpu', 'memory'] as const;

/** The more cpu and memory left with the pod on the node, the better. */
export function roomScores({ pod }: Candidate, rooms: readonly NodeRoom[]): readonly number[] {
  const use = likelyUse(pod);
  return rooms.map(({ allocatable, likelyUsed }) => {
    const shares = SCORED.filter((name) => (allocatable[name] ?? 0) > 0).map((name) => {
      const total = allocatable[name] ?? 0;
      const left = total - (likelyUsed[name] ?? 0) - (use[name] ?? 0);
      return left < 0 ? 0 : Math.trunc((SCORE_MAX * left) / total);
    });
    return shares.length === 0 ? 0 : Math.trunc(shares.reduce((sum, share) => sum + share, 0) / shares.length);
  });
}

/** The more alike the pod makes the shares of cpu and memory that are taken, the better: 75 where it changes nothing. */
export function balanceScores({ requests }: Candidate, rooms: readonly NodeRoom[]): readonly number[] {
  if (SCORED.every((name) => (requests[name] ?? 0) === 0)) return rooms.map(() => 0);
  return rooms.map(({ allocatable, requested }) => {
    const gain = balance(allocatable, requested, requests) - balance(allocatable, requested, {});
    return SCORE_MAX / 2 + Math.trunc((SCORE_MAX / 2 + gain) / 2);
  });
}

/** 100 when equal shares of cpu and memory are taken, 50 when all of one and nothing of the other. */
function balance(allocatable: Resources, requested: Resources, more: Resources): number {
  const shares = SCORED.filter((name) => (allocatable[name] ?? 0) > 0).map((name) =>
    Math.min(1, ((requested[name] ?? 0) + (more[name] ?? 0)) / (allocatable[name] ?? 0)),
  );
  const [cpu, memory] = shares;
  const deviation = cpu === undefined || memory === undefined ? 0 : Math.abs(cpu - memory) / 2;
  return Math.trunc((1 - deviation) * SCORE_MAX);
}
