import { describe, expect, test } from '@jest/globals';
import { createVirtualTimers } from '../../sandbox/virtual-timers.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { LogLevel, Telemetry } from '../ports/telemetry.ts';
import { runSingletonLoop, Wakeup } from './loop.ts';
import type { Again } from './work-queue.ts';

function memoryTelemetry() {
  const levels: LogLevel[] = [];
  const codes: unknown[] = [];
  const telemetry: Telemetry = {
    log: (level, _logger, _message, fields) => {
      levels.push(level);
      codes.push(fields?.['code']);
    },
    count: () => {},
    gauge: () => {},
    observe: () => {},
    forget: () => {},
  };
  return { telemetry, levels, codes };
}

/** A loop on virtual time; `passes` tells when each pass began. */
function bench(options: { readonly gatherMs?: number; readonly answer?: (turn: number) => Again | Error }) {
  const timers = createVirtualTimers(0);
  const wakeup = new Wakeup();
  const stop = new AbortController();
  const passes: number[] = [];
  const memory = memoryTelemetry();
  const pass = async (): Promise<Again> => {
    passes.push(timers.nowMs());
    const answer = options.answer?.(passes.length) ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const loop = { name: 'x', wakeup, gatherMs: options.gatherMs ?? 0, idleMsMax: 1_000, pass };
  const ended = runSingletonLoop(loop, timers, memory.telemetry, stop.signal);
  return { timers, wakeup, passes, stop, ended, ...memory };
}

describe('a bell', () => {
  test('remembers a ring until somebody has waited for it, and counts none', async () => {
    const timers = createVirtualTimers(0);
    const bell = new Wakeup();
    const never = new AbortController().signal;
    bell.ring();
    bell.ring();
    expect(await bell.wait(100, timers, never)).toBe(true);
    const second = bell.wait(100, timers, never);
    await timers.run({ untilMs: 100 });
    expect(await second).toBe(false);
  });

  test('wakes whom it finds waiting, and lets the dead go', async () => {
    const timers = createVirtualTimers(0);
    const bell = new Wakeup();
    const stop = new AbortController();
    const waiting = bell.wait(10_000, timers, stop.signal);
    timers.after(50, () => bell.ring());
    await timers.run({ untilMs: 60 });
    expect(await waiting).toBe(true);
    const dying = bell.wait(10_000, timers, stop.signal);
    stop.abort();
    expect(await dying).toBe(false);
  });
});

describe('a loop of passes', () => {
  test('passes at a ring, after what the last pass asked for, and at the latest after its idle time', async () => {
    const { timers, wakeup, passes } = bench({ answer: (turn) => (turn === 2 ? { afterMs: 100 } : {}) });
    timers.after(300, () => wakeup.ring());
    await timers.run({ untilMs: 1_500 });
    expect(passes).toEqual([0, 300, 400, 1_400]);
  });

  test('gathers rings that come together into one pass', async () => {
    const { timers, wakeup, passes } = bench({ gatherMs: 50 });
    for (const atMs of [100, 110, 140]) timers.after(atMs, () => wakeup.ring());
    await timers.run({ untilMs: 900 });
    // The last pass answers the rings that came while it waited for the first to be joined.
    expect(passes.slice(0, 2)).toEqual([0, 150]);
    expect(passes.length).toBeLessThanOrEqual(3);
  });

  test('outlives its failures, further and further apart', async () => {
    const { timers, passes } = bench({ answer: (turn) => (turn <= 3 ? new Error('no') : {}) });
    await timers.run({ untilMs: 1_600 });
    expect(passes).toEqual([0, 200, 600, 1_400]);
  });

  test('tells an error of ours from one of the world, and a conflict from both', async () => {
    const errors = [
      new TypeError('a bug'),
      new OperationError('throttled', 'backoff', 'slow down'),
      new OperationError('conflict', 'refresh', 'changed meanwhile'),
    ];
    const { timers, levels, codes } = bench({ answer: (turn) => errors[turn - 1] ?? {} });
    await timers.run({ untilMs: 2_000 });
    expect(levels).toEqual(['error', 'warn', 'debug']);
    expect(codes).toEqual(['unexpected', 'throttled', 'conflict']);
  });

  test('ends when it is told to', async () => {
    const { timers, passes, stop, ended } = bench({});
    timers.after(100, () => stop.abort());
    await timers.run({ untilMs: 5_000 });
    await ended;
    expect(passes).toEqual([0]);
  });
});
