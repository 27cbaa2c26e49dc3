import type { Clock } from '../ports/clock.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type Again, retryDelayMs, type WorkQueue } from './work-queue.ts';

/**
 * Works the queue with `reconcile` until the signal aborts. This is the top of every loop: what escapes a reconcile is logged
 * here, counted, and tried again with back-off; it stops nothing else.
 */
export function runKeyedLoop(
  loop: {
    readonly name: string;
    readonly queue: WorkQueue;
    readonly concurrency: number;
    readonly reconcile: (key: string) => Promise<Again>;
  },
  telemetry: Telemetry,
  signal: AbortSignal,
): Promise<void> {
  const onError = (key: string, error: unknown) => {
    if (!signal.aborted) logFailure(telemetry, loop.name, error, { key });
  };
  const reconcile = async (key: string) => {
    const again = await loop.reconcile(key);
    countSuccess(telemetry, loop.name);
    return again;
  };
  return loop.queue.run(reconcile, { concurrency: loop.concurrency, onError }, signal);
}

/** A bell that loops wait for: rings are not counted, only remembered until somebody has waited for them. */
export class Wakeup {
  #rung = false;
  #release: (() => void) | undefined;

  /** Wakes the waiter, or lets the next wait return at once. */
  ring(): void {
    this.#rung = true;
    this.#release?.();
  }

  /** Resolves at the next ring, after `timeoutMs`, or on abort; true when it was rung. */
  async wait(timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) {
      const over = new AbortController();
      const rung = new Promise<void>((resolve) => {
        this.#release = resolve;
      });
      await Promise.race([rung, clock.sleep(timeoutMs, AbortSignal.any([signal, over.signal]))]);
      this.#release = undefined;
      over.abort();
    }
    const wasRung = this.#rung;
    this.#rung = false;
    return wasRung;
  }
}

/**
 * Runs `pass` again and again: when the bell rings, and at the latest after what the last pass asked for.
 * Failures back off and are logged; they never end the loop.
 */
export async function runSingletonLoop(
  loop: {
    readonly name: string;
    readonly wakeup: Wakeup;
    /** How long changes are gathered before a pass (ms); 0: not at all. */
    readonly gatherMs: number;
    /** Longest silence between two passes (ms). */
    readonly idleMsMax: number;
    readonly pass: () => Promise<Again>;
  },
  clock: Clock,
  telemetry: Telemetry,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let waitMs = loop.idleMsMax;
    try {
      const again = await loop.pass();
      countSuccess(telemetry, loop.name);
      failures = 0;
      if (again.afterMs !== undefined) waitMs = Math.min(waitMs, again.afterMs);
    } catch (error) {
      if (signal.aborted) break;
      failures += 1;
      logFailure(telemetry, loop.name, error, {});
      await clock.sleep(retryDelayMs(failures), signal);
      continue;
    }
    const wasRung = await loop.wakeup.wait(waitMs, clock, signal);
    if (wasRung && loop.gatherMs > 0) await clock.sleep(Math.min(loop.gatherMs, waitMs), signal);
  }
}

function countSuccess(telemetry: Telemetry, name: string): void {
  telemetry.count('controller_runtime_reconcile_total', { controller: name, result: 'success' });
}

function logFailure(telemetry: Telemetry, name: string, error: unknown, fields: Record<string, unknown>): void {
  const isExpected = error instanceof OperationError;
  const code = isExpected ? error.code : 'unexpected';
  const message = error instanceof Error ? error.message : String(error);
  // A conflict means that our copy was old: the watch brings the new one and the key is looked at again. Nobody need read that.
  const level = !isExpected ? 'error' : error.retry === 'refresh' ? 'debug' : 'warn';
  telemetry.log(level, `controller.${name}`, message, {
    ...fields,
    code,
    ...(isExpected ? {} : { stack: error instanceof Error ? error.stack : undefined }),
  });
  telemetry.count('controller_runtime_reconcile_errors_total', { controller: name });
  telemetry.count('controller_runtime_reconcile_total', { controller: name, result: 'error' });
}
