import https from 'node:https';

const REQUEST_MS_MAX = 30_000;

/** An answer of the API server: a Status object where it refuses. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Somebody in whose name a request is made. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface ApiRequest {
  readonly method: string;
  readonly ca: string;
  /** Absent: as nobody. */
  readonly token?: string | undefined;
  /** Sent as JSON; with PATCH as a merge patch. */
  readonly body?: unknown;
  readonly as?: Identity | undefined;
}

/** Asks an API server once, as the owner of the token or in the name of another. Rejects when there is no answer. */
export function callApi(url: string, { method, ca, token, body, as }: ApiRequest): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  const headers = {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(as === undefined ? {} : { 'impersonate-user': as.user, 'impersonate-group': [...as.groups] }),
  };
  const request = https.request(url, { method, ca, timeout: REQUEST_MS_MAX, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parseBody(text) }));
  });
  request.on('timeout', () => request.destroy(new Error(`no answer from ${url} in ${REQUEST_MS_MAX} ms`)));
  request.on('error', reject);
  request.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

/** Health endpoints answer in plain text. */
function parseBody(text: string): Readonly<Record<string, unknown>> {
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
}
