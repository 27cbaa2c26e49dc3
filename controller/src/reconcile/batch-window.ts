/** Silence after which a burst whose pods all have their verdict is complete (ms). */
const QUIET_MS = 100;

/** What is known of a burst of pending pods. */
export interface Burst {
  /** When its first pod was seen. */
  readonly openedAtMs: number;
  /** When a pod last changed. */
  readonly lastChangeMs: number;
  /** Whether some pod without a node still waits for kube-scheduler's verdict. */
  readonly hasUnjudgedPods: boolean;
}

/**
 * How long to wait before the burst is planned (ms); 0: plan now. A burst is complete when every pod has its verdict and nothing
 * has changed for 100 ms; `batchIdleMs` without a change and `batchMaxMs` in all are upper bounds.
 */
export function burstWaitMs(
  burst: Burst,
  settings: { readonly batchIdleMs: number; readonly batchMaxMs: number },
  nowMs: number,
): number {
  const quietMs = burst.hasUnjudgedPods ? settings.batchIdleMs : Math.min(QUIET_MS, settings.batchIdleMs);
  const completeAtMs = Math.min(burst.lastChangeMs + quietMs, burst.openedAtMs + settings.batchMaxMs);
  return Math.max(0, completeAtMs - nowMs);
}
