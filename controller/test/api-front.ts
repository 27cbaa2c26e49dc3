import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request on its way to an API server. */
export interface PassingRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

export interface ApiFront {
  readonly url: string;
  /** A kubeconfig that leads here and needs no credentials. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** Whatever passes goes to this server. */
export interface FrontedServer {
  readonly server: string;
  readonly token?: string;
  readonly certificateAuthorityPem?: string;
}

/**
 * A front of an API server on loopback. Each request is shown to `before` and forwarded when that resolves, so that a test can act
 * between what a client has read and what it writes. When it rejects, the connection is cut without an answer.
 */
export async function startApiFront(
  target: FrontedServer,
  before: (request: PassingRequest) => Promise<void>,
): Promise<ApiFront> {
  const server = http.createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    try {
      await before({ method: incoming.method ?? '', path: incoming.url ?? '', body: body.toString() });
      const answer = await forward(target, incoming, body);
      outgoing.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
      answer.pipe(outgoing);
    } catch {
      outgoing.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    kubeconfig: kubeconfigOf(url),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A kubeconfig, as JSON, whose one context is the API at `url` without credentials. */
export function kubeconfigOf(url: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url } }],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

/** Sends a request on, whose body has been read; resolves with the headers of the answer. Its credentials stay where the server's token is not given. */
export function forward(
  target: FrontedServer,
  incoming: http.IncomingMessage,
  body: Buffer,
): Promise<http.IncomingMessage> {
  const { server, token, certificateAuthorityPem: ca } = target;
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  const options = {
    method: incoming.method,
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(ca !== undefined && { ca }),
  };
  return new Promise((resolve, reject) => {
    const request = (server.startsWith('https:') ? https : http).request(`${server}${incoming.url}`, options, resolve);
    request.on('error', reject);
    request.end(body);
  });
}
