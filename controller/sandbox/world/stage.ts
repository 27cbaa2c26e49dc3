import type { Ids } from '../../src/ports/ids.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Timers } from '../timers.ts';
import type { EventRecorder } from './event-recorder.ts';

/**
 * What every part of the world stands on. The store tells its watchers of a change synchronously, so a part never writes
 * from within a watch: it takes note and acts from a timer. Thus each part sees every change whole, in one order.
 */
export interface Stage {
  readonly store: ObjectStore;
  readonly timers: Timers;
  readonly random: SeededRandom;
  readonly ids: Ids;
  readonly events: EventRecorder;
}

/** Ends what a part started: its watches and its timers. */
export type Stop = () => void;

/** One end for several. */
export function stopAll(stops: readonly Stop[]): Stop {
  return () => {
    for (const stop of stops) stop();
  };
}
