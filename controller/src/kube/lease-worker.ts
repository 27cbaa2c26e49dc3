import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Leadership } from '../ports/leadership.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { ELECTION_TIMING, type ElectionTiming } from './leader-election.ts';
import type { LeaseThreadData, LeaseThreadMessage } from './lease-worker-thread.ts';
import { processMonotonicMs, SharedState } from './shared-state.ts';

export interface LeaseWorkerOptions {
  readonly kubeConfig: KubeConfig;
  /** Of the Lease. */
  readonly namespace: string;
  /** Unique to this process, as in `<host name>_<random>`: a restart must not pass for its predecessor. */
  readonly identity: string;
  readonly healthPort: number;
  /** False: this process always leads, and nobody asks. */
  readonly leaderElect: boolean;
  readonly telemetry: Telemetry;
  readonly timing?: ElectionTiming;
  readonly heartbeatAgeMsMax?: number;
}

export interface LeaseWorker {
  readonly leadership: Leadership;
  /** The health port that is bound. */
  readonly healthPort: number;
  /** Resolves when this process leads, or when the signal aborts. */
  whenLeading(signal: AbortSignal): Promise<void>;
  /** Calls back at each loss of the lease; the deadline is 0 by then. Not at `stop`. */
  onLost(callback: () => void): void;
  /** What `/readyz` answers from now on; false at first. */
  ready(isReady: boolean): void;
  /** Gives the lease back and ends the thread. Call it after the last effect: another process may lead before it resolves. */
  stop(): Promise<void>;
}

/**
 * A solve of a huge cluster may hold the main thread for tens of seconds and must not get the process killed; a main thread
 * that hangs for two minutes is not coming back.
 */
const HEARTBEAT_AGE_MS_MAX = 120_000;
const HEARTBEAT_EVERY_MS = 5_000;
/** For giving the lease back: two tries' time. Afterwards it expires by itself. */
const STOP_MS_MAX = 10_000;
const LOGGER = 'controller.leader-election';

/**
 * Starts the thread that holds the lease and answers the probes, and resolves when the probes are served.
 * Rejects with a message for people when the health port cannot be opened.
 */
export async function startLeaseWorker(options: LeaseWorkerOptions): Promise<LeaseWorker> {
  const worker = new ThreadedLeaseWorker(options);
  await worker.started;
  return worker;
}

class ThreadedLeaseWorker implements LeaseWorker {
  readonly started: Promise<void>;
  readonly leadership: Leadership;
  healthPort = 0;
  private readonly telemetry: Telemetry;
  private readonly state = new SharedState();
  private readonly thread: Worker;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly lostCallbacks: (() => void)[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly ended: Promise<void>;
  private isStopping = false;

  constructor(options: LeaseWorkerOptions) {
    this.telemetry = options.telemetry;
    this.leadership = { deadlineMs: () => (this.isStopping ? 0 : this.state.deadlineMs) };
    this.beat();
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_EVERY_MS);
    this.heartbeat.unref();
    // The thread's file lies beside this one and has its extension, in the sources and in a bundle.
    const file = new URL(`./lease-worker-thread${extname(import.meta.url)}`, import.meta.url);
    this.thread = new Worker(file, { workerData: threadData(options, this.state) });
    this.ended = new Promise((resolve) => this.thread.once('exit', () => resolve()));
    this.started = new Promise((resolve, reject) => {
      this.thread.on('message', (message: LeaseThreadMessage) => {
        if (message.type === 'started') resolve();
        if (message.type === 'failed') reject(new Error(message.message));
        this.hear(message);
      });
      this.thread.once('error', (error) => reject(error));
    });
    this.started.catch(() => this.end());
    this.thread.on('error', (error) => this.telemetry.log('error', LOGGER, 'the lease thread failed', { error }));
    this.thread.once('exit', () => this.died());
  }

  async whenLeading(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.leadership.deadlineMs() > 0) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  onLost(callback: () => void): void {
    this.lostCallbacks.push(callback);
  }

  ready(isReady: boolean): void {
    this.state.isReady = isReady;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.state.isReady = false;
    this.thread.postMessage('stop');
    const giveUp = setTimeout(() => void this.thread.terminate(), STOP_MS_MAX);
    await this.ended;
    clearTimeout(giveUp);
    this.end();
  }

  private hear(message: LeaseThreadMessage): void {
    switch (message.type) {
      case 'started':
        this.healthPort = message.healthPort;
        break;
      case 'leading':
        this.telemetry.log('info', LOGGER, 'leading');
        this.telemetry.gauge('karpenter_leader', {}, 1);
        for (const done of [...this.waiting]) done();
        break;
      case 'lost':
        this.lost();
        break;
      case 'note':
        this.telemetry.log('debug', LOGGER, message.text);
        break;
      case 'failed':
      case 'stopped':
        break;
    }
  }

  private lost(): void {
    this.telemetry.gauge('karpenter_leader', {}, 0);
    if (this.isStopping) return;
    this.telemetry.log('warn', LOGGER, 'lost the lease');
    for (const callback of this.lostCallbacks) callback();
  }

  /** A thread that ended unasked renews nothing any more. */
  private died(): void {
    const led = this.state.deadlineMs > 0;
    this.state.deadlineMs = 0;
    if (led) this.lost();
  }

  private beat(): void {
    this.state.heartbeatMs = processMonotonicMs();
  }

  private end(): void {
    clearInterval(this.heartbeat);
  }
}

function threadData(options: LeaseWorkerOptions, state: SharedState): LeaseThreadData {
  const { leaderElect, kubeConfig, namespace, identity, healthPort } = options;
  const timing = options.timing ?? ELECTION_TIMING;
  return {
    sharedState: state.buffer,
    election: leaderElect ? { kubeConfig: kubeConfig.exportConfig(), namespace, identity, timing } : undefined,
    healthPort,
    heartbeatAgeMsMax: options.heartbeatAgeMsMax ?? HEARTBEAT_AGE_MS_MAX,
  };
}
