import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LOG_TAIL_LINES = 15;

/** One process of the control plane, with its output in a file. */
export class Part {
  readonly name: string;
  readonly #log: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #killWithUs = () => this.#process.kill('SIGKILL');

  constructor(name: string, folder: string, flags: readonly string[]) {
    const binary = process.env.CONTROL_PLANE_BINARY;
    if (binary === undefined)
      throw new Error('CONTROL_PLANE_BINARY is not set: run `npm run tools`, then `npm run test:cluster`');
    this.name = name;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    this.#log = join(folder, 'logs', `${name}.log`);
    const output = openSync(this.#log, 'w');
    this.#process = spawn(binary, [name, ...flags], { stdio: ['ignore', output, output] });
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.once('error', () => resolve());
    });
    // A test run that is cut short must not leave servers behind.
    process.once('exit', this.#killWithUs);
  }

  /** Whether it has ended, or could not be started. */
  hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null || this.#process.pid === undefined;
  }

  /** The end of what it has printed. */
  logTail(): string {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }

  /** Resolves when the process is gone. At once: its data is thrown away, and a graceful API server takes many seconds. */
  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
    process.removeListener('exit', this.#killWithUs);
  }
}
