import { describe, expect, test } from '@jest/globals';
import { PatternMix } from './pattern-mix.ts';

describe('a mix of patterns', () => {
  test('gets cheaper by a pattern that holds more than its price', () => {
    const alone = [
      { counts: [1, 0], price: 1 },
      { counts: [0, 1], price: 1 },
    ];
    const mix = new PatternMix([3, 2], alone);
    expect(mix.price).toBeCloseTo(5, 4);
    mix.add([{ counts: [1, 1], price: 1.5 }]);
    // Two of both, and one more of the first shape.
    expect(mix.price).toBeCloseTo(4, 4);
    const [first = 0, second = 0] = mix.worth();
    expect(first + second).toBeCloseTo(1.5, 9);
  });

  test('rather holds too many of a shape than it pays more', () => {
    const alone = [
      { counts: [1, 0], price: 5 },
      { counts: [0, 1], price: 1 },
    ];
    const mix = new PatternMix([1, 1], alone);
    mix.add([{ counts: [1, 2], price: 1.2 }]);
    expect(mix.price).toBeCloseTo(1.2, 4);
    expect(Math.min(...mix.worth())).toBeGreaterThanOrEqual(-1e-9);
  });

  test('never claims to be cheaper than it is: demand is only ever enlarged', () => {
    expect(new PatternMix([7], [{ counts: [2], price: 1 }]).price).toBeGreaterThanOrEqual(3.5);
  });
});
