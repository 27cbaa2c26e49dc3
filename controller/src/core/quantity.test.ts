import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatQuantity, parseQuantity, type Quantity, quantityFromInteger, quantityToInteger } from './quantity.ts';

const SEED = 20261;

const parsed = (text: string | number): Quantity => {
  const quantity = parseQuantity(text);
  if (quantity === undefined) throw new Error(`${text} is no quantity`);
  return quantity;
};

describe('a quantity', () => {
  test.each([
    ['0', '0'],
    ['1', '1'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['1000', '1k'],
    ['12345', '12345'],
    ['1000000', '1M'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1536', '1536'],
    ['1e3', '1e3'],
    ['15E2', '1500'],
    ['1E', '1E'],
    ['100u', '100u'],
    ['1n', '1n'],
    ['-2Gi', '-2Gi'],
    ['+3', '3'],
    ['0.1Ki', '102400m'],
    ['512Ki', '512Ki'],
    ['1000Ei', '9223372036854775807'],
    [2, '2'],
    [0.25, '250m'],
  ])('%s is written canonically as %s', (text, wantText) => {
    expect(formatQuantity(parsed(text))).toBe(wantText);
  });

  test.each([
    '',
    ' 1',
    '1 ',
    '.',
    '-',
    '1Kib',
    '1ki',
    '1K',
    'abc',
    '1e',
    '1e+',
    '1..2',
    '0x10',
    'NaN',
    '1,5',
    '١',
    '1'.repeat(257),
  ])('is not what %p denotes', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test('finer than a billionth rounds away from zero, and a hostile exponent costs nothing', () => {
    expect(parsed('0.0000000001').nano).toBe(1n);
    expect(parsed('-0.0000000001').nano).toBe(-1n);
    expect(parsed('1e-999999999').nano).toBe(1n);
    expect(parsed('0e999999999').nano).toBe(0n);
    expect(formatQuantity(parsed('1e999999999'))).toBe('9223372036854775807');
  });

  test('becomes an integer by rounding requests up and capacity down', () => {
    expect(quantityToInteger(parsed('1.0001'), 3, 'up')).toBe(1001);
    expect(quantityToInteger(parsed('1.0001'), 3, 'down')).toBe(1000);
    expect(quantityToInteger(parsed('-1.0001'), 3, 'up')).toBe(-1000);
    expect(quantityToInteger(parsed('-1.0001'), 3, 'down')).toBe(-1001);
  });

  test('saturates at the largest exact integer', () => {
    expect(quantityToInteger(parsed('16Pi'), 0, 'up')).toBe(Number.MAX_SAFE_INTEGER);
    expect(quantityToInteger(parsed('-16Pi'), 0, 'down')).toBe(-Number.MAX_SAFE_INTEGER);
  });

  test('survives being written and read again', () => {
    const format = fc.constantFrom('decimal-si' as const, 'binary-si' as const, 'decimal-exponent' as const);
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 24n), 10n ** 24n), format, (nano, family) => {
        expect(parsed(formatQuantity({ nano, format: family })).nano).toBe(nano);
      }),
      { seed: SEED },
    );
  });

  test('of an integer amount gives the amount back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(0, 3), (amount, decimals) => {
        const quantity = parsed(formatQuantity(quantityFromInteger(amount, decimals, 'binary-si')));
        expect(quantityToInteger(quantity, decimals, 'up')).toBe(amount === 0 ? 0 : amount);
      }),
      { seed: SEED },
    );
  });
});
