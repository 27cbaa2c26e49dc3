import { StatusError } from '../kube/object-store.ts';
import type { Timers } from '../timers.ts';
import type { Stop } from './stage.ts';

/** First wait after a refusal by the store; doubles up to the maximum. */
const RETRY_MS = 250;
const RETRY_MS_MAX = 16_000;

/** Looks at objects again, by key, a little after something about them changed. */
export interface Reconciler {
  /** `key` is looked at after the latency; asking again meanwhile changes nothing. */
  enqueue(key: string): void;
  readonly stop: Stop;
}

/**
 * Calls `reconcile` for enqueued keys, `latencyMs` later, in the order they were asked for. A refusal by the store is tried
 * again with growing waits; `onRefusal` is told of it. Any other error is our bug and goes up.
 */
export function createReconciler(
  timers: Timers,
  latencyMs: number,
  reconcile: (key: string) => void,
  onRefusal: (key: string, refusal: StatusError) => void = () => {},
): Reconciler {
  const pending = new Map<string, () => void>();
  const refusals = new Map<string, number>();

  const schedule = (key: string, delayMs: number): void => {
    if (pending.has(key)) return;
    pending.set(
      key,
      timers.after(delayMs, () => {
        pending.delete(key);
        attempt(key);
      }),
    );
  };
  const attempt = (key: string): void => {
    try {
      reconcile(key);
      refusals.delete(key);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const count = refusals.get(key) ?? 0;
      refusals.set(key, count + 1);
      onRefusal(key, error);
      schedule(key, Math.min(RETRY_MS * 2 ** count, RETRY_MS_MAX));
    }
  };

  return {
    enqueue: (key) => schedule(key, latencyMs),
    stop() {
      for (const cancel of pending.values()) cancel();
      pending.clear();
    },
  };
}
