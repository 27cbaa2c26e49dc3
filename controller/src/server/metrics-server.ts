import http from 'node:http';

export interface MetricsServerOptions {
  /** 0 takes any free one. */
  readonly port: number;
  readonly telemetry: { metrics(): Promise<string> };
}

export interface MetricsServer {
  /** The one that is bound. */
  readonly port: number;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/** Prometheus' text format; without the version some scrapers guess another. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Serves `GET /metrics` on all addresses. Rejects with a message that names port and setting when it cannot listen. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = http.createServer((request, response) => {
    void answer(request, response, options.telemetry);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(options.port, error)));
    server.listen(options.port, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  telemetry: MetricsServerOptions['telemetry'],
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  } else if (request.url?.split('?')[0] !== '/metrics') {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found; try /metrics\n');
  } else {
    try {
      const text = await telemetry.metrics();
      response.writeHead(200, { 'Content-Type': CONTENT_TYPE }).end(text);
    } catch (error) {
      response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`metrics failed: ${String(error)}\n`);
    }
  }
}

function listenError(port: number, error: NodeJS.ErrnoException): Error {
  const why =
    error.code === 'EADDRINUSE' ? 'is in use by another process' : `cannot be opened (${error.code ?? error.message})`;
  return new Error(`metrics port ${port} ${why}; choose another one with METRICS_PORT or --metrics-port`, {
    cause: error,
  });
}
