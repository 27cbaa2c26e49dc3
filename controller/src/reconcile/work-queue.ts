import type { Clock } from '../ports/clock.ts';

/** First retry of a key after a failure, and the ceiling of its doubling (ms). A minute is what a broken cloud may cost us. */
export const RETRY_DELAY_MS_MIN = 200;
export const RETRY_DELAY_MS_MAX = 60_000;

/** What a worker says of one key: look again after so long, or only when something changes. */
export interface Again {
  readonly afterMs?: number;
}

/**
 * Keys to look at. A key that is added twice is worked once; a key that is added while it is worked is worked once more;
 * never two workers hold one key. Failures back off per key; delays keep the earliest.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #ready: string[] = [];
  readonly #queued = new Set<string>();
  readonly #active = new Set<string>();
  readonly #addedWhileActive = new Set<string>();
  readonly #dueMs = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #wakeWorker: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes `key` ready now. */
  add(key: string): void {
    this.#dueMs.delete(key);
    if (this.#active.has(key)) {
      this.#addedWhileActive.add(key);
      return;
    }
    if (this.#queued.has(key)) return;
    this.#queued.add(key);
    this.#ready.push(key);
    this.#wakeWorker?.();
  }

  /** Makes `key` ready in `delayMs`, unless it is to come earlier anyway. */
  addAfter(key: string, delayMs: number, signal: AbortSignal): void {
    const dueMs = this.#clock.nowMs() + delayMs;
    const earlier = this.#dueMs.get(key);
    if (earlier !== undefined && earlier <= dueMs) return;
    this.#dueMs.set(key, dueMs);
    void this.#clock.sleep(delayMs, signal).then(() => {
      if (!signal.aborted && this.#dueMs.get(key) === dueMs) this.add(key);
    });
  }

  /** Works keys, at most `concurrency` at once, until the signal aborts; then waits for the workers that are busy. */
  async run(
    work: (key: string) => Promise<Again>,
    options: { readonly concurrency: number; readonly onError: (key: string, error: unknown) => void },
    signal: AbortSignal,
  ): Promise<void> {
    const busy = new Set<Promise<void>>();
    const onAbort = () => this.#wakeWorker?.();
    signal.addEventListener('abort', onAbort);
    while (!signal.aborted) {
      const key = busy.size < options.concurrency ? this.#ready.shift() : undefined;
      if (key === undefined) {
        await new Promise<void>((resolve) => {
          this.#wakeWorker = resolve;
        });
        this.#wakeWorker = undefined;
        continue;
      }
      this.#queued.delete(key);
      this.#active.add(key);
      const job: Promise<void> = this.#workOne(key, work, options.onError, signal).finally(() => {
        busy.delete(job);
        this.#wakeWorker?.();
      });
      busy.add(job);
    }
    signal.removeEventListener('abort', onAbort);
    await Promise.all(busy);
  }

  async #workOne(
    key: string,
    work: (key: string) => Promise<Again>,
    onError: (key: string, error: unknown) => void,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const again = await work(key);
      this.#failures.delete(key);
      if (again.afterMs !== undefined) this.addAfter(key, again.afterMs, signal);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      onError(key, error);
      this.addAfter(key, retryDelayMs(failures), signal);
    } finally {
      this.#active.delete(key);
      if (this.#addedWhileActive.delete(key)) this.add(key);
    }
  }
}

/** Delay before try `failures` + 1: doubles from the minimum, never above the maximum. */
export function retryDelayMs(failures: number): number {
  return Math.min(RETRY_DELAY_MS_MAX, RETRY_DELAY_MS_MIN * 2 ** Math.min(failures - 1, 20));
}
