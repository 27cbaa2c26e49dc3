import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../until.ts';
import type { WholePathWorld } from './whole-path-world.ts';

const BEGIN_MS_MAX = 60_000;
const END_MS_MAX = 20_000;

/**
 * Starts `pulumi destroy` and, as soon as `isTime` says so, has the kernel end the CLI, as a laptop does whose battery is empty. Rejects
 * when destroy has ended before, or when our own provider goes on without it.
 */
export async function killDestroy(world: WholePathWorld, isTime: () => Promise<boolean>): Promise<void> {
  const { bin, environment } = world.pulumi;
  const args = ['destroy', '--yes', '--skip-preview', '--non-interactive', '--stack', world.stackName];
  const child = spawn(join(bin, 'pulumi'), args, {
    cwd: world.projectFolder,
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  let plugins: readonly Process[] = [];
  try {
    const isOver = async () => child.exitCode !== null || (await isTime());
    await until('destroy has come to where it is to be killed', isOver, (yes) => yes, BEGIN_MS_MAX);
    if (child.exitCode !== null) throw new Error(`destroy has ended with ${child.exitCode} before it could be killed`);
    plugins = await descendantsOf(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
  try {
    const ours = plugins.filter(({ command }) => command.includes('infra/provider/main.ts'));
    if (ours.length === 0) throw new Error('our provider was not there');
    const alive = async () => ours.filter(isAlive);
    await until('our provider has ended too', alive, ({ length }) => length === 0, END_MS_MAX);
  } finally {
    // The stand-ins of other providers have nobody else to end them.
    for (const { pid } of plugins.filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
}

/** Takes away the lock that a killed command has left, as docs/teardown.md says. */
export async function cancel({ pulumi, projectFolder, stackName }: WholePathWorld): Promise<void> {
  const env = { ...process.env, ...pulumi.environment };
  const args = ['cancel', '--yes', '--non-interactive', '--stack', stackName];
  await promisify(execFile)(join(pulumi.bin, 'pulumi'), args, { cwd: projectFolder, env });
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

async function descendantsOf(root: number): Promise<readonly Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const all = [...stdout.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)].map(([, pid, parent, command = '']) => ({
    pid: Number(pid),
    parent: Number(parent),
    command,
  }));
  const found: Process[] = [];
  const parents = [root];
  // Grows while it is walked: children of children come last.
  for (const parent of parents) {
    const children = all.filter((one) => one.parent === parent);
    found.push(...children);
    parents.push(...children.map(({ pid }) => pid));
  }
  return found;
}

function isAlive({ pid }: Process): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
