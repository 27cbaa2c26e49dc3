// A promise of docs/reliability.md is worth the tests that it names.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/reliability.md', root), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| promise |'));
const testsOf = (row: string) => [...row.matchAll(/`((?:test|src)\/[^`]+)`/g)].map(([, path = '']) => path);

test.each(rows)('%s', (row) => {
  const named = testsOf(row);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((path) => !existsSync(new URL(`controller/${path}`, root)))).toEqual([]);
});
