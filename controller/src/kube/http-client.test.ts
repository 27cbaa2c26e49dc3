import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { handClock } from '../../test/adapter-kit.ts';
import { FakeApiServer } from '../../test/fake-api-server.ts';
import type { Clock } from '../ports/clock.ts';
import { systemClock } from '../system-clock.ts';
import { KubeHttp, type KubeRequest } from './http-client.ts';
import { parseKubeConfig } from './kube-config.ts';

const NODES: KubeRequest = { method: 'GET', path: '/api/v1/nodes', action: 'list Node' };
const LIMITS = { qps: 1000, burst: 1000 };

let server: FakeApiServer;
let folder: string;
let opened: KubeHttp[];

beforeEach(async () => {
  server = await new FakeApiServer().start();
  folder = mkdtempSync(join(tmpdir(), 'http-client-'));
  opened = [];
});

afterEach(async () => {
  for (const http of opened) http.close();
  rmSync(folder, { recursive: true });
  await server.stop();
});

function httpTo(clock: Clock, rest: { readonly kubeConfig?: string; readonly restMsMax?: number } = {}): KubeHttp {
  const { kubeConfig, ...options } = rest;
  const config = kubeConfig === undefined ? server.kubeConfig() : parseKubeConfig(kubeConfig);
  const http = new KubeHttp({ kubeConfig: config, clock, ...LIMITS, ...options });
  opened.push(http);
  return http;
}

/** A pod's own configuration: the kubelet writes the token into a file. */
function configOfPod(tokenFile: string): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: server.kubeConfig().getCurrentCluster()?.server } }],
    users: [{ name: 'u', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

describe('a token', () => {
  test('that the server does not take any more is read anew from its file for the next request', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'ran-out\n');
    const http = httpTo(systemClock, { kubeConfig: configOfPod(tokenFile) });
    expect((await http.request(NODES)).status).toBe(401);
    writeFileSync(tokenFile, 'let-me-in\n');
    // What was read with the request that was refused is as old as that.
    expect((await http.request(NODES)).status).toBe(200);
  });
});

describe('a server that has too much to do', () => {
  const refusal = { method: 'GET', path: /nodes$/, status: 429, headers: { 'retry-after': '7' } };

  test.each([
    ['is left alone for as long as it asks', 'Too many requests, please try again later.', {}, 7_000],
    ['is not believed for longer than there is sense in', 'Too many requests.', { restMsMax: 2_000 }, 2_000],
    ['does not keep a lease from its renewal', 'Too many requests.', { restMsMax: 0 }, 0],
    ['is not meant when the answer is about one object', { kind: 'Status', code: 429 }, {}, 0],
  ])('%s', async (_, body, rest, wantWaitMs) => {
    const clock = handClock(0);
    const http = httpTo(clock, rest);
    server.script.push({ ...refusal, body });
    expect((await http.request(NODES)).status).toBe(429);
    expect((await http.request(NODES)).status).toBe(200);
    expect(clock.nowMs()).toBe(wantWaitMs);
  });
});

test('when one request was met with silence, the next ones take no connection that stood beside it', async () => {
  const http = httpTo(systemClock);
  await Promise.all([http.request(NODES), http.request(NODES), http.request(NODES)]);
  server.muteConnections();
  await expect(http.request({ ...NODES, timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
  // Connections that were opened before are all as dead as the first.
  expect((await http.request({ ...NODES, timeoutMs: 2_000 })).status).toBe(200);
});
