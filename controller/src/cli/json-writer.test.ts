import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { writeJsonObject } from './json-writer.ts';

const SEED = 20267;

function written(fields: Parameters<typeof writeJsonObject>[0]): string[] {
  const pieces: string[] = [];
  writeJsonObject(fields, (text) => pieces.push(text));
  return pieces;
}

describe('a JSON object written in pieces', () => {
  test('reads as the object that it was made of', () => {
    const value = fc.jsonValue({ stringUnit: 'binary' });
    const field = fc.tuple(
      fc.string({ unit: 'binary' }).map((text) => `f${text}`),
      fc.oneof(value, fc.array(value)),
    );
    fc.assert(
      fc.property(fc.uniqueArray(field, { selector: ([key]) => key }), (fields) => {
        const text = written(
          fields.map(([key, value]) =>
            Array.isArray(value) ? ([key, value, 'list'] as const) : ([key, value] as const),
          ),
        ).join('');
        const plain = Object.fromEntries(fields);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(plain)));
      }),
      { seed: SEED },
    );
  });

  test('leaves out what is undefined, and keeps an empty list', () => {
    expect(
      written([
        ['gone', undefined],
        ['none', [], 'list'],
        ['zero', 0],
      ]),
    ).toEqual(['{\n "none": [],\n "zero": 0\n}\n']);
  });

  test('hands a long list on while its elements are still being made', () => {
    let made = 0;
    let madeWhenHandedOn = 0;
    function* elements() {
      for (; made < 100_000; made += 1) yield { index: made };
    }
    writeJsonObject([['list', elements(), 'list']], () => {
      madeWhenHandedOn ||= made;
    });
    expect(madeWhenHandedOn).toBeGreaterThan(0);
    expect(madeWhenHandedOn).toBeLessThan(10_000);
  });
});
