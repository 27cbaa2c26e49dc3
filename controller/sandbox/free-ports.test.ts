import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { freePorts } from './free-ports.ts';

/** Where Linux begins to give ports to outgoing connections. */
const OUTGOING_FROM = 32_768;
const servers: Server[] = [];

afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

function listen(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    servers.push(server);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

test('free ports differ, can be opened, and are none that a client may be given meanwhile', async () => {
  const ports = Object.values(await freePorts(['a', 'b', 'c']));
  expect(new Set(ports).size).toBe(3);
  for (const port of ports) await listen(port);
  expect(Math.max(...ports)).toBeLessThan(OUTGOING_FROM);
});

test('a port that somebody listens on is passed over', async () => {
  const { first } = await freePorts(['first']);
  await listen(first + 1);
  const { second } = await freePorts(['second']);
  expect(second).toBeGreaterThan(first + 1);
});
