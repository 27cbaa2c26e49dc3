import { type OperationCode, OperationError, type Retry } from '../ports/operation-error.ts';

// The one door through which failures of the Kubernetes API enter: an HTTP status or a network error becomes an OperationError.

/** The part of a metav1.Status that tells what went wrong. */
export interface StatusBody {
  readonly kind: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** A connection on which nothing came for longer than its bound. */
export class SilenceError extends Error {
  constructor(what: string, ms: number) {
    super(`${what} after ${ms} ms`);
    this.name = 'SilenceError';
  }
}

/** Longest part of an answer that is quoted in a message: proxies answer with whole web pages. */
const QUOTED_CHARS_MAX = 500;

type Meaning = readonly [OperationCode, Retry];

/** 401 and 403 may mend themselves: GitOps often applies the role binding after the Deployment. */
const MEANING_BY_HTTP_STATUS: Readonly<Record<number, Meaning>> = {
  400: ['invalid', 'never'],
  401: ['forbidden', 'backoff'],
  403: ['forbidden', 'backoff'],
  404: ['not-found', 'refresh'],
  408: ['timeout', 'backoff'],
  409: ['conflict', 'refresh'],
  410: ['expired', 'refresh'],
  413: ['invalid', 'never'],
  422: ['invalid', 'never'],
  429: ['throttled', 'backoff'],
  500: ['unavailable', 'backoff'],
  502: ['unavailable', 'backoff'],
  503: ['unavailable', 'backoff'],
  504: ['timeout', 'backoff'],
};

const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Whether `body` is a Status object, as the API server itself answers; a proxy or the server's overload guard sends plain text. */
export function isStatusBody(body: unknown): body is StatusBody {
  return typeof body === 'object' && body !== null && (body as { kind?: unknown }).kind === 'Status';
}

/** The error that an answer with this HTTP status means. `action` opens the message, as in `PATCH Machine default-x`. */
export function errorFromResponse(action: string, httpStatus: number, body: unknown): OperationError {
  const status = isStatusBody(body) ? body : undefined;
  const [code, retry] = meaning(httpStatus, status?.reason);
  const said = status?.message ?? (typeof body === 'string' ? body.trim().slice(0, QUOTED_CHARS_MAX) : '');
  const suffix = status?.reason ? `HTTP ${httpStatus} ${status.reason}` : `HTTP ${httpStatus}`;
  return new OperationError(code, retry, said === '' ? `${action}: ${suffix}` : `${action}: ${said} (${suffix})`);
}

/** The error that an ERROR event inside a watch means; it carries a Status object instead of an HTTP status. */
export function errorFromWatchEvent(action: string, object: unknown): OperationError {
  const code = isStatusBody(object) ? object.code : undefined;
  return errorFromResponse(action, code ?? 500, object);
}

/** The error that a failed connection, a cut one, or an unreadable answer means. OperationErrors pass unchanged. */
export function errorFromFailure(action: string, cause: unknown): OperationError {
  if (cause instanceof OperationError) return cause;
  const code = networkCode(cause);
  const message = `${action}: ${describe(cause)}`;
  if (cause instanceof SilenceError || code === 'ETIMEDOUT')
    return new OperationError('timeout', 'backoff', message, { cause });
  if (NETWORK_CODES.has(code)) return new OperationError('unavailable', 'backoff', message, { cause });
  return new OperationError('unexpected', 'backoff', message, { cause });
}

/** The error of a call that our own rate limit would hold back for too long. */
export function errorOfOwnLimit(action: string, waitMs: number): OperationError {
  return new OperationError(
    'throttled',
    'backoff',
    `${action}: our own rate limit would hold it back for ${Math.round(waitMs)} ms`,
  );
}

/** The error of a list that shows an earlier time than the one of `seen`: the server, or the cache that answered, is behind. */
export function errorOfOldList(action: string, listed: string, seen: string | undefined): OperationError {
  return new OperationError(
    'unavailable',
    'backoff',
    `${action}: the list is of version ${listed}, older than ${seen} that was seen before`,
  );
}

function meaning(httpStatus: number, reason: string | undefined): Meaning {
  if (reason === 'AlreadyExists') return ['already-exists', 'refresh'];
  if (reason === 'Expired' || reason === 'Gone') return ['expired', 'refresh'];
  if (reason === 'Timeout' || reason === 'ServerTimeout') return ['timeout', 'backoff'];
  return MEANING_BY_HTTP_STATUS[httpStatus] ?? ['unexpected', httpStatus >= 500 ? 'backoff' : 'never'];
}

/** Node hides the codes of a dual-stack connect in an AggregateError; the first one is as good as any. */
function networkCode(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return networkCode(cause.errors[0]);
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

function describe(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describe(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}
