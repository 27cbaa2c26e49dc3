import { setImmediate } from 'node:timers';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createVirtualTimers } from './virtual-timers.ts';

const START_MS = Date.UTC(2026, 10, 1);

describe('virtual time', () => {
  test('passes only in a run, to exactly the instant asked for', async () => {
    const timers = createVirtualTimers(START_MS);
    const firedAtMs: number[] = [];
    timers.after(1500, () => firedAtMs.push(timers.nowMs() - START_MS));
    timers.after(5000, () => firedAtMs.push(timers.nowMs() - START_MS));
    expect(await timers.run({ untilMs: START_MS + 2000 })).toBe(true);
    expect(firedAtMs).toEqual([1500]);
    expect(timers.nowMs()).toBe(START_MS + 2000);
  });

  test('fires by time, and at one instant in the order of setting, whatever was set when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }), async (delays) => {
        const timers = createVirtualTimers(START_MS);
        const fired: number[] = [];
        for (const [index, delay] of delays.entries()) timers.after(delay, () => fired.push(index));
        await timers.run({ untilMs: START_MS + 10 });
        const want = delays
          .map((delay, index) => ({ delay, index }))
          .sort((a, b) => a.delay - b.delay || a.index - b.index);
        expect(fired).toEqual(want.map(({ index }) => index));
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('stands still until a long chain of promises, macrotasks between them included, has settled', async () => {
    const timers = createVirtualTimers(START_MS);
    const story: string[] = [];
    const work = async (): Promise<void> => {
      for (let link = 0; link < 200; link++) await Promise.resolve();
      await new Promise<void>((resolve) => setImmediate(resolve));
      timers.after(0, () => story.push(`worked at ${timers.nowMs() - START_MS}`));
    };
    timers.after(10, () => void work());
    timers.after(11, () => story.push('later'));
    await timers.run({ untilMs: START_MS + 20 });
    expect(story).toEqual(['worked at 10', 'later']);
  });

  test('tells a condition that came true from one that did not in time, and from one that nothing can bring', async () => {
    const timers = createVirtualTimers(START_MS);
    let isTrue = false;
    timers.after(100, () => {
      isTrue = true;
    });
    expect(await timers.run({ until: () => isTrue, deadlineMs: START_MS + 50 })).toBe(false);
    expect(await timers.run({ until: () => isTrue, deadlineMs: START_MS + 500 })).toBe(true);
    expect(timers.nowMs()).toBe(START_MS + 100);
    expect(await timers.run({ until: () => false })).toBe(false);
  });

  test('never fires what was cancelled, and wakes a sleeper at once when his signal aborts', async () => {
    const timers = createVirtualTimers(START_MS);
    const story: string[] = [];
    const cancel = timers.after(10, () => story.push('cancelled'));
    const abort = new AbortController();
    void timers.sleep(60_000, abort.signal).then(() => story.push(`woke at ${timers.nowMs() - START_MS}`));
    timers.after(5, () => {
      cancel();
      abort.abort();
    });
    await timers.run({ untilMs: START_MS + 20 });
    expect(story).toEqual(['woke at 5']);
  });

  test('fails with what an action throws, and when time does not pass', async () => {
    const timers = createVirtualTimers(START_MS);
    timers.after(1, () => {
      throw new Error('a bug');
    });
    await expect(timers.run({ untilMs: START_MS + 5 })).rejects.toThrow('a bug');
    const again = (): void => void timers.after(0, again);
    again();
    await expect(timers.run({ untilMs: START_MS + 10 })).rejects.toThrow('time does not pass');
  });
});
