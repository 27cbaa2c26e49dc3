import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseQuantity, quantityText } from './quantity.ts';

const DECIMAL = fc
  .tuple(fc.nat(), fc.option(fc.nat(), { nil: undefined }))
  .map((parts) => parts.filter((part) => part !== undefined).join('.'));

const canonical = (written: string | number) => {
  const quantity = parseQuantity(written);
  return quantity && quantityText(quantity);
};

describe('a quantity has one spelling', () => {
  test.each<[string | number, string]>([
    ['100Gi', '100Gi'],
    ['1024Mi', '1Gi'],
    ['0.5Ti', '512Gi'],
    ['0.1Gi', '107374182400m'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    [20_000_000_000, '20G'],
    ['1e10', '10e9'],
    ['64e12', '64e12'],
    ['+5', '5'],
    ['-1024Mi', '-1Gi'],
    ['0Gi', '0'],
    ['.5', '500m'],
    ['5.', '5'],
    ['0.1n', '1n'],
  ])('%s is %s', (written, want) => {
    expect(canonical(written)).toBe(want);
  });
});

test.each(['', '+', '.', 'much', '1e3.5', '1 Gi', '1gi', '1.2.3', '9'.repeat(65), '1e100'])(
  '%j is no quantity',
  (written) => {
    expect(parseQuantity(written)).toBeUndefined();
  },
);

test('spelling a quantity and reading it again gives the same amount and spelling', () => {
  const suffixes = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-3', 'E6');
  const property = fc.property(DECIMAL, suffixes, (number, suffix) => {
    const first = parseQuantity(`${number}${suffix}`);
    const text = first && quantityText(first);
    expect(text && parseQuantity(text)?.nanos).toBe(first?.nanos);
    expect(text && canonical(text)).toBe(text);
  });
  fc.assert(property, { seed: 1 });
});
