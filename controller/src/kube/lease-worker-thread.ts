import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { LEADER_LEASE } from '../api/names.ts';
import type { Clock } from '../ports/clock.ts';
import { startHealthServer } from './health-server.ts';
import { KubeHttp } from './http-client.ts';
import { parseKubeConfig } from './kube-config.ts';
import { type ElectionTiming, standForElection } from './leader-election.ts';
import { leaseLock } from './lease-lock.ts';
import { processMonotonicMs, SharedState } from './shared-state.ts';

/** What the thread is started with. */
export interface LeaseThreadData {
  readonly sharedState: SharedArrayBuffer;
  /** Undefined when leader election is off. */
  readonly election:
    | {
        readonly kubeConfig: string;
        readonly namespace: string;
        readonly identity: string;
        readonly timing: ElectionTiming;
      }
    | undefined;
  readonly healthPort: number;
  readonly heartbeatAgeMsMax: number;
}

/** What the thread tells the main thread. */
export type LeaseThreadMessage =
  | { readonly type: 'started'; readonly healthPort: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'leading' }
  | { readonly type: 'lost' }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'stopped' };

/** The lease needs half a request a second; the burst is for a start. */
const QPS = 5;
const BURST = 10;

const data = workerData as LeaseThreadData;
const state = new SharedState(data.sharedState);
const stopping = new AbortController();
const tell = (message: LeaseThreadMessage) => parentPort?.postMessage(message);
parentPort?.once('message', () => stopping.abort());

const clock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};

try {
  const health = await startHealthServer(data.healthPort, state, data.heartbeatAgeMsMax);
  tell({ type: 'started', healthPort: health.port });
  await (data.election === undefined ? leadAlways() : elect(data.election));
  await health.close();
  tell({ type: 'stopped' });
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
} finally {
  // What was told is still delivered; an open port would keep the thread alive.
  parentPort?.close();
}

async function elect({
  kubeConfig,
  namespace,
  identity,
  timing,
}: NonNullable<LeaseThreadData['election']>): Promise<void> {
  // A lease that rests is lost; its own pace is slow enough for a server with too much to do.
  const http = new KubeHttp({ kubeConfig: parseKubeConfig(kubeConfig), clock, qps: QPS, burst: BURST, restMsMax: 0 });
  const options = {
    // Two tries fit into a term, as in client-go: one slow answer alone must not end it.
    lock: leaseLock(http, namespace, LEADER_LEASE, timing.renewWithinMs / 2),
    identity,
    timing,
    monotonicMs: processMonotonicMs,
    epochMs: Date.now,
    sleep: clock.sleep,
    after: (ms: number, action: () => void) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    onNote: (text: string) => tell({ type: 'note', text }),
    onDeadline: (deadlineMs: number) => {
      const led = state.deadlineMs > 0;
      state.deadlineMs = deadlineMs;
      if (led !== deadlineMs > 0) tell({ type: led ? 'lost' : 'leading' });
    },
  };
  await standForElection(options, stopping.signal);
  // A term that was lost ends the process, not this thread: the probes are answered until the main thread has stopped.
  await untilStopping();
  http.close();
}

async function leadAlways(): Promise<void> {
  state.deadlineMs = Number.MAX_SAFE_INTEGER;
  tell({ type: 'leading' });
  await untilStopping();
  state.deadlineMs = 0;
}

async function untilStopping(): Promise<void> {
  if (stopping.signal.aborted) return;
  await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
}
