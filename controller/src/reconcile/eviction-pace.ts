/** First wait after a budget's refusal, and the ceiling of its doubling (ms); upstream's numbers, but for the first. */
const REFUSED_MS_MIN = 1_000;
const REFUSED_MS_MAX = 10_000;
/** How long the watch may take to show that an evicted pod is going (ms), before it is evicted again. */
const EVICTED_MS = 10_000;

/** When a pod may be asked to leave again. Forgetting it (a restart) costs one call too many, which does no harm. */
export class EvictionPace {
  readonly #byUid = new Map<string, { readonly nextMs: number; readonly refusals: number }>();

  /** True when the pod may be evicted now. */
  mayTry(uid: string, nowMs: number): boolean {
    return (this.#byUid.get(uid)?.nextMs ?? 0) <= nowMs;
  }

  /** Notes an eviction that was granted. */
  granted(uid: string, nowMs: number): void {
    this.#byUid.set(uid, { nextMs: nowMs + EVICTED_MS, refusals: 0 });
  }

  /** Notes one that a disruption budget refused. */
  refused(uid: string, nowMs: number): void {
    const refusals = (this.#byUid.get(uid)?.refusals ?? 0) + 1;
    const delayMs = Math.min(REFUSED_MS_MAX, REFUSED_MS_MIN * 2 ** (refusals - 1));
    this.#byUid.set(uid, { nextMs: nowMs + delayMs, refusals });
  }

  /** Forgets pods whose time has passed long ago: they are gone. */
  prune(nowMs: number): void {
    for (const [uid, { nextMs }] of this.#byUid) if (nextMs + REFUSED_MS_MAX < nowMs) this.#byUid.delete(uid);
  }
}
