import { sleepOn } from './sleep.ts';
import type { Timers } from './timers.ts';

/** Node's timers count in 32 bits; a longer wait is taken in steps of this. */
const STEP_MS_MAX = 2 ** 31 - 1;

/** Timers on the wall clock, which can be stopped all at once. */
export interface WallTimers extends Timers {
  /** Cancels whatever is pending; nothing fires afterwards. */
  close(): void;
}

/** Real time. `after` never fires synchronously; a pending timer keeps the process alive. */
export function createWallTimers(): WallTimers {
  const pending = new Set<NodeJS.Timeout>();
  let isClosed = false;

  const after = (ms: number, action: () => void): (() => void) => {
    if (isClosed) return () => {};
    let timeout: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      timeout = setTimeout(
        () => {
          pending.delete(timeout);
          if (leftMs > STEP_MS_MAX) arm(leftMs - STEP_MS_MAX);
          else action();
        },
        Math.min(Math.max(leftMs, 0), STEP_MS_MAX),
      );
      pending.add(timeout);
    };
    arm(ms);
    return () => {
      clearTimeout(timeout);
      pending.delete(timeout);
    };
  };

  return {
    nowMs: () => Date.now(),
    after,
    sleep: (ms, signal) => sleepOn({ after }, ms, signal),
    close() {
      isClosed = true;
      for (const timeout of pending) clearTimeout(timeout);
      pending.clear();
    },
  };
}
