import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { syntaxErrorIndex } from './json-syntax.ts';

const SEED = 20265;

describe('where a text stops being JSON', () => {
  test.each([
    ['{"a":1', 6],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['[1}', 2],
    ['tru', 0],
    ['01', 0],
    ['1.', 0],
    ['"a\nb"', 0],
    ['"\\x"', 0],
    ['{} {}', 3],
    ['', 0],
    ["{'a':1}", 1],
  ])('%j: at %d', (text, wantIndex) => {
    expect(syntaxErrorIndex(text)).toBe(wantIndex);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  test('is nowhere in what is JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), undefined, indent);
        expect(syntaxErrorIndex(spaced)).toBe(spaced.length);
      }),
      { seed: SEED },
    );
  });

  test('is within every text that JSON.parse refuses, and what stands before it can be the start of JSON', () => {
    const broken = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', 'x', ':', '\\', '1'))
      .map(([text, place, other]) => {
        const at = place % text.length;
        return text.slice(0, at) + other + text.slice(at + 1);
      })
      .filter((text) => !isJson(text));
    fc.assert(
      fc.property(broken, (text) => {
        const index = syntaxErrorIndex(text);
        // The same start never fails earlier, whatever follows.
        expect(syntaxErrorIndex(`${text.slice(0, index)}\u0000`)).toBe(index);
        expect(index).toBeLessThanOrEqual(text.length);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('is found in a text nested deeper than any stack', () => {
    expect(syntaxErrorIndex('['.repeat(1_000_000))).toBe(1_000_000);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
