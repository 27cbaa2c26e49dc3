import { StatusError } from './object-store.ts';
import type { ServedKind } from './served-kind.ts';

/** One thing wrong with one field, worded as kube-apiserver words it. */
export interface FieldProblem {
  /** `spec.requirements[0].operator` */
  readonly field: string;
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueDuplicate'
    | 'FieldValueTypeInvalid';
  /** `Invalid value: -1: must be greater than or equal to 0` */
  readonly message: string;
}

/** `Invalid value: <value>: <why>` at a field. */
export function invalidValue(field: string, value: unknown, why: string): FieldProblem {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

/** `Required value` at a field, with a hint when there is one. */
export function requiredValue(field: string, hint?: string): FieldProblem {
  return {
    field,
    reason: 'FieldValueRequired',
    message: hint === undefined ? 'Required value' : `Required value: ${hint}`,
  };
}

/** `Forbidden: <why>` at a field. */
export function forbiddenValue(field: string, why: string): FieldProblem {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` };
}

/** `Unsupported value` at a field, with the values that are supported. */
export function unsupportedValue(field: string, value: unknown, supported: readonly string[]): FieldProblem {
  const list = [...supported].sort().map((item) => JSON.stringify(item));
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list.join(', ')}`,
  };
}

type Named = Pick<ServedKind, 'group' | 'kind' | 'plural'>;

const qualified = (name: string, group: string): string => (group === '' ? name : `${name}.${group}`);
const details = (kind: Named, name: string): Record<string, unknown> => ({
  name,
  ...(kind.group === '' ? {} : { group: kind.group }),
  kind: kind.plural,
});

/** 404: there is no object of this name. */
export function notFound(kind: Named, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${qualified(kind.plural, kind.group)} "${name}" not found`,
    details(kind, name),
  );
}

/** 409: the name is taken. */
export function alreadyExists(kind: Named, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${qualified(kind.plural, kind.group)} "${name}" already exists`,
    details(kind, name),
  );
}

/** 409: the caller looked at an older object. */
export function conflict(kind: Named, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(kind.plural, kind.group)} "${name}": ${why}`,
    details(kind, name),
  );
}

/** 409 for an update from an outdated resourceVersion. */
export function outdated(kind: Named, name: string): StatusError {
  return conflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** 422: the object breaks rules; every problem is named. */
export function invalid(kind: Named, name: string, problems: readonly FieldProblem[]): StatusError {
  const told = problems.map((problem) => `${problem.field}: ${problem.message}`);
  const list = told.length === 1 ? told[0] : `[${told.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${qualified(kind.kind, kind.group)} "${name}" is invalid: ${list}`, {
    name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.kind,
    causes: problems.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

/** 400: the request cannot be understood. */
export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** 403: understood and refused. */
export function forbidden(kind: Named, name: string, why: string): StatusError {
  return new StatusError(
    403,
    'Forbidden',
    `${qualified(kind.plural, kind.group)} "${name}" is forbidden: ${why}`,
    details(kind, name),
  );
}

/** 410: the version asked for is no longer in the history. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

/** 404 for a path that is no resource. */
export function noSuchResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** 405: the resource exists and does not do this. */
export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** 415: a patch in a format that this resource does not take. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}
