import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSeededRandom } from '../../sandbox/seeded-random.ts';
import { createVirtualTimers, type VirtualTimers } from '../../sandbox/virtual-timers.ts';
import { OperationError } from '../ports/operation-error.ts';
import { ELECTION_TIMING, standForElection } from './leader-election.ts';
import type { LeaseLock, LeaseRecord, StoredLease } from './lease-lock.ts';

const START_MS = Date.UTC(2026, 0, 1);
const { leaseMs, renewWithinMs, retryMs } = ELECTION_TIMING;

/** The lease as the API server keeps it. */
class LeaseOnServer {
  stored: StoredLease | undefined;
  private version = 0;

  write(record: LeaseRecord, expected: string | undefined): StoredLease {
    if (this.stored?.resourceVersion !== expected)
      throw new OperationError('conflict', 'refresh', 'somebody else wrote');
    this.stored = { record, resourceVersion: String(++this.version) };
    return this.stored;
  }

  /** What a person with kubectl does: no precondition. */
  edit(change: Partial<LeaseRecord>): void {
    if (this.stored === undefined) throw new Error('there is no lease to edit');
    this.write({ ...this.stored.record, ...change }, this.stored.resourceVersion);
  }
}

/** How a call goes: how long each way takes, and whether the answer gets lost after the server has acted. */
interface Weather {
  readonly thereMs: number;
  readonly backMs: number;
  readonly isLost: boolean;
}

const FINE: Weather = { thereMs: 5, backMs: 5, isLost: false };

function lockOver(lease: LeaseOnServer, timers: VirtualTimers, weather: () => Weather): LeaseLock {
  const never = new AbortController().signal;
  const call = async <T>(act: () => T): Promise<T> => {
    const { thereMs, backMs, isLost } = weather();
    await timers.sleep(thereMs, never);
    const answer = act();
    await timers.sleep(backMs, never);
    if (isLost) throw new OperationError('timeout', 'backoff', 'no answer');
    return answer;
  };
  return {
    read: () => call(() => lease.stored),
    create: (record) => call(() => lease.write(record, undefined)),
    replace: (record, resourceVersion) => call(() => lease.write(record, resourceVersion)),
  };
}

class Candidate {
  deadlineMs = 0;
  readonly stop = new AbortController();
  readonly ended: Promise<void>;
  weather = FINE;

  constructor(
    name: string,
    lease: LeaseOnServer,
    timers: VirtualTimers,
    wallSkewMs = 0,
    weather?: () => Weather,
    random: () => number = () => 0.5,
  ) {
    this.ended = standForElection(
      {
        lock: lockOver(lease, timers, weather ?? (() => this.weather)),
        identity: name,
        timing: ELECTION_TIMING,
        monotonicMs: () => timers.nowMs() - START_MS,
        epochMs: () => timers.nowMs() + wallSkewMs,
        sleep: (ms, signal) => timers.sleep(ms, signal),
        after: (ms, action) => timers.after(ms, action),
        random,
        // In true time, so that deadlines of skewed candidates compare.
        onDeadline: (deadlineMs) => {
          this.deadlineMs = deadlineMs === 0 ? 0 : deadlineMs - wallSkewMs;
        },
        onNote: () => {},
      },
      this.stop.signal,
    );
  }
}

function stage() {
  const timers = createVirtualTimers(START_MS);
  const lease = new LeaseOnServer();
  const leads = (candidate: Candidate) => candidate.deadlineMs > timers.nowMs();
  return { timers, lease, leads, for: (ms: number) => timers.run({ untilMs: timers.nowMs() + ms }) };
}

