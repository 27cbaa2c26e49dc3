import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonSyntaxError, type ReadBytes, readParts } from './json-parts.ts';

const SEED = 20265;

/** A source that gives at most `bytesMax` at a time, however many are asked for. */
function inSlices(text: string, bytesMax: number): ReadBytes {
  const bytes = Buffer.from(text);
  let at = 0;
  return (asked) => {
    const slice = bytes.subarray(at, at + Math.min(asked, bytesMax));
    at += slice.length;
    return slice;
  };
}

/** The fields of the object that the parts make up. */
function whole(read: ReadBytes): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const part of readParts(read)) {
    if (part.kind === 'value') fields.set(part.key, part.value);
    else if (part.kind === 'list') fields.set(part.key, []);
    else (fields.get(part.key) as unknown[])[part.index] = part.value;
  }
  return fields;
}

function failure(text: string): string {
  try {
    whole(inSlices(text, 3));
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
  return 'none';
}

describe('the parts of a JSON object', () => {
  test('come in order, lists element by element', () => {
    const text = '{ "format": 1, "pods": [{"a": ["]"]}, null], "nodes": [], "options": {"x": [1]} }';
    expect([...readParts(inSlices(text, 5))]).toEqual([
      { kind: 'value', key: 'format', value: 1 },
      { kind: 'list', key: 'pods' },
      { kind: 'element', key: 'pods', index: 0, value: { a: [']'] } },
      { kind: 'element', key: 'pods', index: 1, value: null },
      { kind: 'list', key: 'nodes' },
      { kind: 'value', key: 'options', value: { x: [1] } },
    ]);
  });

  test('are not ended by brackets and quotes inside of texts', () => {
    const object = { pods: [{ a: '}"]' }, { '"{[': '\\' }, '\\"'], name: '"}' };
    expect(whole(inSlices(JSON.stringify(object), 2))).toEqual(new Map(Object.entries(object)));
  });

  test('make up what JSON.parse reads, wherever the bytes are cut', () => {
    const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(value, fc.array(value)), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(object, fc.integer({ min: 1, max: 9 }), fc.constantFrom(undefined, 2), (object, bytesMax, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        expect(whole(inSlices(text, bytesMax))).toEqual(new Map(Object.entries(JSON.parse(text))));
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  test.each([
    ['', 'line 1 column 1: not JSON, found the end'],
    ['[]', 'line 1 column 1: not JSON, found "["'],
    ['{"a":1', 'line 1 column 7: not JSON, found the end'],
    ['{"a":1}\n]', 'line 2 column 1: not JSON, found "]"'],
    ['{"pods":[\n {"a":1},\n {"a":é}\n]}', 'line 3 column 7: not JSON, found "é"'],
    ['{"pods":[\n {"a":1\n,\n"b"  2}', 'line 4 column 6: not JSON, found "2"'],
    ['{"pods":[{}', 'line 1 column 12: not JSON, found the end'],
    ['{"pods":[{},]}', 'line 1 column 13: not JSON, found "]"'],
    ['{"pods":[{"a":"b', 'line 1 column 15: not JSON, found "\\""'],
    ['{"a":1 "b":2}', 'line 1 column 8: not JSON, found "\\""'],
  ])('%j breaks at %s', (text, wantMessage) => {
    expect(failure(text)).toBe(wantMessage);
  });
});
