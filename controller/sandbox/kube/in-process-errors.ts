import { type OperationCode, OperationError, type Retry } from '../../src/ports/operation-error.ts';
import { StatusError } from './object-store.ts';

/** What each refusal means to a caller, by HTTP status; a reason goes before. */
const MEANINGS: Readonly<Record<string, readonly [OperationCode, Retry]>> = {
  AlreadyExists: ['already-exists', 'refresh'],
  400: ['invalid', 'never'],
  403: ['forbidden', 'backoff'],
  404: ['not-found', 'refresh'],
  409: ['conflict', 'refresh'],
  410: ['expired', 'refresh'],
  422: ['invalid', 'never'],
  429: ['throttled', 'backoff'],
  500: ['unavailable', 'backoff'],
};

/** The store's refusal as the port words it; any other error as it is, because it is a bug. */
export function operationErrorOf(error: unknown): unknown {
  if (!(error instanceof StatusError)) return error;
  const [code, retry] = MEANINGS[error.reason] ?? MEANINGS[error.code] ?? ['unexpected', 'backoff'];
  return new OperationError(code, retry, error.message, { cause: error });
}