describe('an election', () => {
  test('makes the first candidate leader at once and keeps it so, while the second waits', async () => {
    const { timers, lease, leads, ...run } = stage();
    const a = new Candidate('a', lease, timers);
    await run.for(100);
    const b = new Candidate('b', lease, timers);
    await run.for(10 * 60_000);
    expect([leads(a), leads(b)]).toEqual([true, false]);
    expect(lease.stored?.record).toMatchObject({ holder: 'a', leaseSeconds: 15, transitions: 0 });
  });

  test('gives a leader who stops back its lease, and the next one need not wait for it to run out', async () => {
    const { timers, lease, leads, ...run } = stage();
    const a = new Candidate('a', lease, timers);
    await run.for(100);
    const b = new Candidate('b', lease, timers);
    await run.for(5_000);
    a.stop.abort();
    await run.for(3 * retryMs);
    await a.ended;
    expect([leads(a), leads(b)]).toEqual([false, true]);
    expect(lease.stored?.record).toMatchObject({ holder: 'b', transitions: 1 });
  });

  test('ends the term of a leader that cannot reach the server before anybody else takes over', async () => {
    const { timers, lease, leads, ...run } = stage();
    const a = new Candidate('a', lease, timers);
    await run.for(100);
    const b = new Candidate('b', lease, timers);
    await run.for(5_000);
    a.weather = { thereMs: 3_600_000, backMs: 0, isLost: true };
    const cutAtMs = timers.nowMs();
    await timers.run({ until: () => !leads(a), deadlineMs: cutAtMs + 60_000 });
    expect(a.deadlineMs).toBe(0);
    expect(timers.nowMs() - cutAtMs).toBeLessThanOrEqual(renewWithinMs);
    expect(leads(b)).toBe(false);
    await timers.run({ until: () => leads(b), deadlineMs: cutAtMs + 60_000 });
    expect(timers.nowMs() - cutAtMs).toBeGreaterThan(renewWithinMs);
    expect(timers.nowMs() - cutAtMs).toBeLessThan(leaseMs + 3 * retryMs);
  });

  test('is not impressed by a candidate whose wall clock is a day ahead', async () => {
    const { timers, lease, leads, ...run } = stage();
    const a = new Candidate('a', lease, timers);
    await run.for(100);
    const b = new Candidate('b', lease, timers, 86_400_000);
    await run.for(120_000);
    expect([leads(a), leads(b)]).toEqual([true, false]);
  });

  test('survives an edit of the lease that leaves the holder alone, and its deletion', async () => {
    const { timers, lease, leads, ...run } = stage();
    const a = new Candidate('a', lease, timers);
    await run.for(5_000);
    lease.edit({ leaseSeconds: 20 });
    await run.for(3 * retryMs);
    expect(leads(a)).toBe(true);
    lease.stored = undefined;
    await run.for(3 * retryMs);
    expect(leads(a)).toBe(true);
    expect(lease.stored).toMatchObject({ record: { holder: 'a' } });
  });

  test('is lost as soon as the leader sees another holder, and for good: another process may win when that one goes silent', async () => {
    const { timers, lease, leads, ...run } = stage();
    const a = new Candidate('a', lease, timers);
    await run.for(5_000);
    lease.edit({ holder: 'usurper', leaseSeconds: 15 });
    await run.for(3 * retryMs);
    expect(a.deadlineMs).toBe(0);
    await a.ended;
    const next = new Candidate('next', lease, timers);
    await run.for(leaseMs + 3 * retryMs);
    expect([leads(a), leads(next)]).toEqual([false, true]);
  });

  test('is over for a leader whose renewal is answered after its term, and the lease is given back', async () => {
    const { timers, lease, leads, ...run } = stage();
    const a = new Candidate('a', lease, timers);
    await run.for(100);
    a.weather = { thereMs: renewWithinMs, backMs: 3_000, isLost: false };
    await timers.run({ until: () => !leads(a), deadlineMs: timers.nowMs() + 60_000 });
    a.weather = FINE;
    const b = new Candidate('b', lease, timers);
    // Less than the lease that the late renewal would have left.
    await run.for(5 * retryMs);
    expect([leads(a), leads(b)]).toEqual([false, true]);
  });

  test('never has two leaders, whatever gets late or lost', async () => {
    const weather = fc.record({
      thereMs: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 50 }) },
        fc.integer({ min: 50, max: 30_000 }),
      ),
      backMs: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 50 }) }, fc.integer({ min: 50, max: 30_000 })),
      isLost: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
    });
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(weather, { minLength: 30, maxLength: 60 }), { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 10_000, max: 60_000 }),
        fc.nat(),
        async (weathers, stopAtMs, seed) => {
          const { timers, lease, leads } = stage();
          const nextLives = weathers.map((days, i) => {
            let day = 0;
            const next = () => days[day++ % days.length] as Weather;
            const { next: random } = createSeededRandom(seed + i);
            return (life: number) => new Candidate(`candidate-${i}-${life}`, lease, timers, i * 7_000, next, random);
          });
          const candidates = nextLives.map((begin) => begin(1));
          // Who has lost a term ends, and comes back as another.
          const keep = async (i: number, life: number): Promise<void> => {
            await candidates[i]?.ended;
            if (candidates[i]?.stop.signal.aborted) return;
            candidates[i] = (nextLives[i] as (life: number) => Candidate)(life + 1);
            await keep(i, life + 1);
          };
          candidates.forEach((_, i) => void keep(i, 1));
          timers.after(stopAtMs, () => candidates[0]?.stop.abort());
          let leader: Candidate | undefined;
          await timers.run({
            deadlineMs: START_MS + 180_000,
            until: () => {
              const leading = candidates.filter(leads);
              if (leading.length > 1) throw new Error(`${leading.length} leaders at +${timers.nowMs() - START_MS} ms`);
              if (leading[0] !== undefined && leading[0] !== leader) {
                leader = leading[0];
                changes += 1;
              }
              return false;
            },
          });
        },
      ),
      { seed: 7, numRuns: 150 },
    );
    // Else the weather was too fine to show anything.
    expect(changes).toBeGreaterThan(300);
  });
});
