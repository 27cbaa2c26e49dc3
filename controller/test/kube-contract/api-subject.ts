import http from 'node:http';
import https from 'node:https';

const REQUEST_MS_MAX = 30_000;

/** An answer, with what of its head a client acts on. */
export interface Answer {
  readonly code: number;
  /** JSON, which tests read into; text where the server sent that. */
  readonly body: ReturnType<typeof JSON.parse>;
  /** What kubectl would print although the call succeeded. */
  readonly warning: string | undefined;
  /** Seconds, as text. */
  readonly retryAfter: string | undefined;
}

export interface Frame {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** An object, or a Status. */
  readonly object: ReturnType<typeof JSON.parse>;
}

/** A watch that the server has opened. */
export interface OpenWatch {
  /** All that has come, oldest first. */
  readonly frames: readonly Frame[];
  /** Whether the server has ended it, in order. */
  hasEnded(): boolean;
  /** Leaves it. */
  close(): void;
}

/** A Kubernetes API server that the contract is asked of. */
export interface ApiSubject {
  /** One call; `body` is sent as JSON, with PATCH as a merge patch unless a content type is given. Rejects when there is no answer. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Opens a watch at a path with its query. Rejects when the server refuses. */
  watch(path: string): Promise<OpenWatch>;
}

export interface ApiAccess {
  /** Of http or https, without a slash at its end. */
  readonly url: string;
  readonly token?: string;
  /** PEM. */
  readonly ca?: string;
}

/** The API server at a URL, over plain Node: no client library stands between the contract and the wire. */
export function apiSubject(access: ApiAccess): ApiSubject {
  return {
    call: async (method, path, body, headers = {}) => {
      const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const response = await send(access, { method, path, body, headers: { 'content-type': contentType, ...headers } });
      const text = await textOf(response);
      return {
        code: response.statusCode ?? 0,
        body: text.startsWith('{') ? JSON.parse(text) : text,
        warning: response.headers.warning as string | undefined,
        retryAfter: response.headers['retry-after'],
      };
    },
    watch: async (path) => {
      const response = await send(access, { method: 'GET', path, headers: {} });
      if (response.statusCode !== 200) throw new Error(`GET ${path}: ${response.statusCode} ${await textOf(response)}`);
      return readWatch(response);
    },
  };
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

function send({ url, token, ca }: ApiAccess, { method, path, body, headers }: Sent): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const options = {
    method,
    timeout: REQUEST_MS_MAX,
    ...(ca === undefined ? {} : { ca }),
    headers: {
      accept: 'application/json',
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      // Without it Node sends no body with a DELETE.
      ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
    },
  };
  const request = (url.startsWith('https:') ? https : http).request(`${url}${path}`, options, resolve);
  request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${path} in ${REQUEST_MS_MAX} ms`)));
  request.on('error', reject);
  request.end(text);
  return promise;
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return text;
}

function readWatch(response: http.IncomingMessage): OpenWatch {
  const frames: Frame[] = [];
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    frames.push(...lines.map((line) => JSON.parse(line) as Frame));
  });
  // One that is left ends with an error, which is nobody's.
  response.on('error', () => {});
  return { frames, hasEnded: () => response.readableEnded, close: () => response.destroy() };
}
