import type { Timers } from './timers.ts';

/** Resolves `ms` from now on these timers, or at once when the signal aborts. */
export function sleepOn(timers: Pick<Timers, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
