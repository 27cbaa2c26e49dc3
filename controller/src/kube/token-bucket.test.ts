import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.ts';

test('lets a burst through at once and then the rate', () => {
  const bucket = new TokenBucket(10, 3, 0);
  expect([0, 0, 0, 0].map((nowMs) => bucket.tryTake(nowMs))).toEqual([true, true, true, false]);
  expect([bucket.tryTake(99), bucket.tryTake(100), bucket.tryTake(101)]).toEqual([false, true, false]);
});

test('reserves future tokens in the order of the calls, up to the wait that is allowed', () => {
  const bucket = new TokenBucket(10, 1, 0);
  expect([1, 2, 3].map(() => bucket.reserve(0, 150))).toEqual([0, 100, -200]);
  expect(bucket.reserve(100, 150)).toBe(100);
});

test('a clock that jumps back neither adds nor takes tokens', () => {
  const bucket = new TokenBucket(10, 1, 1000);
  expect(bucket.tryTake(1000)).toBe(true);
  expect(bucket.tryTake(0)).toBe(false);
  expect(bucket.tryTake(100)).toBe(true);
});

test('never lets more through than burst plus rate times time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 200 }), (pausesMs) => {
      const bucket = new TokenBucket(20, 5, 0);
      let nowMs = 0;
      let taken = 0;
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        if (bucket.tryTake(nowMs)) taken += 1;
      }
      return taken <= 5 + (20 * nowMs) / 1000 + 1e-6;
    }),
    { seed: 3 },
  );
});
