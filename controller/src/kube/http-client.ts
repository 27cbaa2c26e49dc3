import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../ports/clock.ts';
import type { OperationError } from '../ports/operation-error.ts';
import { Deadline } from './deadline.ts';
import { errorFromFailure, errorFromResponse, errorOfOwnLimit, SilenceError } from './errors.ts';
import { allowingPlainHttp } from './kube-config.ts';
import { TokenBucket } from './token-bucket.ts';

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of the body; JSON unless said. */
  readonly contentType?: string;
  /** Opens the message of every error of this call, as in `PATCH Machine default-x`. */
  readonly action: string;
  readonly signal?: AbortSignal;
  /** Called when its turn has come; throws to take it back. */
  readonly beforeSend?: () => void;
  /** Until the answer is complete. */
  readonly timeoutMs?: number;
}

export interface KubeResponse {
  readonly status: number;
  /** JSON if the server said so, else text. */
  readonly body: unknown;
}

export interface KubeHttpOptions {
  readonly kubeConfig: KubeConfig;
  readonly clock: Clock;
  /** Requests a second, and at once after a rest. Watches do not count. */
  readonly qps: number;
  readonly burst: number;
  /** Told of each answer: HTTP status, or `<error>` when none came. */
  readonly onAnswer?: (code: string, method: string) => void;
  /** How long a server that has too much to do may keep us off by its Retry-After (ms); 0: not at all. */
  readonly restMsMax?: number;
}

/** As client-go's callers have it; the API server itself gives up on a request after 60 s. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A caller that would wait longer for our own rate limit is told so: a queue without an end helps nobody. */
const OWN_LIMIT_WAIT_MS_MAX = 20_000;
/** What the API server's own overload guard asks for at most is half of it. Another's Retry-After may be hours. */
const REST_MS_MAX = 60_000;
/** Half of what V8 can hold in one string. Pages of 500 objects stay far below it. */
const BODY_CHARS_MAX = 256 * 1024 * 1024;
/** Eight watches, and room for a burst of writes. More sockets only move the queue into the API server. */
const SOCKETS_MAX = 64;
/** Load balancers forget idle connections after a minute. */
const KEEP_ALIVE_MS = 30_000;

/**
 * HTTP to one API server, with the kubeconfig's credentials on each request (tokens rotate). One pool of kept-alive
 * connections: the library's own agents open a new one for each request.
 */
export class KubeHttp {
  private readonly givenConfig: KubeConfig;
  /** A copy, which keeps the token it has read from a file or a helper. */
  private kubeConfig: KubeConfig;
  private readonly clock: Clock;
  private readonly bucket: TokenBucket;
  private readonly onAnswer: (code: string, method: string) => void;
  private readonly server: URL;
  private readonly agent: http.Agent;
  private readonly restMsMax: number;
  /** Until when the server asked to be left alone. */
  private restUntilMs = 0;

