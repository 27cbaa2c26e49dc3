import { describe, expect, test } from '@jest/globals';
import { burstWaitMs } from './batch-window.ts';

const settings = { batchIdleMs: 1_000, batchMaxMs: 10_000 };

describe('a burst of pending pods', () => {
  test.each([
    [
      'is planned 100 ms after its last change once every pod has a verdict',
      { openedAtMs: 0, lastChangeMs: 50, hasUnjudgedPods: false },
      60,
      90,
    ],
    [
      'is planned at once when it has been quiet for 100 ms',
      { openedAtMs: 0, lastChangeMs: 50, hasUnjudgedPods: false },
      150,
      0,
    ],
    [
      'waits for verdicts up to batchIdleDuration',
      { openedAtMs: 0, lastChangeMs: 50, hasUnjudgedPods: true },
      150,
      900,
    ],
    [
      'is planned at batchMaxDuration although pods keep coming',
      { openedAtMs: 0, lastChangeMs: 9_990, hasUnjudgedPods: true },
      10_000,
      0,
    ],
  ])('%s', (_, burst, nowMs, want) => {
    expect(burstWaitMs(burst, settings, nowMs)).toBe(want);
  });
});
