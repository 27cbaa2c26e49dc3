import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonPatched } from './json-patch.ts';

const document = { metadata: { finalizers: ['a', 'b'], annotations: { 'x/y': '1' } } };

test.each([
  [
    'adds to the end of a list',
    [{ op: 'add', path: '/metadata/finalizers/-', value: 'c' }],
    { metadata: { finalizers: ['a', 'b', 'c'], annotations: { 'x/y': '1' } } },
  ],
  [
    'removes an item',
    [{ op: 'remove', path: '/metadata/finalizers/0' }],
    { metadata: { finalizers: ['b'], annotations: { 'x/y': '1' } } },
  ],
  [
    'reaches a key with a slash',
    [{ op: 'replace', path: '/metadata/annotations/x~1y', value: '2' }],
    { metadata: { finalizers: ['a', 'b'], annotations: { 'x/y': '2' } } },
  ],
  [
    'moves',
    [{ op: 'move', from: '/metadata/finalizers', path: '/f' }],
    { metadata: { annotations: { 'x/y': '1' } }, f: ['a', 'b'] },
  ],
  [
    'tests and copies',
    [
      { op: 'test', path: '/metadata/finalizers/1', value: 'b' },
      { op: 'copy', from: '/metadata/finalizers/1', path: '/b' },
    ],
    { ...document, b: 'b' },
  ],
  ['replaces the whole', [{ op: 'replace', path: '', value: 1 }], 1],
])('a JSON patch %s', (_what, patch, want) => {
  expect(jsonPatched(document, patch)).toEqual(want);
});

test.each([
  ['a path that is not there', [{ op: 'remove', path: '/spec' }], 422],
  ['a test that fails', [{ op: 'test', path: '/metadata/finalizers/0', value: 'z' }], 422],
  ['an index past the end', [{ op: 'add', path: '/metadata/finalizers/9', value: 'z' }], 422],
  ['a prototype', [{ op: 'remove', path: '/constructor' }], 422],
  ['an unknown operation', [{ op: 'explode', path: '/metadata' }], 400],
  ['something else than a list', { op: 'remove', path: '/metadata' }, 400],
])('a JSON patch with %s is refused', (_what, patch, wantCode) => {
  expect(() => jsonPatched(document, patch)).toThrow(expect.objectContaining({ code: wantCode }));
});

test('what is added is read back, and the original stays', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (key, value) => {
      const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      fc.pre(key !== '__proto__');
      expect(jsonPatched({}, [{ op: 'add', path, value }])).toEqual({ [key]: value });
    }),
    { seed: 7 },
  );
});
