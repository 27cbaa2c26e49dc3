import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { forward } from '../api-front.ts';
import type { ControlPlane } from './control-plane.ts';

const KEEP_ALIVE_MS = 180_000;

/** A request on its way to the API server. */
export interface FrontRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly isWatch: boolean;
  /** What its sender shows to be let in. */
  readonly token: string;
}

/** What becomes of a request that is not simply sent on. */
export type Fate =
  /** The front answers in the server's place. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: object | string;
      readonly retryAfterSeconds?: number;
    }
  /** Its connection is reset before the server hears of it. */
  | { readonly kind: 'cut' }
  /** The server does what is asked; then the connection is reset in place of the answer. */
  | { readonly kind: 'answer-lost' }
  /** The server does what is asked; the answer comes when `until` resolves. */
  | { readonly kind: 'answer-late'; readonly until: Promise<unknown> };

/** One watch that passes through the front now. */
export interface OpenWatch {
  /** Of the collection. */
  readonly path: string;
  /** Resets its connection. */
  cut(): void;
  /** Nothing comes any more, though its connection stays open. */
  silence(): void;
  /** Tells the watcher that the server has forgotten the version it is at: it has to list anew. */
  expire(): void;
}

/** Stands between clients and the API server with the server's own certificate, and lets tests decide what gets through. */
export interface FaultFront {
  readonly url: string;
  /** What the next requests meet; undefined from it: sent on as they are. */
  fate: (request: FrontRequest) => Fate | undefined;
  /** Oldest first. */
  watches(): readonly OpenWatch[];
  /** Every connection that is open now stays so, idle ones too, and says nothing any more; new ones are sound. */
  silenceConnections(): void;
  close(): Promise<void>;
}

/** Starts a front on loopback that sends everything on. */
export async function startFaultFront(controlPlane: ControlPlane): Promise<FaultFront> {
  const { certificatePem: cert, keyPem: key } = controlPlane.servingCertificate;
  const target = { server: controlPlane.server, certificateAuthorityPem: controlPlane.certificateAuthorityPem };
  const connections = new Connections();
  const watches = new Set<OpenWatch>();
  let fate: FaultFront['fate'] = () => undefined;

  const serve = async (incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (connections.isSilent(incoming)) return;
    const request = asRequest(incoming);
    const met = fate(request);
    if (met?.kind === 'cut') return connections.reset(incoming);
    if (met?.kind === 'answered') return answer(outgoing, met);
    const answered = await forward(target, incoming, Buffer.concat(chunks));
    if (met?.kind === 'answer-late') await met.until;
    if (connections.isSilent(incoming)) return void answered.destroy();
    if (met?.kind === 'answer-lost') {
      answered.destroy();
      return connections.reset(incoming);
    }
    outgoing.writeHead(answered.statusCode ?? 502, headersOf(answered));
    // A watch has no event for long; its headers are news.
    outgoing.flushHeaders();
    answered.pipe(outgoing);
    answered.on('error', () => connections.reset(incoming));
    const watch = request.isWatch
      ? openWatch(request.path, answered, outgoing, () => connections.reset(incoming))
      : undefined;
    if (watch !== undefined) watches.add(watch);
    outgoing.once('close', () => {
      answered.destroy();
      if (watch !== undefined) watches.delete(watch);
    });
  };

  const server = https.createServer({ cert, key }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => connections.reset(incoming));
  });
  // As a kube-apiserver, which keeps idle connections for longer than most tests take.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('connection', (socket: Socket) => connections.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get fate() {
      return fate;
    },
    set fate(next) {
      fate = next;
    },
    watches: () => [...watches],
    silenceConnections: () => {
      connections.silence();
      for (const watch of watches) watch.silence();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.destroy();
      await closed;
    },
  };
}

/** The sockets under the TLS of a server. Only they can be reset; a request knows the one it came by from its port. */
class Connections {
  readonly #sockets = new Map<number, Socket>();
  readonly #silent = new WeakSet<Socket>();

  add(socket: Socket): void {
    const port = socket.remotePort ?? 0;
    this.#sockets.set(port, socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      if (this.#sockets.get(port) === socket) this.#sockets.delete(port);
    });
  }

  isSilent(request: http.IncomingMessage): boolean {
    const socket = this.#of(request);
    return socket !== undefined && this.#silent.has(socket);
  }

  /** The other side sees ECONNRESET; one that was silenced sees nothing. */
  reset(request: http.IncomingMessage): void {
    if (!this.isSilent(request)) this.#of(request)?.resetAndDestroy();
  }

  silence(): void {
    for (const socket of this.#sockets.values()) this.#silent.add(socket);
  }

  destroy(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  #of(request: http.IncomingMessage): Socket | undefined {
    return this.#sockets.get(request.socket.remotePort ?? 0);
  }
}

function openWatch(
  path: string,
  answered: http.IncomingMessage,
  outgoing: http.ServerResponse,
  cut: () => void,
): OpenWatch {
  return {
    path,
    cut,
    silence: () => {
      answered.unpipe(outgoing);
      answered.resume();
    },
    expire: () => {
      answered.unpipe(outgoing);
      const status = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'too old' };
      outgoing.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
    },
  };
}

function asRequest({ method = '', url = '', headers }: http.IncomingMessage): FrontRequest {
  const [path = '', query] = url.split('?');
  return {
    method,
    path,
    isWatch: new URLSearchParams(query).get('watch') === 'true',
    token: headers.authorization?.replace('Bearer ', '') ?? '',
  };
}

function headersOf({ headers }: http.IncomingMessage): http.OutgoingHttpHeaders {
  const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, ...rest } = headers;
  return rest;
}

function answer(outgoing: http.ServerResponse, { status, body, retryAfterSeconds }: Fate & { kind: 'answered' }): void {
  const isText = typeof body === 'string';
  outgoing.writeHead(status, {
    'content-type': isText ? 'text/plain' : 'application/json',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
  outgoing.end(isText ? body : JSON.stringify(body));
}
