import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exactQuantity } from '../checks/exact-quantity.ts';
import { formatQuantities, parseQuantity } from './quantity.ts';

describe('quantities', () => {
  test.each<[string, string | number, number]>([
    ['cpu', '100m', 100],
    ['cpu', 1, 1000],
    ['cpu', '1.1', 1100],
    ['cpu', '0.0001', 1],
    ['cpu', '2e3m', 2000],
    ['memory', '1Gi', 2 ** 30],
    ['memory', '1.5Ki', 1536],
    ['memory', '129M', 129e6],
    ['memory', '128974848', 128974848],
    ['memory', '1E', 1e18],
    ['pods', '110', 110],
  ])('%s %s is %d', (resource, text, want) => {
    expect(parseQuantity(resource, text)).toBe(want);
  });

  test.each(['', 'abc', '1.2.3', '1Zi'])('"%s" is none', (text) => {
    expect(() => parseQuantity('memory', text)).toThrow('no quantity');
    expect(() => exactQuantity(text)).toThrow('no quantity');
  });

  test('what is written is read back, and the exact reading of the checks agrees', () => {
    fc.assert(
      fc.property(fc.constantFrom('cpu', 'memory', 'pods'), fc.nat({ max: 2 ** 40 }), (resource, amount) => {
        const text = formatQuantities({ [resource]: amount })[resource] ?? '';
        expect(parseQuantity(resource, text)).toBe(amount);
        expect(exactQuantity(text)).toBe((BigInt(amount) * 10n ** 9n) / (resource === 'cpu' ? 1000n : 1n));
      }),
      { seed: 1 },
    );
  });
});
