import { describe, expect, test } from '@jest/globals';
import { createSeededRandom } from './seeded-random.ts';
import { createSequenceIds } from './sequence-ids.ts';

describe('names', () => {
  test('are made of the prefix and five letters of the alphabet that Kubernetes generates from', () => {
    expect(createSequenceIds(3).next('inflate-')).toMatch(/^inflate-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test('never repeat, and come again under the same seed', () => {
    const draw = (seed: number): string[] => {
      const ids = createSequenceIds(seed);
      return Array.from({ length: 20_000 }, () => ids.next(''));
    };
    const names = draw(7);
    expect(new Set(names).size).toBe(names.length);
    expect(draw(7)).toEqual(names);
    expect(draw(8)).not.toEqual(names);
  });
});

describe('seeded chance', () => {
  test('stays within its bounds and reaches both', () => {
    const random = createSeededRandom(1);
    const draws = new Set(Array.from({ length: 1000 }, () => random.integer(3, 6)));
    expect([...draws].sort()).toEqual([3, 4, 5, 6]);
  });

  test('gives every name a stream that does not depend on what others draw', () => {
    const quiet = createSeededRandom(5).fork('kubelet');
    const busy = createSeededRandom(5);
    for (let draw = 0; draw < 10; draw++) busy.next();
    const forked = busy.fork('kubelet');
    expect([forked.next(), forked.next()]).toEqual([quiet.next(), quiet.next()]);
    expect(createSeededRandom(5).fork('scheduler').next()).not.toBe(createSeededRandom(5).fork('kubelet').next());
  });
});
