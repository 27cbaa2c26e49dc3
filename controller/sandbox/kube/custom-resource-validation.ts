import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { KubeObject } from '../../src/api/meta.ts';
import { compileRules, ruleProblems } from './cel-rules.ts';
import { isRecord } from './json-value.ts';
import type { KindRules } from './served-kind.ts';
import { type FieldProblem, invalidValue, requiredValue, unsupportedValue } from './status-errors.ts';
import { fillSchemaDefaults, pruned, type StructuralSchema } from './structural-schema.ts';

/** As the apiserver: a schema with hundreds of problems helps nobody. */
const PROBLEMS_MAX = 32;
const GO_DURATION = /^[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+)$/;

/**
 * Admission of one custom kind by its own CRD: unknown fields pruned, defaults filled, the schema checked by ajv, and then, when the shape
 * is right, the CEL rules at every level. Throws when the schema or a rule cannot be compiled.
 */
export function customResourceRules(schema: StructuralSchema): KindRules {
  const validate = compileSchema(schema);
  const celRoot = compileRules(schema);
  return {
    decode(object) {
      const unknownFields: string[] = [];
      const { apiVersion, kind, metadata, ...rest } = object;
      const body = pruned(schema, rest, '', unknownFields) as KubeObject;
      return {
        object: {
          ...body,
          ...(apiVersion === undefined ? {} : { apiVersion }),
          ...(kind === undefined ? {} : { kind }),
          metadata,
        },
        unknownFields,
      };
    },
    fillDefaults: (object) => fillSchemaDefaults(schema, object),
    problems(object, old) {
      if (!validate(object)) return schemaProblems(object, validate.errors ?? []);
      return celRoot === undefined ? [] : ruleProblems(celRoot, object, old, '').slice(0, PROBLEMS_MAX);
    },
  };
}

function compileSchema(schema: StructuralSchema): ValidateFunction {
  // Kubernetes' patterns are RE2 without JavaScript's unicode mode, in which a needless escape is an error.
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, unicodeRegExp: false, logger: false });
  formats.default(ajv);
  ajv.addFormat('duration', GO_DURATION);
  return ajv.compile(jsonSchemaOf(schema) as object);
}

/** An int-or-string without an `anyOf` of its own gets the one that the extension stands for. */
function jsonSchemaOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchemaOf);
  if (!isRecord(schema)) return schema;
  const result = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'default' || key === 'enum' ? value : jsonSchemaOf(value),
    ]),
  );
  if (schema['x-kubernetes-int-or-string'] === true && schema.anyOf === undefined) {
    result.anyOf = [{ type: 'integer' }, { type: 'string' }];
  }
  return result;
}

function schemaProblems(object: KubeObject, errors: readonly ErrorObject[]): FieldProblem[] {
  const alternatives = errors.filter((error) => error.keyword === 'anyOf').map((error) => error.schemaPath);
  return errors
    .filter((error) => !alternatives.some((path) => error.schemaPath.startsWith(`${path}/`)))
    .map((error) => schemaProblem(fieldPath(object, error.instancePath), error))
    .slice(0, PROBLEMS_MAX);
}

/** `/spec/requirements/0/key` as `spec.requirements[0].key`. */
function fieldPath(object: unknown, pointer: string): string {
  let path = '';
  let here = object;
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(here)) {
      path += `[${name}]`;
      here = here[Number(name)];
    } else {
      path += path === '' ? name : `.${name}`;
      here = isRecord(here) ? here[name] : undefined;
    }
  }
  return path;
}

/** One ajv error in the words of kube-apiserver. */
function schemaProblem(field: string, error: ErrorObject): FieldProblem {
  const { data: value, params } = error;
  const body = `${field} in body should`;
  switch (error.keyword) {
    case 'required':
      return requiredValue(field === '' ? params.missingProperty : `${field}.${params.missingProperty}`);
    case 'enum':
      return unsupportedValue(field, value, (params.allowedValues as unknown[]).map(String));
    case 'type':
      return typeProblem(field, value, String(params.type));
    case 'anyOf':
      return typeProblem(field, value, 'integer or string');
    case 'minimum':
    case 'exclusiveMinimum':
      return invalidValue(
        field,
        value,
        `${body} be greater than ${error.keyword === 'minimum' ? 'or equal to ' : ''}${params.limit}`,
      );
    case 'maximum':
    case 'exclusiveMaximum':
      return invalidValue(
        field,
        value,
        `${body} be less than ${error.keyword === 'maximum' ? 'or equal to ' : ''}${params.limit}`,
      );
    case 'minLength':
      return invalidValue(field, value, `${body} be at least ${params.limit} chars long`);
    case 'maxLength':
      return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${params.limit} bytes` };
    case 'minItems':
      return invalidValue(field, (value as unknown[]).length, `${body} have at least ${params.limit} items`);
    case 'maxItems':
      return {
        field,
        reason: 'FieldValueTooMany',
        message: `Too many: ${(value as unknown[]).length}: must have at most ${params.limit} items`,
      };
    case 'maxProperties':
      return {
        field,
        reason: 'FieldValueTooMany',
        message: `Too many: ${Object.keys(value as object).length}: must have at most ${params.limit} items`,
      };
    case 'minProperties':
      return invalidValue(
        field,
        Object.keys(value as object).length,
        `${body} have at least ${params.limit} properties`,
      );
    case 'pattern':
      return invalidValue(field, value, `${body} match '${params.pattern}'`);
    case 'uniqueItems':
      return {
        field,
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify((value as unknown[])[params.i as number])}`,
      };
    case 'format':
      return invalidValue(field, value, `${field} in body must be of type ${params.format}: ${JSON.stringify(value)}`);
    default:
      return invalidValue(field, value, `${field} in body ${error.message}`);
  }
}

function typeProblem(field: string, value: unknown, type: string): FieldProblem {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const shown =
    found === 'object' ? 'object' : found === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : found;
  return {
    field,
    reason: 'FieldValueTypeInvalid',
    message: `Invalid value: ${JSON.stringify(shown)}: ${field} in body must be of type ${type}: ${JSON.stringify(shown)}`,
  };
}
