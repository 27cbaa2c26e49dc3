/** Time as loops see it. Virtual in scenarios. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts: callers check the signal, nobody catches an abort. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
