import { expect, test } from '@jest/globals';
import { parseDurationNanos } from './duration.ts';

test.each<[string, bigint | undefined]>([
  ['30s', 30_000_000_000n],
  ['1m30s', 90_000_000_000n],
  ['1.5h', 5_400_000_000_000n],
  ['.5ms', 500_000n],
  ['0', 0n],
  ['+1us', 1_000n],
  ['', undefined],
  ['30', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['soon', undefined],
  [`${'9'.repeat(20)}h`, undefined],
])('%s is %s ns', (text, want) => {
  expect(parseDurationNanos(text)).toBe(want);
});
