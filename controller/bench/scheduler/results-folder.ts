import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = ['../../src', '..'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/**
 * Where rows of these sources belong, under the user's cache: a stopped run goes on there, and a change of the scheduler, of the bench or of what
 * is asked begins anew.
 */
export function resultsFolder(asked: {
  readonly runs: number;
  readonly seed: string;
  readonly minutes: number;
}): string {
  const hash = createHash('sha256').update(JSON.stringify(asked));
  for (const folder of SOURCES) {
    for (const file of sourceFiles(folder)) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  }
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'karpenter-gitops', `bench-${hash.digest('hex').slice(0, 16)}`);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
}
