import { once } from 'node:events';
import http from 'node:http';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { quietTelemetry, series } from '../../test/adapter-kit.ts';
import { eventually } from '../../test/eventually.ts';
import { FakeApiServer } from '../../test/fake-api-server.ts';
import { parseKubeConfig } from './kube-config.ts';
import { type LeaseWorker, type LeaseWorkerOptions, startLeaseWorker } from './lease-worker.ts';

const LEASES = '/apis/coordination.k8s.io/v1/leases';
/** client-go's proportions on a scale for tests; a lease has whole seconds. */
const TIMING = { leaseMs: 1000, renewWithinMs: 600, retryMs: 50 };
const FOREVER = new AbortController().signal;

let server: FakeApiServer;
let workers: LeaseWorker[];

beforeEach(async () => {
  server = await new FakeApiServer().start();
  workers = [];
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await server.stop();
});

async function start(options: Partial<LeaseWorkerOptions> = {}): Promise<LeaseWorker> {
  const worker = await startLeaseWorker({
    kubeConfig: server.kubeConfig(),
    namespace: 'karpenter',
    identity: 'a',
    healthPort: 0,
    leaderElect: true,
    telemetry: quietTelemetry(),
    timing: TIMING,
    ...options,
  });
  workers.push(worker);
  return worker;
}

const holder = () =>
  (server.find(LEASES, 'karpenter-leader-election', 'karpenter')?.spec as { holderIdentity?: string } | undefined)
    ?.holderIdentity;
const leads = (worker: LeaseWorker) => worker.leadership.deadlineMs() > Date.now();

async function probe(worker: LeaseWorker, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port: worker.healthPort, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once('error', reject);
  });
}

describe('the lease', () => {
  test('is held by the first process and passes to the second when the first one stops', async () => {
    const first = await start({ identity: 'first' });
    await first.whenLeading(FOREVER);
    expect([holder(), leads(first)]).toEqual(['first', true]);
    const second = await start({ identity: 'second' });
    await first.stop();
    expect(leads(first)).toBe(false);
    await second.whenLeading(FOREVER);
    expect([holder(), leads(second)]).toEqual(['second', true]);
  });

  test('is renewed while a long solve holds the main thread', async () => {
    const elsewhere = new Worker(new URL('../../test/fake-api-server-thread.ts', import.meta.url));
    const [kubeConfig] = (await once(elsewhere, 'message')) as [string];
    const worker = await start({ kubeConfig: parseKubeConfig(kubeConfig) });
    await worker.whenLeading(FOREVER);
    const freeAtMs = performance.now() + 3 * TIMING.renewWithinMs;
    while (performance.now() < freeAtMs);
    expect(leads(worker)).toBe(true);
    await worker.stop();
    elsewhere.postMessage('stop');
    await once(elsewhere, 'exit');
  });

  test('counts as lost while the main thread cannot know better: the deadline is in the past, not stuck', async () => {
    const worker = await start();
    await worker.whenLeading(FOREVER);
    // The server lives on this thread, so the renewals get no answer.
    const freeAtMs = performance.now() + 2 * TIMING.renewWithinMs;
    while (performance.now() < freeAtMs);
    expect(leads(worker)).toBe(false);
  });

  test('is lost for good when the server stays away, and the loss is told', async () => {
    const telemetry = quietTelemetry();
    const worker = await start({ telemetry });
    let losses = 0;
    worker.onLost(() => {
      losses += 1;
    });
    await worker.whenLeading(FOREVER);
    expect(await series(telemetry, 'karpenter_leader')).toBe(1);
    await server.stop();
    await eventually('the loss is told', () => losses === 1);
    expect(worker.leadership.deadlineMs()).toBe(0);
    expect(await series(telemetry, 'karpenter_leader')).toBe(0);
    await server.start();
    // The lease is free, and somebody else gets it.
    const other = await start({ identity: 'other' });
    await other.whenLeading(FOREVER);
    expect([leads(worker), leads(other)]).toEqual([false, true]);
    expect(await probe(worker, '/healthz')).toBe(200);
  });

  test('is nobody’s business when leader election is off', async () => {
    const worker = await start({ leaderElect: false });
    await worker.whenLeading(FOREVER);
    expect([leads(worker), holder()]).toEqual([true, undefined]);
    await worker.stop();
    expect(leads(worker)).toBe(false);
  });

  test('need not be waited for any longer once the signal aborts', async () => {
    server.isHanging = true;
    const worker = await start();
    const giveUp = new AbortController();
    const waiting = worker.whenLeading(giveUp.signal);
    giveUp.abort();
    await waiting;
    expect(leads(worker)).toBe(false);
  });
});

describe('the probes', () => {
  test('tell that the process lives from the start, and that it is ready when it says so', async () => {
    const worker = await start();
    expect([await probe(worker, '/healthz'), await probe(worker, '/readyz')]).toEqual([200, 503]);
    worker.ready(true);
    expect(await probe(worker, '/readyz')).toBe(200);
    worker.ready(false);
    expect([await probe(worker, '/readyz'), await probe(worker, '/other')]).toEqual([503, 404]);
  });

  test('tell that the process hangs when the main thread has not run for too long', async () => {
    const worker = await start({ heartbeatAgeMsMax: -1 });
    expect(await probe(worker, '/healthz')).toBe(503);
  });

  test('fail to start with a message that names port and setting when the port is taken', async () => {
    const worker = await start();
    const second = start({ healthPort: worker.healthPort });
    await expect(second).rejects.toThrow(`health port ${worker.healthPort} is in use by another process`);
    await expect(second).rejects.toThrow('HEALTH_PROBE_PORT');
  });
});

test('a stop answers no probe any more and ends the thread', async () => {
  const worker = await start();
  await worker.stop();
  await expect(probe(worker, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
