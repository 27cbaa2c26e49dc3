// `npm test [-- suite …]`: installs what is missing, runs the suites one after another, ends with one line of counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, lockedEnvironment, node, root } from './install.mjs';
import { binaryPath, isBuilt, PARTS } from './parts.mjs';
import { SUITES, testFileCount } from './suites.mjs';

// As many as CI has cores. Suites that mostly wait for real processes say a number of their own.
const WORKERS = 2;
// What a test draws at random through jest is drawn alike in every run; properties name their own seeds.
const SEED = 20_261_125;

const mustRun = process.env.CI === 'true';
const counts = { passed: 0, failed: 0, skipped: 0 };

function chosenSuites(names) {
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(`no such suite: ${unknown.join(', ')} (there are ${SUITES.map((suite) => suite.name).join(', ')})`);
    process.exit(2);
  }
  return names.length === 0
    ? SUITES.filter((suite) => suite.runsByDefault)
    : SUITES.filter((suite) => names.includes(suite.name));
}

/** Runs the suite, or says why not: a suite without its real parts is skipped here and fails in CI. */
function runSuite(suite) {
  const parts = PARTS.filter((part) => suite.parts.includes(part.name));
  const missing = parts.filter((part) => !isBuilt(part));
  if (missing.length > 0) {
    const verdict = mustRun ? 'failed' : 'skipped';
    counts[verdict] += testFileCount(suite);
    console.error(
      `suite ${suite.name}: ${verdict}, ${missing.map((part) => part.name).join(', ')} not built; build with: npm run tools`,
    );
    return;
  }
  console.error(`suite ${suite.name}`);
  addCounts(runJest(suite, Object.fromEntries(parts.map((part) => [part.env, binaryPath(part)]))));
}

/** jest's JSON result, or undefined when it ended without one. Its report for people goes to stderr. */
function runJest(suite, partsEnvironment) {
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-test-'));
  const outputFile = join(folder, 'result.json');
  const environment = lockedEnvironment();
  const jest = spawnSync(
    node,
    [
      join('node_modules', 'jest', 'bin', 'jest.js'),
      ...['--selectProjects', suite.name, '--passWithNoTests', `--seed=${SEED}`],
      ...[`--maxWorkers=${suite.workers ?? WORKERS}`, '--json', `--outputFile=${outputFile}`],
    ],
    {
      cwd: root,
      // --json prints the result on stdout too; only the file is wanted.
      stdio: ['inherit', 'ignore', 'inherit'],
      env: {
        ...environment,
        ...partsEnvironment,
        NODE_OPTIONS: `${environment.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`,
      },
    },
  );
  try {
    return { result: JSON.parse(readFileSync(outputFile, 'utf8')), status: jest.status };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function addCounts(run) {
  if (run === undefined) {
    counts.failed += 1;
    return;
  }
  counts.passed += run.result.numPassedTests;
  counts.skipped += run.result.numPendingTests + run.result.numTodoTests;
  // A file that does not load has no tests to fail; jest may also fail for a reason of its own, as an open handle.
  const failed = run.result.numFailedTests + run.result.numRuntimeErrorTestSuites;
  counts.failed += failed === 0 && run.status !== 0 ? 1 : failed;
}

const suites = chosenSuites(process.argv.slice(2));
install();
for (const suite of suites) runSuite(suite);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 ? 1 : 0);
