// docs/errors.md is what operators look codes up in: it has to know each of them, and none that nothing ever says.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { OPERATION_CODES } from '../../src/ports/operation-error.ts';
import { REASON_CODES } from '../../src/reconcile/report.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/errors.md');

/** The codes in the headings of a section, in the order of the page. */
function documentedCodes(section: string): string[] {
  const [, text] = page.split(`\n## ${section}\n`);
  if (text === undefined) throw new Error(`docs/errors.md has no section "${section}"`);
  const [own = ''] = text.split(/^## /m);
  return [...own.matchAll(/^### `([^`]+)`$/gm)].map((match) => match[1] as string);
}

/** The texts of a union that exists in the types only, read from the declaration between `start` and the next semicolon. */
function unionIn(path: string, start: string): string[] {
  const [, rest] = read(path).split(start);
  if (rest === undefined) throw new Error(`${path} does not declare "${start}"`);
  const [declaration = ''] = rest.split(';');
  return [...declaration.matchAll(/'([^']+)'/g)].map((match) => match[1] as string);
}

const SECTIONS: readonly (readonly [section: string, codes: readonly string[]])[] = [
  ['Errors of Kubernetes and AWS', OPERATION_CODES],
  ['Why a pod has no place', unionIn('controller/src/core/scheduling/plan.ts', 'export type UnplacedCode =')],
  ['What happened', REASON_CODES],
  ['What keeps a Machine', unionIn('controller/src/core/deprovisioning/command.ts', 'readonly code:')],
];

describe('docs/errors.md', () => {
  test.each(SECTIONS)('explains under "%s" each code there is, once, and no other', (section, codes) => {
    expect(codes.length).toBeGreaterThan(0);
    expect(documentedCodes(section).sort()).toEqual([...codes].sort());
  });

  test('says something of each code', () => {
    const [, ...entries] = page.split(/^### `/m);
    const silent = entries.filter((entry) => !/^[^`]+`\n\n[A-Z]/.test(entry)).map((entry) => entry.split('`')[0]);
    expect(silent).toEqual([]);
  });

  test('has no code outside of its four sections', () => {
    const inSections = SECTIONS.flatMap(([section]) => documentedCodes(section));
    expect([...page.matchAll(/^### `/gm)]).toHaveLength(inSections.length);
  });
});
