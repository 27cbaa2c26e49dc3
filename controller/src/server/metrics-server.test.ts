import { afterEach, describe, expect, test } from '@jest/globals';
import { type MetricsServer, startMetricsServer } from './metrics-server.ts';

const open: MetricsServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(port = 0, metrics = async () => 'karpenter_leader 1\n'): Promise<MetricsServer> {
  const server = await startMetricsServer({ port, telemetry: { metrics } });
  open.push(server);
  return server;
}

const get = (server: MetricsServer, path: string, method = 'GET') =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method });

describe('the metrics server', () => {
  test('answers in Prometheus’ text format', async () => {
    const response = await get(await start(), '/metrics?name[]=x');
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'karpenter_leader 1\n',
    ]);
  });

  test('knows no other page and no other verb', async () => {
    const server = await start();
    expect((await get(server, '/')).status).toBe(404);
    expect((await get(server, '/metrics', 'POST')).status).toBe(405);
  });

  test('says so when the metrics cannot be told, and lives on', async () => {
    const server = await start(0, async () => {
      throw new Error('broken');
    });
    expect((await get(server, '/metrics')).status).toBe(500);
    expect((await get(server, '/')).status).toBe(404);
  });

  test('fails to start with a message that names port and setting when the port is taken', async () => {
    const server = await start();
    await expect(start(server.port)).rejects.toThrow(
      `metrics port ${server.port} is in use by another process; choose another`,
    );
  });
});
