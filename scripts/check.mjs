// `npm run check`: everything that can be said about the sources without running them. All checks run, whatever fails.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, lockedEnvironment, node, root } from './install.mjs';

const bin = (...path) => join('node_modules', ...path);
const SOURCES = ['infra', 'controller', 'scripts'];

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
];

/** Runs one check quietly and prints its output only when it fails. */
function runCheck({ name, command: [file, ...args] }) {
  const startedAtMs = Date.now();
  const run = spawnSync(file, args, {
    cwd: root,
    env: lockedEnvironment(),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  const passed = run.status === 0;
  if (!passed) process.stderr.write(`${run.error?.message ?? ''}${run.stdout ?? ''}${run.stderr ?? ''}\n`);
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return passed;
}

install();
const failed = CHECKS.map(runCheck).filter((passed) => !passed).length;
console.log(`${CHECKS.length - failed} checks passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
