import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../until.ts';

const LOG_TAIL_LINES = 15;

/** One process of a control plane or of a GitOps engine, with its output in `<folder>/logs/<name>.log`. */
export interface Part {
  readonly name: string;
  /** Whether it has ended, or could not be started. */
  hasEnded(): boolean;
  /** The end of what it has printed. */
  logTail(): string;
  /** Resolves when it is gone. At once: what it keeps is thrown away, and a graceful API server takes many seconds. */
  stop(): Promise<void>;
  /** Ends it as `stop` does and starts it anew, as it was started first, what it keeps included; it may not be well yet when this resolves. */
  restart(): Promise<void>;
  /** It does nothing from now on, and its connections stay open, until `resume` or `stop`. */
  pause(): void;
  resume(): void;
}

export interface PartOptions {
  readonly name: string;
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside PATH, which may be named here too, all that it gets of an environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it. */
export function startPart(options: PartOptions): Part {
  const { name, folder } = options;
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const log = join(folder, 'logs', `${name}.log`);
  writeFileSync(log, '');
  let run = startRun(options, log);
  return {
    name,
    hasEnded: () => run.hasEnded(),
    logTail: () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n'),
    stop: () => run.kill(),
    restart: async () => {
      await run.kill();
      run = startRun(options, log);
    },
    pause: () => run.signal('SIGSTOP'),
    resume: () => run.signal('SIGCONT'),
  };
}

/** One life of a part. */
interface Run {
  hasEnded(): boolean;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  kill(): Promise<void>;
}

/** Starts a process that appends to `log`. */
function startRun({ command, args, env }: PartOptions, log: string): Run {
  const output = openSync(log, 'a');
  const child = spawn(command, args, {
    stdio: ['ignore', output, output],
    env: { PATH: process.env.PATH, ...env },
  });
  closeSync(output);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  // A test run that is cut short must not leave servers behind.
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  return {
    hasEnded: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      process.removeListener('exit', killWithUs);
    },
  };
}

/** The path of a part's program, which whoever runs the suite puts into the environment. Throws with what to do where it is not there. */
export function partFromEnvironment(variable: string): string {
  const path = process.env[variable];
  if (path === undefined) {
    throw new Error(
      `${variable} is not set: \`npm run tools\` builds that part, and \`npm test\` tells its suites where it is`,
    );
  }
  return path;
}

/** Resolves when `isWell`; rejects with the tails of the logs when one of the parts ends before, or `deadlineMs` has passed. */
export async function untilWell(
  parts: readonly Part[],
  isWell: () => Promise<boolean>,
  deadlineMs: number,
): Promise<void> {
  const names = parts.map(({ name }) => name).join(', ');
  const ended = () => parts.filter((part) => part.hasEnded());
  // Refused connections and a certificate that is not written yet are what waiting is for.
  const ask = async () => ended().length > 0 || (await isWell());
  await until(`${names}: well`, ask, (isOver) => isOver, deadlineMs).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}\n${logTailsOf(parts)}`, { cause: error });
  });
  const [first] = ended();
  if (first !== undefined) throw new Error(`${first.name} has ended:\n${first.logTail()}`);
}

/** The end of each part's log, under its name. */
export function logTailsOf(parts: readonly Part[]): string {
  return parts.map((part) => `${part.name}:\n${part.logTail()}`).join('\n');
}

/** Whether `url`, which is plain HTTP on loopback, answers 200. */
export async function isOk(url: string): Promise<boolean> {
  return (await fetch(url)).status === 200;
}
