// `npm run tools [-- part …]`: builds the real parts that are not built yet, and says where they are.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { binaryPath, GO_VERSION_MIN, isBuilt, PARTS, partDirectory, sourceDirectory } from './parts.mjs';

// Modules come from the module proxy and never from a version control system, whatever GOPROXY falls back to.
const goEnvironment = (part) => ({ ...process.env, CGO_ENABLED: '0', GOVCS: '*:off', ...part.goEnvironment });

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

/** Builds the part; a problem, or undefined. The program appears under its name last, so a killed build leaves nothing that looks finished. */
function build(part) {
  mkdirSync(partDirectory(part), { recursive: true });
  console.error(`building ${part.name}: ${part.holds} (about ${part.buildMinutes} CPU minutes from empty caches)`);
  const startedAtMs = Date.now();
  const problem = part.goPackage === undefined ? buildPython(part) : buildGo(part);
  if (problem !== undefined) return `${part.name}: ${problem}`;
  console.log(`${part.name}: built in ${Math.round((Date.now() - startedAtMs) / 1000)} s, ${binaryPath(part)}`);
  return undefined;
}

function buildGo(part) {
  const unfinished = `${binaryPath(part)}.${process.pid}`;
  const run = spawnSync('go', ['build', '-mod=readonly', ...part.goBuildFlags, '-o', unfinished, part.goPackage], {
    cwd: sourceDirectory(part),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: goEnvironment(part),
  });
  const copied = run.status === 0 && (part.copies ?? []).every((copy) => copyFromModule(part, copy));
  if (!copied) {
    rmSync(unfinished, { force: true });
    return 'build failed';
  }
  renameSync(unfinished, binaryPath(part));
  return undefined;
}

function copyFromModule(part, { module, from, to }) {
  const run = spawnSync('go', ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', module], {
    cwd: sourceDirectory(part),
    encoding: 'utf8',
    env: goEnvironment(part),
  });
  if (run.status !== 0) {
    console.error(run.stderr);
    return false;
  }
  cpSync(join(run.stdout.trim(), from), join(partDirectory(part), to), { recursive: true });
  return true;
}

/** A virtual environment cannot be moved, so it is made in place and the program linked when all of it is there. */
function buildPython(part) {
  const environment = join(partDirectory(part), 'venv');
  const steps = [
    ['python3', ['-m', 'venv', '--clear', environment]],
    [
      join(environment, 'bin', 'pip'),
      ['install', '--quiet', '--no-input', '--disable-pip-version-check', '--requirement', 'requirements.txt'],
    ],
  ];
  for (const [command, args] of steps) {
    const run = spawnSync(command, args, { cwd: sourceDirectory(part), stdio: ['ignore', 'inherit', 'inherit'] });
    if (run.status !== 0) return `${command} failed`;
  }
  symlinkSync(join(environment, 'bin', part.name), binaryPath(part));
  return undefined;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')} (there are ${PARTS.map((part) => part.name).join(', ')})`);
  process.exit(2);
}
const wanted = PARTS.filter((part) => asked.length === 0 || asked.includes(part.name));
const missing = wanted.filter((part) => !isBuilt(part));
for (const part of wanted.filter(isBuilt)) console.log(`${part.name}: already built, ${binaryPath(part)}`);
if (missing.some((part) => part.goPackage !== undefined)) requireGo();
const problems = missing.map(build).filter((problem) => problem !== undefined);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
