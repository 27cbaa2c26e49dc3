import { isRecord, type JsonRecord, mutableCopy } from './json-value.ts';

/** The part of a CRD's openAPIV3Schema that the stand-in reads; all else is left to ajv. */
export interface StructuralSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** One entry of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
  readonly fieldPath?: string;
}

/**
 * A changeable copy without the fields that the schema does not know, whose paths are added to `unknownFields`, and without nulls where
 * null is no value. What is of the wrong type is kept: validation reports it.
 */
export function pruned(schema: StructuralSchema, value: unknown, path: string, unknownFields: string[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? mutableCopy(value)
      : value.map((item, i) => pruned(items, item, `${path}[${i}]`, unknownFields));
  }
  if (!isRecord(value)) return value;
  const result: JsonRecord = {};
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const itemPath = path === '' ? name : `${path}.${name}`;
    const itemSchema = schemaOf(schema, name);
    if (itemSchema === undefined) {
      if (keepsUnknown(schema)) result[name] = mutableCopy(item);
      else unknownFields.push(itemPath);
    } else if (item !== null || itemSchema.nullable === true) {
      result[name] = pruned(itemSchema, item, itemPath, unknownFields);
    }
  }
  return result;
}

/** Fills in the schema's defaults below records that are there. Changes `value`. */
export function fillSchemaDefaults(schema: StructuralSchema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) fillSchemaDefaults(schema.items, item);
    return;
  }
  if (!isRecord(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (value[name] === undefined && property.default !== undefined) value[name] = mutableCopy(property.default);
  }
  for (const [name, item] of Object.entries(value)) {
    const itemSchema = schemaOf(schema, name);
    if (itemSchema !== undefined) fillSchemaDefaults(itemSchema, item);
  }
}

/** The schema of one field of a record, declared or by `additionalProperties`. */
export function schemaOf(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function keepsUnknown(schema: StructuralSchema): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true) return true;
  // Only an object type lists its fields; anything else holds what it holds, and validation has its say.
  return schema.type !== 'object' && schema.properties === undefined;
}
