import type { Result } from '../../bench/problem/result-file.ts';
import { runPlan } from '../../src/cli/plan-command.ts';

/** What our `plan` command prints for the problem file, with full detail. Throws when it refuses the file. */
export function solveByUs(path: string): Result {
  let out = '';
  let err = '';
  const code = runPlan(['-f', path, '-o', 'json', '--detail', 'full'], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    hasColours: false,
  });
  if (code !== 0) throw new Error(`plan ended with ${code}:\n${err}`);
  return JSON.parse(out) as Result;
}
