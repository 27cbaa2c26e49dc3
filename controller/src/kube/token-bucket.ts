/**
 * Lets `perSecond` calls a second through, `burst` at once after a rest. Time is an argument (ms, any origin); a clock that
 * jumps back neither adds nor takes tokens.
 */
export class TokenBucket {
  private readonly perMs: number;
  private readonly burst: number;
  private tokens: number;
  private filledAtMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.perMs = perSecond / 1000;
    this.burst = burst;
    this.tokens = burst;
    this.filledAtMs = nowMs;
  }

  /** Takes a token if one is there. */
  tryTake(nowMs: number): boolean {
    this.fill(nowMs);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /**
   * Takes a token now or from the future, and returns how long to wait for it (ms). Callers are served in the order of
   * their calls. Takes nothing and returns the wait as a negative number when it would exceed `waitMsMax`.
   */
  reserve(nowMs: number, waitMsMax: number): number {
    this.fill(nowMs);
    const waitMs = this.tokens >= 1 ? 0 : (1 - this.tokens) / this.perMs;
    if (waitMs > waitMsMax) return -waitMs;
    this.tokens -= 1;
    return waitMs;
  }

  private fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.filledAtMs);
    this.tokens = Math.min(this.burst, this.tokens + elapsedMs * this.perMs);
    this.filledAtMs = nowMs;
  }
}
