import type { KubeObject } from '../../src/api/meta.ts';
import type { KubeEvent, WatchedKind } from '../../src/ports/kube.ts';
import type { Faults } from '../faults.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Timers } from '../timers.ts';
import type { ObjectStore, StoreChange } from './object-store.ts';

/** A change reaches its watcher this much later. */
const EVENT_MS_MIN = 1;
const EVENT_MS_MAX = 50;
/** A list takes longer than an event. */
const LIST_MS_MIN = 5;
const LIST_MS_MAX = 80;
/** From a closed connection to the next list. */
const RECONNECT_MS_MIN = 100;
const RECONNECT_MS_MAX = 1000;
/** How long the production adapter lets a silent connection stand before it opens another. */
const SILENCE_MS_MAX = 90_000;

export interface FollowOptions {
  readonly store: ObjectStore;
  readonly timers: Timers;
  readonly faults: Faults;
  readonly random: SeededRandom;
  readonly kind: WatchedKind;
  readonly isFollowed: (object: KubeObject) => boolean;
  readonly sink: (event: KubeEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * A list and then every change, each late by its own seeded delay and all in order, until the signal aborts. What a cut or
 * stalled watch loses, the list after it brings. Nothing is told after the abort.
 */
export async function followStore(options: FollowOptions): Promise<void> {
  const { signal } = options;
  if (signal.aborted) return;
  const follower = new Follower(options);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  follower.stop();
}

class Follower {
  readonly #options: FollowOptions;
  readonly #endWatch: () => void;
  /** Events of connections before this one are no longer told. */
  #connection = 0;
  #cutsSeen: number;
  #isConnected = false;
  /** Set while a stalled connection waits to be found out. */
  #cancelSilence: (() => void) | undefined;
  #lastToldAtMs = 0;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#cutsSeen = options.faults.watchCuts;
    this.#endWatch = options.store.watch(options.kind, (change) => this.#onChange(change));
    this.#connectAfter(0);
  }

  stop(): void {
    this.#connection++;
    this.#cancelSilence?.();
    this.#endWatch();
  }

  /** Lists at once after the pause; what changes from then on follows the list. */
  #connectAfter(pauseMs: number): void {
    const { store, timers, random, kind, isFollowed } = this.#options;
    const connection = ++this.#connection;
    this.#isConnected = false;
    timers.after(pauseMs, () => {
      if (connection !== this.#connection) return;
      this.#isConnected = true;
      this.#cutsSeen = this.#options.faults.watchCuts;
      const objects = store.list(kind).filter(isFollowed);
      this.#tellAfter(random.integer(LIST_MS_MIN, LIST_MS_MAX), { type: 'replaced', kind, objects });
    });
  }

  #onChange({ type, object }: StoreChange): void {
    const { faults, random, kind, isFollowed } = this.#options;
    if (!this.#isConnected || !isFollowed(object)) return;
    // A cut is noticed at the first change after it: until then there was nothing to miss.
    if (faults.watchCuts !== this.#cutsSeen) this.#connectAfter(random.integer(RECONNECT_MS_MIN, RECONNECT_MS_MAX));
    else if (this.#cancelSilence !== undefined || faults.stalledWatches.includes(kind)) this.#waitOutSilence();
    else
      this.#tellAfter(random.integer(EVENT_MS_MIN, EVENT_MS_MAX), {
        type: type === 'DELETED' ? 'removed' : 'changed',
        kind,
        object,
      });
  }

  #waitOutSilence(): void {
    this.#cancelSilence ??= this.#options.timers.after(SILENCE_MS_MAX, () => {
      this.#cancelSilence = undefined;
      this.#connectAfter(0);
    });
  }

  /** Delays differ, the order never does. */
  #tellAfter(delayMs: number, event: KubeEvent): void {
    const { timers, sink } = this.#options;
    const connection = this.#connection;
    this.#lastToldAtMs = Math.max(this.#lastToldAtMs, timers.nowMs() + delayMs);
    timers.after(this.#lastToldAtMs - timers.nowMs(), () => {
      if (connection === this.#connection) sink(event);
    });
  }
}
