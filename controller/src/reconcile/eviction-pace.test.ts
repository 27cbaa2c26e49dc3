import { describe, expect, test } from '@jest/globals';
import { EvictionPace } from './eviction-pace.ts';

/** At which of these seconds the pod is asked, when each answer is a refusal. */
function askedAt(pace: EvictionPace, seconds: number): number[] {
  const asked: number[] = [];
  for (let second = 0; second <= seconds; second += 1) {
    if (!pace.mayTry('a', second * 1_000)) continue;
    asked.push(second);
    pace.refused('a', second * 1_000);
  }
  return asked;
}

describe('the pace of evictions', () => {
  test('asks a pod that a budget holds after 1, 2, 4, 8 seconds, then every 10', () => {
    expect(askedAt(new EvictionPace(), 40)).toEqual([0, 1, 3, 7, 15, 25, 35]);
  });

  test('does not ask again a pod that is going, until the watch should have shown it', () => {
    const pace = new EvictionPace();
    pace.granted('a', 0);
    expect(pace.mayTry('a', 9_999)).toBe(false);
    expect(pace.mayTry('a', 10_000)).toBe(true);
    expect(pace.mayTry('b', 0)).toBe(true);
  });

  test('keeps what is recent when it forgets', () => {
    const pace = new EvictionPace();
    pace.granted('a', 0);
    pace.prune(5_000);
    expect(pace.mayTry('a', 5_000)).toBe(false);
  });
});
