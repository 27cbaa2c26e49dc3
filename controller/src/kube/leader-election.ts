import { OperationError } from '../ports/operation-error.ts';
import { type LeaseLock, type LeaseRecord, microTime, type StoredLease } from './lease-lock.ts';

export interface ElectionTiming {
  /** How long others wait, from the last renewal they saw, before they take over. Whole seconds. */
  readonly leaseMs: number;
  /** How long a holder may act after the start of its last successful renewal; less than `leaseMs` by the clocks' drift and the effects on their way. */
  readonly renewWithinMs: number;
  /** Between two tries. */
  readonly retryMs: number;
}

/** client-go's, so that a mixed fleet of candidates agrees. */
export const ELECTION_TIMING: ElectionTiming = { leaseMs: 15_000, renewWithinMs: 10_000, retryMs: 2_000 };

/** Candidates spread their tries by up to this factor more, as client-go does; a holder renews on the beat. */
const CANDIDATE_JITTER = 1.2;

export interface ElectionOptions {
  readonly lock: LeaseLock;
  /** Unique to this process: a restart under the same identity would count as the old one. */
  readonly identity: string;
  readonly timing: ElectionTiming;
  /** Never goes back: what expiry is judged by. */
  readonly monotonicMs: () => number;
  readonly epochMs: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Runs `action` once, `ms` from now. Returns its cancellation. */
  readonly after: (ms: number, action: () => void) => () => void;
  readonly random: () => number;
  /** Told each new deadline (epoch ms) after a renewal, and 0 when the lease is lost. */
  readonly onDeadline: (deadlineMs: number) => void;
  /** Told of failed tries and of who holds the lease. */
  readonly onNote: (note: string) => void;
}

/**
 * Stands for election until the signal aborts or a term that was won is lost; then gives the lease back if it is ours. One process has
 * one term: what it decided in a lost one may still be under way, and would pass for decided in the next.
 * At most one candidate is before its deadline: others take over only `leaseMs` after they last saw the lease change, by
 * their own clock, and every write is a compare-and-swap. Wall clocks need not agree.
 */
export async function standForElection(options: ElectionOptions, signal: AbortSignal): Promise<void> {
  await new Election(options).run(signal);
}

class Election {
  private readonly options: ElectionOptions;
  /** The lease as last seen, and when (monotonic) it was first seen so. */
  private seen: StoredLease | undefined;
  private seenAtMs = 0;
  /** Until when we may act (monotonic); undefined while we do not lead. */
  private leadsUntilMs: number | undefined;
  private cancelExpiry: () => void = () => {};
  /** We have led, and do no more. */
  private isOver = false;

  constructor(options: ElectionOptions) {
    this.options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { timing, random, sleep } = this.options;
    while (!signal.aborted && !this.isOver) {
      await this.attempt();
      const factor = this.leadsUntilMs === undefined ? 1 + CANDIDATE_JITTER * random() : 1;
      if (!this.isOver) await sleep(timing.retryMs * factor, signal);
    }
    const held = this.leadsUntilMs !== undefined;
    this.lose();
    if (held) await this.release();
  }

  /** One try to get or renew the lease. Failures are noted: the deadline, not they, ends a term. */
  private async attempt(): Promise<void> {
    const { monotonicMs, epochMs, onNote, identity } = this.options;
    const started = { monotonicMs: monotonicMs(), epochMs: epochMs() };
    try {
      // A renewal whose answer came after the term's end is of no use to us, and would keep others out.
      if (await this.acquire()) return await (this.isOver ? this.release() : this.lead(started));
      if (this.leadsUntilMs !== undefined) onNote(`lost the lease to ${this.seen?.record.holder}`);
      this.lose();
    } catch (error) {
      // Whoever wrote in between will be seen by the next try's read.
      if (isConflict(error)) this.seen = undefined;
      onNote(`${identity}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Whether the lease is ours now. */
  private async acquire(): Promise<boolean> {
    const { lock, identity } = this.options;
    // While we lead, the version we wrote is the current one, or a conflict says otherwise.
    const current =
      this.leadsUntilMs !== undefined && this.seen !== undefined ? this.seen : this.observe(await lock.read());
    if (current === undefined) {
      this.observe(await lock.create(this.claim(undefined)));
      return true;
    }
    const { holder } = current.record;
    if (holder !== identity && holder !== '' && !this.hasExpired(current.record)) return false;
    this.observe(await lock.replace(this.claim(current.record), current.resourceVersion));
    return true;
  }

  private observe(stored: StoredLease | undefined): StoredLease | undefined {
    if (stored?.resourceVersion !== this.seen?.resourceVersion) this.seenAtMs = this.options.monotonicMs();
    this.seen = stored;
    return stored;
  }

  private hasExpired(record: LeaseRecord): boolean {
    const { monotonicMs, timing } = this.options;
    const leaseMs = record.leaseSeconds > 0 ? record.leaseSeconds * 1000 : timing.leaseMs;
    return monotonicMs() - this.seenAtMs >= leaseMs;
  }

  private claim(previous: LeaseRecord | undefined): LeaseRecord {
    const { identity, timing, epochMs } = this.options;
    const now = microTime(epochMs());
    const isRenewal = previous?.holder === identity;
    return {
      holder: identity,
      leaseSeconds: Math.ceil(timing.leaseMs / 1000),
      acquiredAt: isRenewal ? previous.acquiredAt : now,
      renewedAt: now,
      transitions: previous === undefined ? 0 : previous.transitions + (isRenewal ? 0 : 1),
    };
  }

  private lead(started: { readonly monotonicMs: number; readonly epochMs: number }): void {
    const { timing, onDeadline, monotonicMs, after } = this.options;
    this.leadsUntilMs = started.monotonicMs + timing.renewWithinMs;
    this.cancelExpiry();
    // Its own timer: a renewal that hangs must not keep the news of the loss back.
    this.cancelExpiry = after(this.leadsUntilMs - monotonicMs(), () => this.lose());
    onDeadline(started.epochMs + timing.renewWithinMs);
  }

  private lose(): void {
    this.cancelExpiry();
    if (this.leadsUntilMs === undefined) return;
    this.leadsUntilMs = undefined;
    this.isOver = true;
    this.options.onDeadline(0);
  }

  /** Lets the next candidate in at once instead of after `leaseMs`. */
  private async release(): Promise<void> {
    const { lock, onNote, epochMs } = this.options;
    if (this.seen === undefined) return;
    const now = microTime(epochMs());
    try {
      const released = { ...this.seen.record, holder: '', leaseSeconds: 1, acquiredAt: now, renewedAt: now };
      await lock.replace(released, this.seen.resourceVersion);
    } catch (error) {
      onNote(
        `could not give the lease back, it will expire: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof OperationError && ['conflict', 'already-exists', 'not-found'].includes(error.code);
}
