import { expect, test } from '@jest/globals';
import { OperationError } from '../ports/operation-error.ts';
import { errorFromFailure, errorFromResponse, errorFromWatchEvent, SilenceError } from './errors.ts';

const status = (code: number, reason: string, message = 'said the server') => ({
  kind: 'Status',
  code,
  reason,
  message,
});

test.each([
  ['a bad request', 400, status(400, 'BadRequest'), 'invalid', 'never'],
  ['an expired token', 401, status(401, 'Unauthorized'), 'forbidden', 'backoff'],
  ['a missing role binding, which GitOps may still bring', 403, status(403, 'Forbidden'), 'forbidden', 'backoff'],
  ['an object that is gone', 404, status(404, 'NotFound'), 'not-found', 'refresh'],
  ['a kind that is not served', 404, '404 page not found\n', 'not-found', 'refresh'],
  ['a taken name', 409, status(409, 'AlreadyExists'), 'already-exists', 'refresh'],
  ['a stale resourceVersion', 409, status(409, 'Conflict'), 'conflict', 'refresh'],
  ['a forgotten version', 410, status(410, 'Expired'), 'expired', 'refresh'],
  ['an object that is too large', 413, 'too large', 'invalid', 'never'],
  ['an object that admission refuses', 422, status(422, 'Invalid'), 'invalid', 'never'],
  ['an overloaded server', 429, 'Too many requests, please try again later.', 'throttled', 'backoff'],
  ['a broken server', 500, status(500, 'InternalError'), 'unavailable', 'backoff'],
  ['a server that ran out of time, whatever status it chose', 500, status(500, 'ServerTimeout'), 'timeout', 'backoff'],
  ['a proxy without its server', 502, '<html>Bad Gateway</html>', 'unavailable', 'backoff'],
  ['a server that starts', 503, 'not ready', 'unavailable', 'backoff'],
  ['a proxy that ran out of time', 504, '', 'timeout', 'backoff'],
  ['a redirect, which no API server sends', 302, '', 'unexpected', 'never'],
  ['a status nobody has heard of', 599, '', 'unexpected', 'backoff'],
])('an answer that means %s', (_what, httpStatus, body, wantCode, wantRetry) => {
  const error = errorFromResponse('get Pod default/a', httpStatus, body);
  expect([error.code, error.retry]).toEqual([wantCode, wantRetry]);
  expect(error.message).toMatch(/^get Pod default\/a: /);
});

test.each([
  ['a refused connection', { code: 'ECONNREFUSED' }, 'unavailable'],
  ['a cut connection', { code: 'ECONNRESET' }, 'unavailable'],
  ['a name that does not resolve now', { code: 'EAI_AGAIN' }, 'unavailable'],
  ['a connect that timed out', { code: 'ETIMEDOUT' }, 'timeout'],
  ['a certificate nobody signed', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'unexpected'],
])('a failure by %s may be tried again', (_what, extra, wantCode) => {
  const error = errorFromFailure('list Pod', Object.assign(new Error('it broke'), extra));
  expect([error.code, error.retry, error.message]).toEqual([wantCode, 'backoff', 'list Pod: it broke']);
});

test('a silent connection is a timeout', () => {
  expect(errorFromFailure('watch Pod', new SilenceError('silent', 90_000))).toMatchObject({
    code: 'timeout',
    retry: 'backoff',
  });
});

test('a dual-stack connect that fails on both addresses is told by its first cause', () => {
  const both = new AggregateError([
    Object.assign(new Error('connect ECONNREFUSED ::1:6443'), { code: 'ECONNREFUSED' }),
  ]);
  expect(errorFromFailure('list Pod', both)).toMatchObject({
    code: 'unavailable',
    message: 'list Pod: connect ECONNREFUSED ::1:6443',
  });
});

test('an error that was translated before passes unchanged', () => {
  const error = new OperationError('conflict', 'refresh', 'x');
  expect(errorFromFailure('again', error)).toBe(error);
});

test('an ERROR event without a Status is the server being broken', () => {
  expect(errorFromWatchEvent('watch Pod', { metadata: {} })).toMatchObject({ code: 'unavailable' });
  expect(errorFromWatchEvent('watch Pod', status(410, 'Expired'))).toMatchObject({ code: 'expired' });
});

test('a web page in place of an answer is quoted only in part', () => {
  expect(errorFromResponse('get Pod a', 502, 'x'.repeat(100_000)).message.length).toBeLessThan(1000);
});
