import type { Timers } from '../timers.ts';
import type { Stop } from './stage.ts';

/** Does `action` every `intervalMs`, first after one interval, until stopped. */
export function every(timers: Timers, intervalMs: number, action: () => void): Stop {
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = timers.after(intervalMs, () => {
      arm();
      action();
    });
  };
  arm();
  return () => cancel();
}
