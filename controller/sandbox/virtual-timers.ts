import { setImmediate } from 'node:timers';
import { EventHeap, type HeapEvent } from './event-heap.ts';
import { sleepOn } from './sleep.ts';
import type { Timers } from './timers.ts';

/**
 * Macrotask turns without a timer set or cancelled after which the work of an event counts as settled. Microtasks drain
 * completely before each turn, so promise chains of any length need one; the second is for code that hops through a
 * setImmediate of its own. Sockets, files and threads take real time and have no place under virtual time.
 */
const QUIET_TURNS = 2;

/** Events at one instant after which a run fails: two parts wake each other without letting time pass. */
const EVENTS_PER_INSTANT_MAX = 100_000;

export interface RunOptions {
  /** Stops here (epoch ms), the clock at exactly this instant. */
  readonly untilMs?: number;
  /** Stops as soon as it holds; asked whenever everything has settled. */
  readonly until?: () => boolean;
  /** Gives `until` up at this instant (epoch ms). */
  readonly deadlineMs?: number;
}

/** Timers whose clock moves only in `run`. */
export interface VirtualTimers extends Timers {
  /**
   * Lets time pass, one event after the other in the order (time, sequence of `after`), each only after all promise work
   * of the one before has settled. Returns true when `until` held or `untilMs` was reached, false when `deadlineMs` was
   * reached first, or when no event was left for `until` to wait for. Rejects with what an action throws.
   */
  run(options: RunOptions): Promise<boolean>;
}

interface VirtualEvent extends HeapEvent {
  readonly action: () => void;
  isCancelled: boolean;
}

/** Virtual time that starts at `startMs` (epoch ms). Equal programs see equal times and equal order, run after run. */
export function createVirtualTimers(startMs: number): VirtualTimers {
  return new EventHeapTimers(startMs);
}

class EventHeapTimers implements VirtualTimers {
  readonly #heap = new EventHeap<VirtualEvent>();
  #nowMs: number;
  #sequence = 0;
  /** Grows with every timer set or cancelled: while it grows, something is still working. */
  #activity = 0;
  #isRunning = false;
  #eventsAtNow = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, action: () => void): () => void {
    const delayMs = ms > 0 ? Math.ceil(ms) : 0;
    const event: VirtualEvent = { atMs: this.#nowMs + delayMs, sequence: this.#sequence++, action, isCancelled: false };
    this.#heap.push(event);
    this.#activity++;
    return () => {
      event.isCancelled = true;
      this.#activity++;
    };
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  async run(options: RunOptions): Promise<boolean> {
    if (this.#isRunning) throw new Error('virtual time is running already: one run at a time');
    this.#isRunning = true;
    try {
      return await this.#runUntil(options);
    } finally {
      this.#isRunning = false;
    }
  }

  async #runUntil({ untilMs, until, deadlineMs }: RunOptions): Promise<boolean> {
    const endMs = Math.min(untilMs ?? Number.POSITIVE_INFINITY, deadlineMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
      await this.#settle();
      if (until?.() === true) return true;
      const next = this.#nextEvent();
      if (next === undefined || next.atMs > endMs) {
        if (Number.isFinite(endMs)) this.#advanceTo(endMs);
        return untilMs !== undefined && this.#nowMs >= untilMs;
      }
      this.#heap.pop();
      this.#advanceTo(next.atMs);
      this.#countEvent();
      next.action();
    }
  }

  #nextEvent(): VirtualEvent | undefined {
    for (let next = this.#heap.peek(); next !== undefined; next = this.#heap.peek()) {
      if (!next.isCancelled) return next;
      this.#heap.pop();
    }
    return undefined;
  }

  #advanceTo(ms: number): void {
    if (ms <= this.#nowMs) return;
    this.#nowMs = ms;
    this.#eventsAtNow = 0;
  }

  #countEvent(): void {
    this.#eventsAtNow++;
    if (this.#eventsAtNow <= EVENTS_PER_INSTANT_MAX) return;
    throw new Error(
      `more than ${EVENTS_PER_INSTANT_MAX} events at ${new Date(this.#nowMs).toISOString()}: time does not pass`,
    );
  }

  async #settle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < QUIET_TURNS; ) {
      const before = this.#activity;
      await new Promise<void>((resolve) => setImmediate(resolve));
      quietTurns = this.#activity === before ? quietTurns + 1 : 0;
    }
  }
}
