import type { Clock } from './ports/clock.ts';

/** Node's timers count milliseconds in 32 bits, and fire at once for more: a longer sleep ends early, after 24 days. */
const SLEEP_MS_MAX = 2 ** 31 - 1;

/** The wall clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, Math.min(ms, SLEEP_MS_MAX));
      signal.addEventListener('abort', finish, { once: true });
    }),
};
