import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { writeKubeconfig } from '../../sandbox/kube/wire/kubeconfig.ts';

/** A command of kubectl that takes longer hangs. */
const COMMAND_MS_MAX = 20_000;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Kubectl {
  /** Runs kubectl to its end; `input` is what it reads from `-f -`. */
  run(args: readonly string[], input?: string): Promise<Outcome>;
  /** Starts kubectl and gives what it has printed so far; `stop` ends it. */
  start(args: readonly string[]): { output(): string; stop(): void };
  /** Removes its files. */
  close(): void;
}

/** Why kubectl suites cannot run here, or undefined when they can. In CI they must. */
export function kubectlMissing(): string | undefined {
  if (process.env.CI === 'true' || spawnSync('kubectl', ['version', '--client']).status === 0) return undefined;
  return 'kubectl is not on the PATH';
}

/** `describe` for what kubectl acts in; where it is missing and need not be there the suite is skipped, and its name says why. */
export function describeWithKubectl(name: string, suite: () => void): void {
  const why = kubectlMissing();
  if (why === undefined) describe(name, suite);
  // Without kubectl there is nobody to type the commands.
  else describe.skip(`${name} (skipped: ${why})`, suite);
}

/** Stock kubectl against the API at `url`, with a home and a cache of its own. */
export function createKubectl(url: string): Kubectl {
  const home = mkdtempSync(join(tmpdir(), 'kubectl-'));
  const kubeconfig = join(home, 'kubeconfig');
  writeKubeconfig(kubeconfig, url);
  const options = { env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig } };

  return {
    run: (args, input = '') =>
      new Promise((resolve, reject) => {
        const child = spawn('kubectl', args, { ...options, timeout: COMMAND_MS_MAX });
        const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
        child.stdin.on('error', () => {});
        child.stdin.end(input);
      }),
    start(args) {
      const child = spawn('kubectl', args, options);
      return { output: collect(child.stdout), stop: () => child.kill() };
    },
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  return () => text;
}
