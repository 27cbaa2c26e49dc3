/** Delays that double from `msMin` to `msMax`, each cut by up to half by chance, so that many waiters do not return together. */
export class Backoff {
  private readonly msMin: number;
  private readonly msMax: number;
  private readonly random: () => number;
  private nextMs: number;

  constructor(msMin: number, msMax: number, random: () => number) {
    this.msMin = msMin;
    this.msMax = msMax;
    this.random = random;
    this.nextMs = msMin;
  }

  /** How long to wait after one more failure. */
  failed(): number {
    const delayMs = this.nextMs * (1 - this.random() / 2);
    this.nextMs = Math.min(this.msMax, this.nextMs * 2);
    return delayMs;
  }

  /** The next failure is the first again. */
  reset(): void {
    this.nextMs = this.msMin;
  }
}
