import { AwsError } from '../aws-error.ts';
import type { CloudModel } from '../cloud-model.ts';
import { hashDigits } from '../stable-hash.ts';
import { checkTags } from '../tags.ts';

const UNIQUE_ID_DIGITS = 17;
const NAME_PATTERN = /^[\w+=,.@-]+$/;
const PATH_PATTERN = /^\/([!-~]+\/)?$/;

/** Throws as IAM does when a name is too long or holds what a name may not; `field` is the parameter that brought it. */
export function checkName(field: string, name: string, charactersMax: number): void {
  if (name.length > charactersMax) {
    throw invalidField(field, name, `Member must have length less than or equal to ${charactersMax}`);
  }
  if (!NAME_PATTERN.test(name)) {
    throw invalidField(field, name, 'Member must satisfy regular expression pattern: [\\w+=,.@-]+');
  }
}

/** Throws unless the path is `/` or begins and ends with one. */
export function checkPath(path: string): void {
  if (!PATH_PATTERN.test(path)) throw invalidField('path', path, 'Member must begin and end with a slash');
}

function invalidField(field: string, value: string, rule: string): AwsError {
  return new AwsError(
    'ValidationError',
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${rule}`,
  );
}

/** Throws as IAM does when a caller may not set these tags. */
export function checkIamTags(tags: Readonly<Record<string, string>>): void {
  checkTags(tags, { invalid: 'InvalidInput', tooMany: 'LimitExceeded' });
}

/** `arn:aws:iam::<account>:<rest>`. */
export function iamArn({ state }: CloudModel, rest: string): string {
  return `arn:aws:iam::${state.accountId}:${rest}`;
}

/** A new unique id in IAM's form: `AROA…` for roles, `AIPA…` for instance profiles, `ANPA…` for policies. */
export function uniqueId({ state }: CloudModel, prefix: string): string {
  return `${prefix}${hashDigits(`${prefix}|${state.iam.idCount++}`, UNIQUE_ID_DIGITS).toUpperCase()}`;
}

/** IAM's error for a thing that is not there. */
export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, 404);
}

/** IAM's error for a name in use. */
export function alreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExists', message, 409);
}

/** IAM's error for a thing that others still use. */
export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', message, 409);
}

/** IAM's error for one too many. */
export function quotaExceeded(quota: string, limit: number): AwsError {
  return new AwsError('LimitExceeded', `Cannot exceed quota for ${quota}: ${limit}`, 409);
}
