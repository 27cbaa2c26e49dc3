import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { StatusError } from '../object-store.ts';
import { badRequest } from '../status-errors.ts';

/** The apiserver's own bound on a request body. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

/** One request and its response, with what every endpoint needs of them. */
export class HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly method: string;
  readonly #warnings: string[] = [];

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    this.method = request.method ?? 'GET';
    this.url = new URL(request.url ?? '/', 'http://sandbox.invalid');
  }

  /** A query parameter; undefined when absent or empty. */
  parameter(name: string): string | undefined {
    return this.url.searchParams.get(name) || undefined;
  }

  /** True for `?name=true` and `?name=1`. */
  flag(name: string): boolean {
    return ['true', '1'].includes(this.url.searchParams.get(name) ?? '');
  }

  /** A whole number parameter. 400 when it is something else. */
  integer(name: string): number | undefined {
    const text = this.parameter(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(text);
  }

  get accept(): string {
    return this.request.headers.accept ?? '*/*';
  }

  get contentType(): string {
    return (this.request.headers['content-type'] ?? 'application/json').split(';', 1)[0]?.trim() ?? '';
  }

  /** The body as JSON, or as YAML when it says so; undefined when there is none. 400, 413 or 415 when it cannot be read. */
  async body(): Promise<unknown> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX)
        throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_BYTES_MAX}`);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    if (text === '') return undefined;
    if (this.contentType.includes('protobuf') || this.contentType.includes('cbor'))
      throw unreadableFormat(this.contentType);
    try {
      return this.contentType.endsWith('yaml') ? parseYaml(text) : JSON.parse(text);
    } catch (error) {
      throw badRequest(
        `the object provided is unrecognized: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Adds a warning that kubectl prints. */
  warn(warning: string): void {
    this.#warnings.push(`299 - ${JSON.stringify(warning)}`);
  }

  /** Ends the exchange with a JSON body. */
  json(code: number, body: unknown, contentType = 'application/json'): void {
    const text = JSON.stringify(body);
    if (this.#warnings.length > 0) this.response.setHeader('warning', this.#warnings);
    this.response.writeHead(code, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-cache, private',
    });
    this.response.end(text);
  }

  /** Ends the exchange with a refusal, as a Status object. */
  refuse(error: unknown): void {
    const refusal =
      error instanceof StatusError
        ? error
        : new StatusError(
            500,
            'InternalError',
            `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
          );
    if (this.response.headersSent) {
      this.response.destroy();
      return;
    }
    const retryAfter = refusal.details?.retryAfterSeconds;
    if (retryAfter !== undefined) this.response.setHeader('retry-after', String(retryAfter));
    this.json(refusal.code, failureStatus(refusal));
  }
}

/** The Status object of a refusal. */
export function failureStatus(error: StatusError): Record<string, unknown> {
  const { code, reason, message, details } = error;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  };
}

/** `kubectl create deployment …` and its like speak protobuf only; files always travel as JSON. */
function unreadableFormat(contentType: string): StatusError {
  const why = `the sandbox reads JSON and YAML, not ${contentType}: write the object with --dry-run=client -o yaml and pipe it to kubectl apply -f -`;
  return new StatusError(415, 'UnsupportedMediaType', why);
}
