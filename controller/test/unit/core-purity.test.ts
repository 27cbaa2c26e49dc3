import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const CORE = new URL('../../src/core/', import.meta.url);

/** What would make the same arguments give another answer tomorrow, or on another machine. */
const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ['the clock', /\bDate\b|\bperformance\b/],
  ['chance', /Math\.random|\bcrypto\b/],
  ['the process', /\bprocess\./],
  ['timers', /\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/],
  ['promises', /\bPromise\b|\basync\b|\bawait\b/],
  ['the console', /\bconsole\./],
  ['a locale', /localeCompare|toLocale|\bIntl\b/],
  ['the network', /\bfetch\(/],
];

const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
const files = readdirSync(CORE, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

describe.each(files)('core/%s', (name) => {
  const text = code(readFileSync(new URL(name, CORE), 'utf8'));

  test.each(FORBIDDEN)('does not use %s', (_, forbidden) => {
    expect(text).not.toMatch(forbidden);
  });

  test('imports nothing from outside core', () => {
    const imports = [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1] as string);
    for (const target of imports) {
      expect(new URL(target, new URL(name, CORE)).href).toContain(CORE.href);
      expect(target).toMatch(/^\.\.?\//);
    }
  });
});
