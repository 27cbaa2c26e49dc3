// The tables of docs/operations.md stand beside the ones that the program reads its settings and options by.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { LAUNCHES_PAUSED_SETTING } from '../../src/api/names.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/operations.md');
const source = read('controller/src/config.ts');

/** The cells of a section's table, without their quotes. */
function tableOf(section: string): string[][] {
  const [, text] = page.split(`\n## ${section}\n`);
  const [own = ''] = (text ?? '').split(/^## /m);
  const [, , ...rows] = own.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) => {
    return row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''));
  });
}

/** The source text of a table in config.ts. */
const declared = (name: string) => source.split(`const ${name}:`)[1]?.split('\n};\n')[0] ?? '';

/** Keys that infra/ writes too stand in api/names.ts. */
const SHARED_KEYS: Readonly<Record<string, string>> = { LAUNCHES_PAUSED_SETTING };

test('every setting stands there with its key, its environment variable, and whether a change is live', () => {
  const row = /\{\s*key: (?:'([^']+)'|([A-Z_]+)),(?:\s*env: '([^']+)',)?[\s\S]*?live: (true|false)/g;
  const want = [...declared('SETTING_ROWS').matchAll(row)].map(([, key, constant = '', env = '', live]) => {
    return [key ?? SHARED_KEYS[constant], env, live === 'true' ? 'live' : 'restart'];
  });
  expect(want.length).toBeGreaterThan(0);
  expect(tableOf('Settings').map(([key, env, , change]) => [key, env, change])).toEqual(want);
});

test('every option stands there with its flag, its environment variable and its default', () => {
  const row = /\{ (?:flag: '([^']+)', )?env: '([^']+)', fallback: '?(\w+)'?/g;
  const want = [...declared('OPTION_ROWS').matchAll(row)].map(([, flag, env, fallback]) => {
    return [flag === undefined ? '' : `--${flag}`, env, fallback];
  });
  expect(want.length).toBeGreaterThan(0);
  expect(tableOf('Flags').map(([flag, env, fallback]) => [flag, env, fallback])).toEqual(want);
});
