// `npm run check`: everything that can be said about the sources without running them. All checks run, whatever fails. One that cannot be
// made here, because it needs an answer that nobody gives, is named as skipped.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, lockedEnvironment, node, root } from './install.mjs';

const bin = (...path) => join('node_modules', ...path);
const SOURCES = ['infra', 'controller', 'scripts'];
/** The exit code of a check that could not be made. */
const SKIPPED = 3;
const MARKS = new Map([
  [0, 'ok'],
  [SKIPPED, 'skipped'],
]);

const CHECKS = [
  { name: 'format', command: [bin('.bin', 'biome'), 'check', '--error-on-warnings', '.'] },
  { name: 'lint', command: [bin('.bin', 'oxlint'), '--deny-warnings', ...SOURCES] },
  { name: 'types', command: [node, bin('typescript', 'bin', 'tsc'), '--noEmit'] },
  {
    name: 'imports',
    command: [
      node,
      bin('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      ...SOURCES,
    ],
  },
  { name: 'dead code', command: [node, bin('knip', 'bin', 'knip.js'), '--no-progress'] },
  { name: 'generated files', command: [node, join('scripts', 'generate.ts'), '--check'] },
  { name: 'audit', command: [process.execPath, join('scripts', 'audit.mjs')] },
];

/** Runs one check quietly and prints its output only when it does not pass. Returns its mark. */
function runCheck({ name, command: [file, ...args] }) {
  const startedAtMs = Date.now();
  const run = spawnSync(file, args, {
    cwd: root,
    env: lockedEnvironment(),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  const mark = MARKS.get(run.status) ?? 'FAILED';
  if (mark !== 'ok') process.stderr.write(`${run.error?.message ?? ''}${run.stdout ?? ''}${run.stderr ?? ''}\n`);
  console.log(`${mark.padEnd(7)} ${name} (${seconds} s)`);
  return mark;
}

install();
const marks = CHECKS.map(runCheck);
const count = (wanted) => marks.filter((mark) => mark === wanted).length;
console.log(`${count('ok')} checks passed, ${count('FAILED')} failed, ${count('skipped')} skipped`);
process.exit(count('FAILED') > 0 ? 1 : 0);
