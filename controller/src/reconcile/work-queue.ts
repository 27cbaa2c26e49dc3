import type { Clock } from '../ports/clock.ts';

/** First retry of a key after a failure, and the ceiling of its doubling (ms). A minute is what a broken cloud may cost us. */
export const RETRY_DELAY_MS_MIN = 200;
export const RETRY_DELAY_MS_MAX = 60_000;
/**
 * How soon a change of what it failed on brings the retry of a key forward (ms). Soon, because the change may have mended it; not at
 * once, because it may be our own note of the failure.
 */
export const RETRY_DELAY_MS_CHANGED = 5_000;

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
  readonly #due = new Map<string, { readonly atMs: number; readonly sleep: AbortController }>();
  readonly #failures = new Map<string, number>();
  #wakeWorker: (() => void) | undefined;
  #hasEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes `key` ready now; one that is backing off, in five seconds, unless it is to come earlier anyway. */
  add(key: string): void {
    if (this.#active.has(key)) {
      this.#addedWhileActive.add(key);
      return;
    }
    if (this.#failures.has(key)) this.addAfter(key, RETRY_DELAY_MS_CHANGED);
    else this.#makeReady(key);
  }

  /** Makes `key` ready in `delayMs`, unless it is to come earlier anyway. */
  addAfter(key: string, delayMs: number): void {
    if (this.#hasEnded) return;
    const atMs = this.#clock.nowMs() + delayMs;
    const earlier = this.#due.get(key);
    if (earlier !== undefined && earlier.atMs <= atMs) return;
    earlier?.sleep.abort();
    const sleep = new AbortController();
    this.#due.set(key, { atMs, sleep });
    void this.#clock.sleep(delayMs, sleep.signal).then(() => {
      if (!sleep.signal.aborted) this.#wake(key);
    });
  }

  /** The time of a key has come. */
  #wake(key: string): void {
    this.#due.delete(key);
    if (this.#active.has(key)) this.#addedWhileActive.add(key);
    else this.#makeReady(key);
  }

  #makeReady(key: string): void {
    this.#due.get(key)?.sleep.abort();
    this.#due.delete(key);
    if (this.#queued.has(key)) return;
    this.#queued.add(key);
    this.#ready.push(key);
    this.#wakeWorker?.();
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
      const job: Promise<void> = this.#workOne(key, work, options.onError).finally(() => {
        busy.delete(job);
        this.#wakeWorker?.();
      });
      busy.add(job);
    }
    signal.removeEventListener('abort', onAbort);
    this.#hasEnded = true;
    for (const { sleep } of this.#due.values()) sleep.abort();
    this.#due.clear();
    await Promise.all(busy);
  }

  async #workOne(
    key: string,
    work: (key: string) => Promise<Again>,
    onError: (key: string, error: unknown) => void,
  ): Promise<void> {
    try {
      const again = await work(key);
      this.#failures.delete(key);
      if (again.afterMs !== undefined) this.addAfter(key, again.afterMs);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      onError(key, error);
      this.addAfter(key, retryDelayMs(failures));
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
