import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePorts } from './free-ports.ts';
import type { LogBuffer } from './log-buffer.ts';
import { HEAP_MIB_MAX, IMAGE_ENVIRONMENT, IMAGE_NODE_FLAGS } from './node-settings.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const READY_POLL_MS = 50;

export interface ControllerProcessOptions {
  readonly kubeconfigPath: string;
  readonly awsUrl: string;
  readonly region: string;
  readonly namespace: string;
  readonly log: LogBuffer;
  /** More environment, and flags. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** What Node runs: the sources where absent. */
  readonly mainPath?: string;
}

/** The production main as a process of its own, with Node set as in its image, which can be killed and started again. */
export class ControllerProcess {
  readonly #options: ControllerProcessOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<number> = Promise.resolve(0);
  healthPort = 0;
  metricsPort = 0;

  constructor(options: ControllerProcessOptions) {
    this.#options = options;
  }

  /** Starts the process; its output goes to the log buffer line by line. */
  async start(): Promise<void> {
    const { kubeconfigPath, awsUrl, region, namespace, env, args = [], mainPath = MAIN } = this.#options;
    const ports = await freePorts(['health', 'metrics']);
    [this.healthPort, this.metricsPort] = [ports.health, ports.metrics];
    const flags = [...IMAGE_NODE_FLAGS, `--max-old-space-size=${HEAP_MIB_MAX}`];
    const child = spawn(process.execPath, [...flags, mainPath, ...args], {
      env: {
        ...IMAGE_ENVIRONMENT,
        PATH: process.env.PATH,
        KUBECONFIG: kubeconfigPath,
        AWS_ENDPOINT_URL: awsUrl,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: 'sandbox',
        AWS_SECRET_ACCESS_KEY: 'sandbox',
        AWS_EC2_METADATA_DISABLED: 'true',
        SYSTEM_NAMESPACE: namespace,
        HEALTH_PROBE_PORT: String(this.healthPort),
        METRICS_PORT: String(this.metricsPort),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#options.log.push(line));
    }
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
      child.once('error', () => resolve(127));
    });
  }

  /** Resolves when `/readyz` says yes; rejects when the process ends, or is not ready in time. */
  async ready(withinMs: number): Promise<void> {
    const deadlineMs = Date.now() + withinMs;
    let hasExited = false;
    void this.#exited.then(() => {
      hasExited = true;
    });
    while (Date.now() < deadlineMs) {
      if (hasExited) throw new Error(`the controller ended: ${this.#options.log.lines().slice(-5).join('\n')}`);
      const answer = await fetch(`http://127.0.0.1:${this.healthPort}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
    throw new Error(`the controller is not ready after ${withinMs / 1000} s`);
  }

  /** What the kernel calls it; undefined before the start. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Exit code once it has ended. */
  get exited(): Promise<number> {
    return this.#exited;
  }

  /** Stops it where it stands, as a frozen machine would: it runs nothing, answers nothing, and keeps its connections. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** Lets it go on as if no time had passed for it. */
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends it without a word, as the kernel does; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  /** Asks it to stop; resolves with its exit code. */
  async stop(): Promise<number> {
    this.#child?.kill('SIGTERM');
    return this.#exited;
  }
}
