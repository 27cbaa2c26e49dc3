import { describe, expect, test } from '@jest/globals';
import { createVirtualTimers } from '../../sandbox/virtual-timers.ts';
import {
  type Again,
  RETRY_DELAY_MS_CHANGED,
  RETRY_DELAY_MS_MAX,
  RETRY_DELAY_MS_MIN,
  retryDelayMs,
  WorkQueue,
} from './work-queue.ts';

/** A queue whose worker takes `workMs` a key and does as `answer` says; `worked` tells when which key was begun. */
function bench(options: {
  readonly workMs?: number;
  readonly concurrency?: number;
  readonly answer?: (key: string, turn: number) => Again | Error;
}) {
  const timers = createVirtualTimers(0);
  const queue = new WorkQueue(timers);
  const stop = new AbortController();
  const worked: [number, string][] = [];
  let mostAtOnce = 0;
  const active: string[] = [];
  const work = async (key: string): Promise<Again> => {
    expect(active).not.toContain(key);
    active.push(key);
    mostAtOnce = Math.max(mostAtOnce, active.length);
    worked.push([timers.nowMs(), key]);
    const turn = worked.filter(([, each]) => each === key).length;
    await timers.sleep(options.workMs ?? 10, new AbortController().signal);
    active.splice(active.indexOf(key), 1);
    const answer = options.answer?.(key, turn) ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const ended = queue.run(work, { concurrency: options.concurrency ?? 4, onError: () => {} }, stop.signal);
  return { timers, queue, worked, stop, ended, mostAtOnce: () => mostAtOnce };
}

describe('a work queue', () => {
  test('works a key once that was added three times', async () => {
    const { timers, queue, worked } = bench({});
    queue.add('a');
    queue.add('a');
    queue.add('a');
    await timers.run({ untilMs: 100 });
    expect(worked).toEqual([[0, 'a']]);
  });

  test('works a key once more that was added while it was worked, and never twice at once', async () => {
    const { timers, queue, worked } = bench({});
    queue.add('a');
    for (const atMs of [2, 4, 6]) timers.after(atMs, () => queue.add('a'));
    await timers.run({ untilMs: 100 });
    expect(worked).toEqual([
      [0, 'a'],
      [10, 'a'],
    ]);
  });

  test('works other keys meanwhile, as many as it has workers, in the order they came', async () => {
    const { timers, queue, worked, mostAtOnce } = bench({ concurrency: 2 });
    for (const key of ['c', 'a', 'b']) queue.add(key);
    await timers.run({ untilMs: 100 });
    expect(worked).toEqual([
      [0, 'c'],
      [0, 'a'],
      [10, 'b'],
    ]);
    expect(mostAtOnce()).toBe(2);
  });

  test('looks again after what the worker asked for', async () => {
    const { timers, queue, worked } = bench({ answer: (_, turn) => (turn < 3 ? { afterMs: 50 } : {}) });
    queue.add('a');
    await timers.run({ untilMs: 1_000 });
    expect(worked.map(([ms]) => ms)).toEqual([0, 60, 120]);
  });

  test('keeps the earliest of several delays, and drops all of them for a change', async () => {
    const { timers, queue, worked } = bench({});
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 300);
    queue.addAfter('b', 400);
    timers.after(200, () => queue.add('b'));
    await timers.run({ untilMs: 2_000 });
    expect(worked).toEqual([
      [100, 'a'],
      [200, 'b'],
    ]);
  });

  test('backs off a key that fails, alone, and forgets its failures with the first success', async () => {
    const { timers, queue, worked } = bench({
      answer: (key, turn) => (key === 'bad' && turn <= 3 ? new Error('no') : {}),
    });
    queue.add('bad');
    queue.add('good');
    await timers.run({ untilMs: 10_000 });
    expect(worked).toEqual([
      [0, 'bad'],
      [0, 'good'],
      [210, 'bad'],
      [620, 'bad'],
      [1_430, 'bad'],
    ]);
    queue.add('bad');
    await timers.run({ untilMs: 10_100 });
    expect(worked.at(-1)).toEqual([10_000, 'bad']);
  });

  test('does not try a failing key at once because it changed: the change may be the note of its failure', async () => {
    const { timers, queue, worked } = bench({ answer: () => new Error('no') });
    queue.add('a');
    // A change every tenth of a second, half of them while it is worked.
    for (let atMs = 5; atMs < 120_000; atMs += 100) timers.after(atMs, () => queue.add('a'));
    await timers.run({ untilMs: 120_000 });
    expect(worked.length).toBeLessThan(120_000 / RETRY_DELAY_MS_CHANGED + 6);
    expect(worked.length).toBeGreaterThan(15);
  });

  test('ends when it is told to, waits for the workers that are busy, and leaves no timer behind', async () => {
    const { timers, queue, worked, stop, ended } = bench({ workMs: 100 });
    queue.add('a');
    queue.addAfter('b', 500);
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    timers.after(50, () => stop.abort());
    await timers.run({ untilMs: 99 });
    expect(hasEnded).toBe(false);
    await timers.run({ untilMs: 100 });
    expect(hasEnded).toBe(true);
    expect(await timers.run({ until: () => worked.length > 1, deadlineMs: 10_000 })).toBe(false);
  });

  test('doubles the delay from its minimum and never exceeds its maximum', () => {
    expect(retryDelayMs(1)).toBe(RETRY_DELAY_MS_MIN);
    expect(retryDelayMs(2)).toBe(2 * RETRY_DELAY_MS_MIN);
    expect(retryDelayMs(1_000)).toBe(RETRY_DELAY_MS_MAX);
  });
});
