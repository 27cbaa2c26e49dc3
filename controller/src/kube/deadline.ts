/**
 * Calls `onExpired` once, when nobody has called `touch` for `ms`.
 *
 * A solve may hold the thread for longer than that. Timers then fire before the sockets are read, and a healthy connection
 * would look silent; so an expired timer first lets one turn of the event loop deliver what has been waiting.
 */
export class Deadline {
  private readonly ms: number;
  private readonly onExpired: () => void;
  private touchedAtMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onExpired: () => void) {
    this.ms = ms;
    this.onExpired = onExpired;
    this.touchedAtMs = performance.now();
    this.arm(ms);
  }

  /** Starts the wait anew. Cheap enough for every chunk: the timer is only moved when it fires. */
  touch(): void {
    this.touchedAtMs = performance.now();
  }

  /** Ends the wait; `onExpired` is not called any more. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(delayMs: number): void {
    this.timer = setTimeout(() => this.look(), delayMs);
    this.timer.unref();
  }

  private look(): void {
    if (this.leftMs() > 0) return this.arm(this.leftMs());
    setImmediate(() => {
      if (this.timer === undefined) return;
      if (this.leftMs() > 0) return this.arm(this.leftMs());
      this.clear();
      this.onExpired();
    });
  }

  private leftMs(): number {
    return Math.ceil(this.touchedAtMs + this.ms - performance.now());
  }
}
