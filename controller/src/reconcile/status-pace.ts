/**
 * How far the count of ready nodes may be behind (ms). Nodes that are late with their heartbeats by turns would have every turn written;
 * four writes a minute are within the ten that a cluster at rest may cost.
 */
const READY_COUNT_MS = 15_000;

/**
 * When the count of ready nodes may be written again into a Provisioner's status. The first change is written at once, what follows in one
 * write when the time is up, or together with anything else. Forgetting it (a restart) costs one write.
 */
export class StatusPace {
  readonly #writtenAtMs = new Map<string, number>();

  /** Notes that the count was written, for its own sake. */
  written(provisionerName: string, nowMs: number): void {
    this.#writtenAtMs.set(provisionerName, nowMs);
  }

  /** How long the count has to wait from now on (ms); 0 when it may be written. */
  waitMs(provisionerName: string, nowMs: number): number {
    const writtenAtMs = this.#writtenAtMs.get(provisionerName);
    return writtenAtMs === undefined ? 0 : Math.max(0, writtenAtMs + READY_COUNT_MS - nowMs);
  }

  /** Forgets a Provisioner that is gone. */
  forget(provisionerName: string): void {
    this.#writtenAtMs.delete(provisionerName);
  }
}
