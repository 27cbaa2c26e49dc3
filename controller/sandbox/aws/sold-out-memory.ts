import type { Clock } from '../../src/ports/clock.ts';

/** How long a caller avoids an offering that had no stock: upstream's figure. */
const AVOID_MS = 3 * 60_000;

/** Offerings that had no stock a short while ago. */
export interface SoldOutMemory {
  /** Avoids the offering for three minutes from now. */
  mark(offering: string): void;
  has(offering: string): boolean;
  /** The avoided offerings in order, as one text: equal texts mean equal stock. */
  key(): string;
}

/** An empty memory on `clock`. */
export function createSoldOutMemory(clock: Pick<Clock, 'nowMs'>): SoldOutMemory {
  const avoidUntilMs = new Map<string, number>();
  const forgetOld = (): void => {
    for (const [offering, untilMs] of avoidUntilMs) if (untilMs <= clock.nowMs()) avoidUntilMs.delete(offering);
  };
  return {
    mark: (offering) => void avoidUntilMs.set(offering, clock.nowMs() + AVOID_MS),
    has: (offering) => (avoidUntilMs.get(offering) ?? 0) > clock.nowMs(),
    key: () => {
      forgetOld();
      return [...avoidUntilMs.keys()].sort().join(',');
    },
  };
}
