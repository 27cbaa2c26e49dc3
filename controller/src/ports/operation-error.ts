/** The closed list of what the outside world can do to us. Each has a paragraph in docs/errors.md. */
export const OPERATION_CODES = [
  'not-found',
  'already-exists',
  'conflict',
  'invalid',
  'forbidden',
  'throttled',
  'timeout',
  'unavailable',
  'expired',
  'no-capacity',
  'template-unresolved',
  'instance-profile-not-found',
  'launch-unconfirmed',
  'not-leader',
  'unexpected',
] as const;

export type OperationCode = (typeof OPERATION_CODES)[number];

/** What the caller may do: try again later, try other offerings, read anew and decide again, or give up. */
export type Retry = 'backoff' | 'other-offering' | 'refresh' | 'never';

/** An error of the outside world, made only in `kube/errors.ts`, `aws/errors.ts` and by the leadership guard. */
export class OperationError extends Error {
  readonly code: OperationCode;
  readonly retry: Retry;

  constructor(code: OperationCode, retry: Retry, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'OperationError';
    this.code = code;
    this.retry = retry;
  }
}
