import type { ServerResponse } from 'node:http';
import type { Faults } from '../../faults.ts';
import type { Timers } from '../../timers.ts';
import type { MemoryObjectStore } from '../memory-object-store.ts';
import { type WatchOptions, WatchStream } from './watch-stream.ts';

/** A real server sends about one bookmark a minute. */
const BOOKMARK_EVERY_MS = 60_000;
/** How soon a fault that somebody switched on or off is noticed. */
const FAULT_CHECK_EVERY_MS = 200;
/** A watch that names no end lasts this long; a real server draws between this and twice as much. */
const WATCH_LENGTH_MS = 30 * 60_000;

/** All open watches: feeds them, bookmarks them, and lets faults silence or cut them. */
export class WatchHub {
  readonly #store: MemoryObjectStore;
  readonly #timers: Timers;
  readonly #faults: Faults;
  readonly #streams = new Set<WatchStream>();
  readonly #ends: (() => void)[] = [];
  #cutsSeen: number;

  constructor(store: MemoryObjectStore, timers: Timers, faults: Faults) {
    this.#store = store;
    this.#timers = timers;
    this.#faults = faults;
    this.#cutsSeen = faults.watchCuts;
  }

  /** Begins to listen to the store and the clock. */
  start(): void {
    this.#ends.push(this.#store.watchAll(({ kind }) => this.#pump(kind)));
    this.#every(FAULT_CHECK_EVERY_MS, () => this.checkFaults());
    this.#every(BOOKMARK_EVERY_MS, () => this.#forEachLive((stream) => stream.bookmark()));
  }

  /** Serves one watch until it times out, its client goes, or the hub stops. */
  open(response: ServerResponse, options: WatchOptions, timeoutMs = WATCH_LENGTH_MS): void {
    const stream = new WatchStream(this.#store, response, options);
    const cancelTimeout = this.#timers.after(timeoutMs, () => {
      stream.bookmark();
      stream.close();
    });
    this.#streams.add(stream);
    response.on('close', () => {
      cancelTimeout();
      this.#streams.delete(stream);
    });
    stream.start();
    if (!this.#isStalled(stream)) stream.pump();
  }

  /** Acts on faults that have changed: cuts every watch, or lets silent ones catch up. */
  checkFaults(): void {
    if (this.#faults.watchCuts !== this.#cutsSeen) {
      this.#cutsSeen = this.#faults.watchCuts;
      for (const stream of [...this.#streams]) stream.cut();
    }
    this.#forEachLive((stream) => stream.pump());
  }

  /** Ends every watch. */
  stop(): void {
    for (const end of this.#ends) end();
    for (const stream of [...this.#streams]) stream.close();
  }

  #pump(kind: string): void {
    this.#forEachLive((stream) => {
      if (stream.kind.kind === kind) stream.pump();
    });
  }

  #forEachLive(act: (stream: WatchStream) => void): void {
    for (const stream of [...this.#streams]) if (!this.#isStalled(stream)) act(stream);
  }

  #isStalled(stream: WatchStream): boolean {
    return this.#faults.stalledWatches.includes(stream.kind.kind);
  }

  #every(ms: number, act: () => void): void {
    let isOver = false;
    let cancel: () => void = () => undefined;
    const again = () => {
      cancel = this.#timers.after(ms, () => {
        if (isOver) return;
        act();
        again();
      });
    };
    again();
    this.#ends.push(() => {
      isOver = true;
      cancel();
    });
  }
}
