import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Result } from '../problem/result-file.ts';

const CLI = fileURLToPath(new URL('../../src/cli/kubectl-provisioner.ts', import.meta.url));
const PARTS = new URL('../../../scripts/parts.mjs', import.meta.url).href;
const PEER_PART = 'karpenter-scheduler';
/** What takes longer is no measurement any more. */
const RUN_MS_MAX = 30 * 60_000;
const OUTPUT_BYTES_MAX = 2 ** 30;

/** One fresh process on one problem file. */
export interface Run {
  readonly result: Result;
  /** Of the whole process. */
  readonly wallMs: number;
}

/** How our command is run: how much it tells, how often it solves, and where its profile goes, if anywhere. */
export interface OurRun {
  readonly detail?: 'nodes' | 'full';
  readonly repeat?: number;
  readonly profileFolder?: string;
}

/** Our `plan` command. */
export function runOurs(path: string, { detail = 'nodes', repeat = 1, profileFolder }: OurRun = {}): Run {
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder];
  const args = ['-f', path, '-o', 'json', '--detail', detail, '--repeat', `${repeat}`];
  const run = runProcess(process.execPath, [...profiling, CLI, 'plan', ...args], RUN_MS_MAX);
  if (run === undefined) throw new Error(`plan -f ${path} takes longer than ${RUN_MS_MAX / 60_000} minutes`);
  return run;
}

/**
 * Karpenter's scheduler with one worker: production's default, and on two cores the one that costs least. Undefined when it takes longer than it
 * is given.
 */
export function runPeer(binary: string, path: string, timeoutMs: number): Run | undefined {
  return runProcess(binary, ['-workers', '1', '-detail', 'nodes', path], timeoutMs);
}

/** The path of the peer's program: as the environment says, or where `npm run tools` builds it; undefined when it is not there. */
export async function peerBinary(): Promise<string | undefined> {
  const { PARTS: parts, binaryPath } = (await import(PARTS)) as {
    PARTS: readonly { readonly name: string }[];
    binaryPath: (part: { readonly name: string }) => string;
  };
  const part = parts.find(({ name }) => name === PEER_PART);
  const path = process.env.KARPENTER_SCHEDULER_BINARY ?? (part === undefined ? undefined : binaryPath(part));
  return path !== undefined && existsSync(path) ? path : undefined;
}

function runProcess(command: string, args: readonly string[], timeoutMs: number): Run | undefined {
  const startedAtMs = performance.now();
  const run = spawnSync(command, args, { encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX, timeout: timeoutMs });
  const wallMs = performance.now() - startedAtMs;
  if ((run.error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') return undefined;
  if (run.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} ended with ${run.status ?? run.signal}: ${run.stderr.slice(0, 2000)}`,
    );
  }
  return { result: JSON.parse(run.stdout) as Result, wallMs };
}
