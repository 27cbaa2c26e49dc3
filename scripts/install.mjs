// Makes `npm start` and `npm test` complete on a machine that has only Node and npm. Runs before any dependency is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 20;
/** An install takes half a minute from a warm cache; a slow line may need minutes. */
const LOCK_WAIT_MS_MAX = 10 * 60_000;
const LOCK_POLL_MS = 250;

/** The repository's top folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const modules = join(root, 'node_modules');
// Inside node_modules, so that deleting the folder deletes the claim as well.
const marker = join(modules, '.installed-lock-sha256');

/** The Node that package-lock.json pins: it runs TypeScript as it is. The one that runs this file may be older. */
export const node = join(modules, '.bin', 'node');

/** The environment in which the locked `node`, and no other, is found first. */
export const lockedEnvironment = () => ({
  ...process.env,
  PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}`,
});

/**
 * After this, node_modules is what package-lock.json says. Installs only when they differ, and writes to stderr only: stdout
 * is the caller's. Ends the process with 1 when that is impossible.
 */
export function install() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NODE_MAJOR_MIN) fail(`Node ${NODE_MAJOR_MIN} or newer is needed; this is ${process.versions.node}`);
  const wanted = sha256(readFileSync(join(root, 'package-lock.json')));
  const isInstalled = () => existsSync(node) && existsSync(marker) && readFileSync(marker, 'utf8') === wanted;
  if (isInstalled()) return;

  // Two `npm ci` at once leave half of each, and both report success. Not inside node_modules: npm ci empties that.
  const lock = join(tmpdir(), `karpenter-gitops-install-${sha256(root).slice(0, 16)}`);
  acquire(lock);
  try {
    if (isInstalled()) return;
    console.error('installing dependencies (npm ci) …');
    const run = spawnSync('npm', ['ci', '--no-progress', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', process.stderr, process.stderr],
    });
    if (run.status !== 0) fail(`npm ci failed: ${run.error?.message ?? `exit code ${run.status}`}`);
    writeFileSync(marker, wanted);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Returns when this process, and no other, holds the lock; one that died holding it does not count. */
function acquire(lock) {
  for (let waitedMs = 0; waitedMs < LOCK_WAIT_MS_MAX; waitedMs += LOCK_POLL_MS) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.once('exit', () => rmSync(lock, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(holderOf(lock))) rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
  fail(
    `another process has been installing for ${LOCK_WAIT_MS_MAX / 60_000} minutes; if there is none, remove ${lock}`,
  );
}

/** The process id in the lock; undefined when the lock is gone or, for an instant, still empty. */
function holderOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined; // released between two looks
  }
}

function isAlive(pid) {
  if (pid === undefined) return true; // look again
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

function fail(problem) {
  console.error(problem);
  process.exit(1);
}
