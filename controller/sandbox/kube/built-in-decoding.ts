import type { KubeObject } from '../../src/api/meta.ts';
import { type FieldShape, modelFields } from './built-in-models.ts';
import { isRecord, type JsonRecord, mutableCopy } from './json-value.ts';
import { badRequest } from './status-errors.ts';

const QUANTITY = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?$/;

/** Says what stands in the way of reading the value; becomes the tail of a 400. */
class UnreadableField extends Error {}

/**
 * A changeable copy of a built-in object, without nulls and without the fields its type does not have; those are listed.
 * 400 when a value cannot be read as the type of its field.
 */
export function decodeModel(model: string, object: KubeObject): { object: KubeObject; unknownFields: string[] } {
  const unknownFields: string[] = [];
  try {
    return { object: decodeRecord(model, object, '', unknownFields) as unknown as KubeObject, unknownFields };
  } catch (error) {
    if (!(error instanceof UnreadableField)) throw error;
    const version = object.apiVersion?.split('/').at(-1) ?? 'v1';
    throw badRequest(`${object.kind} in version "${version}" cannot be handled as a ${object.kind}: ${error.message}`);
  }
}

/** Metadata as every object has it, of custom kinds too. */
export function decodeMetadata(metadata: unknown): { metadata: JsonRecord; unknownFields: string[] } {
  const unknownFields: string[] = [];
  try {
    const decoded = decodeRecord('V1ObjectMeta', metadata, 'metadata', unknownFields);
    // The API has no empty lists and maps here: the last label taken away takes the field with it.
    const filled = Object.entries(decoded).filter(
      ([, value]) => typeof value !== 'object' || Object.keys(value as object).length > 0,
    );
    return { metadata: Object.fromEntries(filled), unknownFields };
  } catch (error) {
    if (error instanceof UnreadableField) throw badRequest(error.message);
    throw error;
  }
}

function decodeRecord(model: string, value: unknown, path: string, unknownFields: string[]): JsonRecord {
  if (!isRecord(value)) throw unreadable(value, path, model.replace(/^(Core)?V\d+/, ''));
  const fields = modelFields(model);
  const result: JsonRecord = {};
  for (const [name, item] of Object.entries(value)) {
    const shape = fields.get(name);
    const itemPath = path === '' ? name : `${path}.${name}`;
    if (shape === undefined) unknownFields.push(itemPath);
    else if (item !== null && item !== undefined) result[name] = decodeField(shape, item, itemPath, unknownFields);
  }
  return result;
}

function decodeField(shape: FieldShape, value: unknown, path: string, unknownFields: string[]): unknown {
  switch (shape.kind) {
    case 'model':
      return decodeRecord(shape.model, value, path, unknownFields);
    case 'list':
      if (!Array.isArray(value)) throw unreadable(value, path, 'list');
      return value.map((item, i) => decodeField(shape.items, item, `${path}[${i}]`, unknownFields));
    case 'map':
      if (!isRecord(value)) throw unreadable(value, path, 'map');
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          decodeField(shape.values, item, `${path}.${key}`, unknownFields),
        ]),
      );
    case 'string':
    case 'number':
    case 'boolean':
      if (typeof value !== shape.kind) throw unreadable(value, path, shape.kind === 'boolean' ? 'bool' : shape.kind);
      return value;
    case 'integer':
      if (!Number.isInteger(value)) throw unreadable(value, path, 'int64');
      return value;
    case 'int-or-string':
      if (typeof value !== 'string' && !Number.isInteger(value)) throw unreadable(value, path, 'intstr.IntOrString');
      return value;
    case 'quantity':
      return decodeQuantity(value);
    case 'any':
      return mutableCopy(value);
  }
}

function decodeQuantity(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && QUANTITY.test(text)) return text;
  throw new UnreadableField(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
}

function unreadable(value: unknown, path: string, type: string): UnreadableField {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return new UnreadableField(`json: cannot unmarshal ${found} into Go struct field .${path} of type ${type}`);
}
