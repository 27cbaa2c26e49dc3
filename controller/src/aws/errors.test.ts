import { describe, expect, test } from '@jest/globals';
import { OperationError } from '../ports/operation-error.ts';
import { awsCodeOf, launchRefused, toOperationError } from './errors.ts';

/** As the SDK throws it for an answer of the service. */
function serviceError(code: string, httpStatusCode: number, message = 'said AWS'): Error {
  return Object.assign(new Error(message), { name: code, Code: code, $metadata: { httpStatusCode } });
}

/** As Node throws it when there is no answer. */
function systemError(code: string): Error {
  return Object.assign(new Error('connect'), { code });
}

describe('errors of AWS', () => {
  test.each([
    ['RequestLimitExceeded', 503, 'throttled', 'backoff'],
    ['ThrottlingException', 400, 'throttled', 'backoff'],
    ['SomethingNew', 429, 'throttled', 'backoff'],
    ['InsufficientInstanceCapacity', 400, 'no-capacity', 'other-offering'],
    ['VcpuLimitExceeded', 400, 'no-capacity', 'other-offering'],
    ['InvalidInstanceID.NotFound', 400, 'not-found', 'refresh'],
    ['InvalidLaunchTemplateName.NotFoundException', 400, 'not-found', 'refresh'],
    ['ParameterNotFound', 400, 'not-found', 'refresh'],
    ['InvalidLaunchTemplateName.AlreadyExistsException', 400, 'already-exists', 'refresh'],
    ['UnauthorizedOperation', 403, 'forbidden', 'backoff'],
    ['AuthFailure.ServiceLinkedRoleCreationNotPermitted', 403, 'forbidden', 'backoff'],
    ['InternalError', 500, 'unavailable', 'backoff'],
    ['SomethingNew', 502, 'unavailable', 'backoff'],
    ['InvalidParameterValue', 400, 'invalid', 'backoff'],
  ])('%s with status %d is %s: %s', (code, status, wantCode, wantRetry) => {
    expect(toOperationError(serviceError(code, status), 'DescribeThings')).toMatchObject({
      code: wantCode,
      retry: wantRetry,
      message: `DescribeThings: ${code}: said AWS`,
    });
  });

  test.each([
    ['ECONNREFUSED', 'unavailable'],
    ['ETIMEDOUT', 'timeout'],
    ['EPROTO', 'unexpected'],
  ])('without an answer, %s is %s', (code, want) => {
    expect(toOperationError(systemError(code), 'DescribeThings').code).toBe(want);
  });

  test.each([
    'Value (nodes) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
    'Value (arn:x) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN',
    'IAM Instance Profile "arn:aws:iam::123456789012:instance-profile/nodes" has no associated IAM Roles',
  ])('an invalid value that speaks of the instance profile is one that is missing: %s', (message) => {
    const error = serviceError('InvalidParameterValue', 400, message);
    expect(toOperationError(error, 'CreateFleet')).toMatchObject({
      code: 'instance-profile-not-found',
      retry: 'backoff',
    });
  });

  test('one that was translated already stays as it is', () => {
    const error = new OperationError('conflict', 'refresh', 'known');
    expect(toOperationError(error, 'DescribeThings')).toBe(error);
  });

  test('what is no error at all is unexpected, and keeps its text', () => {
    expect(toOperationError('boom', 'DescribeThings')).toMatchObject({
      code: 'unexpected',
      message: 'DescribeThings: unknown: boom',
    });
    expect(awsCodeOf(undefined)).toBe('unknown');
  });

  test('a fleet refused for its rights gives the Machine up, and says that it was the rights', () => {
    expect(launchRefused('UnauthorizedOperation', 'no')).toMatchObject({ code: 'forbidden', retry: 'never' });
  });
});
