import https from 'node:https';

const REQUEST_MS_MAX = 30_000;

/** An answer of the API server: a Status object where it refuses. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks an API server once, as the owner of `token`; `body` is sent as JSON. Rejects when there is no answer. */
export function callApi(
  url: string,
  options: { readonly method: string; readonly token: string; readonly ca: Buffer; readonly body: unknown },
): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  const request = https.request(
    url,
    {
      method: options.method,
      ca: options.ca,
      timeout: REQUEST_MS_MAX,
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' },
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parseBody(text) }));
    },
  );
  request.on('timeout', () => request.destroy(new Error(`no answer from ${url} in ${REQUEST_MS_MAX} ms`)));
  request.on('error', reject);
  request.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  return promise;
}

/** Health endpoints answer in plain text. */
function parseBody(text: string): Readonly<Record<string, unknown>> {
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
}
