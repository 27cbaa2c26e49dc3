// `npm run tools`: builds the real parts that are not built yet, and says where they are.
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { binaryPath, GO_VERSION_MIN, isBuilt, PARTS, sourceDirectory } from './parts.mjs';

const BYTES_PER_MB = 1_000_000;

/** Ends the process with a reason when Go is missing or too old; a build would fail after minutes with a worse message. */
function requireGo() {
  const run = spawnSync('go', ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const found = run.status === 0 ? run.stdout.trim().replace(/^go/, '') : 'none';
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const [majorMin = 0, minorMin = 0] = GO_VERSION_MIN.split('.').map(Number);
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  console.error(`npm run tools needs Go ${GO_VERSION_MIN} or newer on the PATH (found: ${found})`);
  process.exit(1);
}

/** Builds beside the final path and renames, so that a killed build leaves nothing that looks finished. */
function build(part) {
  const binary = binaryPath(part);
  const unfinished = `${binary}.${process.pid}`;
  mkdirSync(dirname(binary), { recursive: true });
  console.error(`building ${part.name}: ${part.holds} (about ${part.buildMinutes} CPU minutes from an empty cache)`);
  const startedAtMs = Date.now();
  const run = spawnSync('go', ['build', '-mod=readonly', ...part.goBuildFlags, '-o', unfinished, '.'], {
    cwd: sourceDirectory(part),
    stdio: ['ignore', 'inherit', 'inherit'],
    // Modules come from the module proxy and never from a version control system, whatever GOPROXY falls back to.
    env: { ...process.env, CGO_ENABLED: '0', GOVCS: '*:off' },
  });
  if (run.status !== 0) {
    rmSync(unfinished, { force: true });
    return `${part.name}: build failed`;
  }
  renameSync(unfinished, binary);
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  console.log(`${part.name}: built in ${seconds} s, ${Math.round(statSync(binary).size / BYTES_PER_MB)} MB, ${binary}`);
  return undefined;
}

const missing = PARTS.filter((part) => !isBuilt(part));
for (const part of PARTS.filter(isBuilt)) console.log(`${part.name}: already built, ${binaryPath(part)}`);
if (missing.length > 0) requireGo();
const problems = missing.map(build).filter((problem) => problem !== undefined);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