  constructor(options: KubeHttpOptions) {
    this.givenConfig = options.kubeConfig;
    this.kubeConfig = allowingPlainHttp(options.kubeConfig);
    this.restMsMax = options.restMsMax ?? REST_MS_MAX;
    this.clock = options.clock;
    this.bucket = new TokenBucket(options.qps, options.burst, options.clock.nowMs());
    this.onAnswer = options.onAnswer ?? (() => {});
    this.server = new URL(this.kubeConfig.getCurrentCluster()?.server ?? 'http://localhost:8080');
    const pool = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: SOCKETS_MAX };
    this.agent = this.server.protocol === 'https:' ? new https.Agent(pool) : new http.Agent(pool);
  }

  /** The answer, whatever its HTTP status. Throws an OperationError when there is none. */
  async request(request: KubeRequest): Promise<KubeResponse> {
    await this.awaitTurn(request);
    request.beforeSend?.();
    const cut = new AbortController();
    const timeoutMs = request.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const deadline = new Deadline(timeoutMs, () => cut.abort(new SilenceError('no complete answer', timeoutMs)));
    const unlink = forwardAbort(request.signal, cut);
    try {
      const incoming = await this.open(request, cut.signal);
      return { status: incoming.statusCode ?? 0, body: await readBody(incoming, cut.signal) };
    } catch (cause) {
      throw this.failure(request, cut.signal, cause);
    } finally {
      deadline.clear();
      unlink();
    }
  }

  /** The body of a successful answer. Throws an OperationError for an HTTP status of 400 and above too. */
  async json<T>(request: KubeRequest): Promise<T> {
    const response = await this.request(request);
    if (response.status >= 400) throw errorFromResponse(request.action, response.status, response.body);
    return response.body as T;
  }

  /**
   * An open, successful answer whose body is still coming, for watches; the caller destroys it. `timeoutMs` counts until
   * the headers are there. When `signal` aborts, the body ends with an error.
   */
  async stream(request: KubeRequest & { readonly signal: AbortSignal }): Promise<http.IncomingMessage> {
    const cut = new AbortController();
    const timeoutMs = request.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const deadline = new Deadline(timeoutMs, () => cut.abort(new SilenceError('no answer', timeoutMs)));
    const unlink = forwardAbort(request.signal, cut);
    try {
      const incoming = await this.open(request, cut.signal);
      if (incoming.statusCode !== 200) {
        throw errorFromResponse(request.action, incoming.statusCode ?? 0, await readBody(incoming, cut.signal));
      }
      const end = () => incoming.destroy(new Error('aborted'));
      request.signal.addEventListener('abort', end, { once: true });
      incoming.once('close', () => request.signal.removeEventListener('abort', end));
      return incoming;
    } catch (cause) {
      throw this.failure(request, cut.signal, cause);
    } finally {
      deadline.clear();
      unlink();
    }
  }

  /** Closes the idle connections and refuses new ones. */
  close(): void {
    this.agent.destroy();
  }

  private async awaitTurn(request: KubeRequest): Promise<void> {
    const nowMs = this.clock.nowMs();
    const ownWaitMs = this.bucket.reserve(nowMs, OWN_LIMIT_WAIT_MS_MAX);
    if (ownWaitMs < 0) throw errorOfOwnLimit(request.action, -ownWaitMs);
    const waitMs = Math.max(ownWaitMs, this.restUntilMs - nowMs);
    if (waitMs > 0) await this.clock.sleep(waitMs, request.signal ?? new AbortController().signal);
  }

  /** Sends the request; resolves with the headers. A connection that the server closed while it idled is tried once more. */
  private async open(request: KubeRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    try {
      const incoming = await this.openOnce(request, signal).catch((error: unknown) => {
        if (isStaleConnection(error) && request.method === 'GET' && !signal.aborted)
          return this.openOnce(request, signal);
        throw error;
      });
      this.onAnswer(String(incoming.statusCode), request.method);
      this.heed(incoming);
      return incoming;
    } catch (error) {
      this.onAnswer('<error>', request.method);
      throw error;
    }
  }

  /** What an answer means for the next requests. */
  private heed({ statusCode, headers }: http.IncomingMessage): void {
    // The token in the file may be a newer one than the copy has read, which it does once a minute.
    if (statusCode === 401) this.kubeConfig = allowingPlainHttp(this.givenConfig);
    // In plain text it is the overload guard's, about all we ask; a budget's own is about one pod.
    if (statusCode !== 429 || headers['content-type']?.includes('json')) return;
    const restMs = Math.min(this.restMsMax, Number(headers['retry-after'] ?? 0) * 1000);
    if (restMs > 0) this.restUntilMs = Math.max(this.restUntilMs, this.clock.nowMs() + restMs);
  }

  /** What a failed request means. The way on which one has been silent is not trusted with another: idle connections on it are as dead. */
  private failure(request: KubeRequest, signal: AbortSignal, cause: unknown): OperationError {
    const error = errorFromFailure(request.action, signal.aborted ? signal.reason : cause);
    if (error.code === 'timeout') {
      for (const socket of Object.values(this.agent.freeSockets).flat()) socket?.destroy();
    }
    return error;
  }

  private async openOnce(request: KubeRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const options = await this.optionsOf(request, body);
    signal.throwIfAborted();
    const url = new URL(this.server);
    url.pathname = `${url.pathname.replace(/\/$/, '')}${request.path}`;
    url.search = new URLSearchParams(request.query).toString();
    return new Promise((resolve, reject) => {
      const outgoing = (url.protocol === 'https:' ? https : http).request(url, options);
      const abort = () => outgoing.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      signal.addEventListener('abort', abort, { once: true });
      outgoing.once('close', () => signal.removeEventListener('abort', abort));
      outgoing.once('response', resolve);
      outgoing.on('error', (error) =>
        reject(outgoing.reusedSocket ? Object.assign(error, { reusedSocket: true }) : error),
      );
      outgoing.end(body);
    });
  }

  private async optionsOf(request: KubeRequest, body: string | undefined): Promise<https.RequestOptions> {
    const options: https.RequestOptions = { method: request.method, headers: {} };
    await this.kubeConfig.applyToHTTPSOptions(options);
    const headers = options.headers as Record<string, string>;
    // A token file may end in a newline, which Node refuses in a header.
    if (headers.Authorization !== undefined) headers.Authorization = headers.Authorization.trim();
    headers.Accept = 'application/json';
    headers['User-Agent'] = 'karpenter-gitops';
    if (body !== undefined) {
      headers['Content-Type'] = request.contentType ?? 'application/json';
      // Node frames the body of a DELETE only if it is told the length: else the server reads it as the next request.
      headers['Content-Length'] = String(Buffer.byteLength(body));
    }
    if (!this.kubeConfig.getCurrentCluster()?.proxyUrl) options.agent = this.agent;
    return options;
  }
}

function forwardAbort(from: AbortSignal | undefined, to: AbortController): () => void {
  if (from === undefined) return () => {};
  const abort = () => to.abort(from.reason);
  if (from.aborted) abort();
  from.addEventListener('abort', abort, { once: true });
  return () => from.removeEventListener('abort', abort);
}

function isStaleConnection(error: unknown): boolean {
  const { code, reusedSocket } = error as { code?: string; reusedSocket?: boolean };
  return reusedSocket === true && (code === 'ECONNRESET' || code === 'EPIPE');
}

async function readBody(incoming: http.IncomingMessage, signal: AbortSignal): Promise<unknown> {
  const abort = () => incoming.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    incoming.setEncoding('utf8');
    let text = '';
    for await (const chunk of incoming) {
      text += chunk;
      if (text.length > BODY_CHARS_MAX) throw new Error(`the answer is longer than ${BODY_CHARS_MAX} characters`);
    }
    return incoming.headers['content-type']?.includes('json') ? JSON.parse(text) : text;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
