import type { Clock } from '../src/ports/clock.ts';

/** Where the world takes its time from: an event heap on virtual time, or the wall clock. */
export interface Timers extends Clock {
  /** Runs `action` once, `ms` from now; never synchronously. Returns its cancellation. */
  after(ms: number, action: () => void): () => void;
}
