import http from 'node:http';
import { processMonotonicMs, type SharedState } from './shared-state.ts';

export interface HealthServer {
  /** The one that is bound. */
  readonly port: number;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/**
 * Serves `/healthz` and `/readyz` on all addresses; port 0 takes any free one. Healthy while the main thread's last
 * heartbeat is at most `heartbeatAgeMsMax` old. Rejects with a message that names port and setting when it cannot listen.
 */
export async function startHealthServer(
  port: number,
  state: SharedState,
  heartbeatAgeMsMax: number,
): Promise<HealthServer> {
  const probes: Readonly<Record<string, () => string | undefined>> = {
    '/healthz': () => heartbeatProblem(state, heartbeatAgeMsMax),
    '/readyz': () => (state.isReady ? undefined : 'not ready: the first complete lists are not in yet'),
  };
  const server = http.createServer((request, response) => {
    const probe = probes[request.url?.split('?')[0] ?? ''];
    const problem = probe === undefined ? 'not found; try /healthz or /readyz' : probe();
    const status = probe === undefined ? 404 : problem === undefined ? 200 : 503;
    response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${problem ?? 'ok'}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(port, error)));
    server.listen(port, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function heartbeatProblem(state: SharedState, ageMsMax: number): string | undefined {
  const ageMs = processMonotonicMs() - state.heartbeatMs;
  return ageMs <= ageMsMax ? undefined : `the main thread has not run for ${Math.round(ageMs / 1000)} s`;
}

function listenError(port: number, error: NodeJS.ErrnoException): Error {
  const why =
    error.code === 'EADDRINUSE' ? 'is in use by another process' : `cannot be opened (${error.code ?? error.message})`;
  return new Error(`health port ${port} ${why}; choose another one with HEALTH_PROBE_PORT or --health-probe-port`, {
    cause: error,
  });
}
