import { OperationError } from '../ports/operation-error.ts';

// The only place where AWS's errors become ours. Codes stand in sets by what they mean for the caller.

/** The offering cannot be had now: remember it and try another. Throttling is none of these: it says nothing of stock. */
export const CAPACITY_CODES: ReadonlySet<string> = new Set([
  'InsufficientInstanceCapacity',
  'InsufficientHostCapacity',
  'MaxSpotInstanceCountExceeded',
  'SpotMaxPriceTooLow',
  'VcpuLimitExceeded',
  'UnfulfillableCapacity',
  'Unsupported',
  'InsufficientFreeAddressesInSubnet',
]);

/** The request was sent before with other parameters: the instance may exist already. */
const TOKEN_MISMATCH_CODES: ReadonlySet<string> = new Set([
  'IdempotentParameterMismatch',
  'IdempotentInstanceTerminated',
]);

const LAUNCH_TEMPLATE_NOT_FOUND_CODES: ReadonlySet<string> = new Set([
  'InvalidLaunchTemplateName.NotFoundException',
  'InvalidLaunchTemplateId.NotFound',
]);

const NOT_FOUND_CODES: ReadonlySet<string> = new Set([
  ...LAUNCH_TEMPLATE_NOT_FOUND_CODES,
  'InvalidInstanceID.NotFound',
  'InvalidAMIID.NotFound',
  'ParameterNotFound',
  'ResourceNotFoundException',
  'NoSuchEntity',
  'NoSuchEntityException',
  'QueueDoesNotExist',
]);

const ALREADY_EXISTS_CODES: ReadonlySet<string> = new Set([
  'InvalidLaunchTemplateName.AlreadyExistsException',
  'EntityAlreadyExists',
]);

const THROTTLED_CODES: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestThrottled',
  'RequestThrottledException',
  'EC2ThrottledException',
  'BandwidthLimitExceeded',
  'SlowDown',
  'PriorRequestNotComplete',
]);

const FORBIDDEN_CODES: ReadonlySet<string> = new Set([
  'UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
  'Blocked',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

/** The service or the way to it is not working now. */
const UNAVAILABLE_CODES: ReadonlySet<string> = new Set([
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'InternalServerException',
  'ServerException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'Unavailable',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
  'ETIMEDOUT',
  'AbortError',
]);

/** AWS's code of an error (`InvalidInstanceID.NotFound`), or the system's (`ECONNREFUSED`), or the error's name. */
export function awsCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { Code, code } = error as { Code?: unknown; code?: unknown };
  if (typeof Code === 'string') return Code;
  return typeof code === 'string' ? code : error.name;
}

/** True when EC2 refuses because an instance profile does not exist or holds no role: its code is a general one, its words tell. */
export function isProfileMissing(code: string, message: string): boolean {
  return code === 'InvalidParameterValue' && /iam ?instance ?profile/i.test(message);
}

/** True when a launch template that we thought there is gone. */
export function isLaunchTemplateMissing(error: unknown): boolean {
  return LAUNCH_TEMPLATE_NOT_FOUND_CODES.has(awsCodeOf(error));
}

/** True when the thing asked for does not exist. */
export function isNotFound(error: unknown): boolean {
  return NOT_FOUND_CODES.has(awsCodeOf(error));
}

/** True when the thing to be created is there already. */
export function isAlreadyThere(error: unknown): boolean {
  return ALREADY_EXISTS_CODES.has(awsCodeOf(error));
}

/** True when a CreateFleet with this client token was sent before, with other parameters. */
export function isTokenMismatch(error: unknown): boolean {
  return TOKEN_MISMATCH_CODES.has(awsCodeOf(error));
}

/**
 * The error of a failed call as an OperationError that names the action. One that is an OperationError already stays.
 * Unknown codes of 4xx answers mean that the request is wrong and stays so; everything else may pass.
 */
export function toOperationError(error: unknown, action: string): OperationError {
  if (error instanceof OperationError) return error;
  const code = awsCodeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const message = `${action}: ${code}: ${text}`;
  const options = { cause: error };
  if (THROTTLED_CODES.has(code) || httpStatusOf(error) === 429)
    return new OperationError('throttled', 'backoff', message, options);
  if (CAPACITY_CODES.has(code)) return new OperationError('no-capacity', 'other-offering', message, options);
  if (NOT_FOUND_CODES.has(code)) return new OperationError('not-found', 'refresh', message, options);
  if (ALREADY_EXISTS_CODES.has(code)) return new OperationError('already-exists', 'refresh', message, options);
  // Permissions and templates are mended from outside, without a sign to us: so try again, ever more rarely.
  if (FORBIDDEN_CODES.has(code)) return new OperationError('forbidden', 'backoff', message, options);
  if (TIMEOUT_CODES.has(code)) return new OperationError('timeout', 'backoff', message, options);
  if (UNAVAILABLE_CODES.has(code) || httpStatusOf(error) >= 500)
    return new OperationError('unavailable', 'backoff', message, options);
  if (isProfileMissing(code, text))
    return new OperationError('instance-profile-not-found', 'backoff', message, options);
  if (httpStatusOf(error) >= 400) return new OperationError('invalid', 'backoff', message, options);
  return new OperationError('unexpected', 'backoff', message, options);
}

/** 0 when there was no answer. */
function httpStatusOf(error: unknown): number {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode ?? 0;
}

/** A template whose selectors or family give nothing to launch with. */
export function templateUnresolved(message: string, cause?: unknown): OperationError {
  return new OperationError('template-unresolved', 'backoff', message, cause === undefined ? {} : { cause });
}

/** No offering of an order could be had. */
export function noCapacity(message: string): OperationError {
  return new OperationError('no-capacity', 'other-offering', message);
}

/**
 * EC2 answered with a fleet that holds no instance, for another reason than stock. The client token is spent: a repeat
 * would get the same answer, so the Machine must be given up whatever the reason.
 */
export function launchRefused(code: string, message: string): OperationError {
  const cause = Object.assign(new Error(message), { Code: code });
  return new OperationError(toOperationError(cause, 'CreateFleet').code, 'never', message, { cause });
}

/** A fleet that was refused for its instance profile: no other Machine can be launched with it either. */
export function profileNotFound(message: string): OperationError {
  return new OperationError('instance-profile-not-found', 'never', message);
}

/** A launch was requested earlier and its instance cannot be seen yet. */
export function launchUnconfirmed(message: string, cause?: unknown): OperationError {
  return new OperationError('launch-unconfirmed', 'backoff', message, { cause });
}

/** A complete answer of AWS that makes no sense to us. */
export function unexpectedAnswer(message: string): OperationError {
  return new OperationError('unexpected', 'backoff', message);
}
