import * as client from '@kubernetes/client-node';

/** The shape of one field of a built-in type. */
export type FieldShape =
  | { readonly kind: 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string' | 'quantity' | 'any' }
  | { readonly kind: 'list'; readonly items: FieldShape }
  | { readonly kind: 'map'; readonly values: FieldShape }
  | { readonly kind: 'model'; readonly model: string };

export type ModelFields = ReadonlyMap<string, FieldShape>;

/** Quantities are strings to the client library, and the API takes numbers too: `cpu: 1`. */
const QUANTITY_FIELDS = new Set([
  'V1ContainerStatus.allocatedResources',
  'V1EmptyDirVolumeSource.sizeLimit',
  'V1NodeStatus.allocatable',
  'V1NodeStatus.capacity',
  'V1PersistentVolumeClaimStatus.allocatedResources',
  'V1PersistentVolumeClaimStatus.capacity',
  'V1PersistentVolumeSpec.capacity',
  'V1PodSpec.overhead',
  'V1ResourceFieldSelector.divisor',
  'V1ResourceRequirements.limits',
  'V1ResourceRequirements.requests',
  'V1VolumeResourceRequirements.limits',
  'V1VolumeResourceRequirements.requests',
]);

interface AttributeType {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

const fieldsByModel = new Map<string, ModelFields>();

/**
 * The fields of a built-in type by their JSON names, as the official client library describes them (`V1PodSpec`).
 * Throws for a name that the library does not know: our bug.
 */
export function modelFields(model: string): ModelFields {
  const known = fieldsByModel.get(model);
  if (known !== undefined) return known;
  const type = (client as unknown as Record<string, { attributeTypeMap?: readonly AttributeType[] } | undefined>)[
    model
  ];
  if (type?.attributeTypeMap === undefined) throw new Error(`the client library has no type ${model}`);
  const fields = new Map(type.attributeTypeMap.map((field) => [field.baseName, shapeOf(model, field)]));
  fieldsByModel.set(model, fields);
  return fields;
}

function shapeOf(model: string, field: AttributeType): FieldShape {
  const isQuantity = QUANTITY_FIELDS.has(`${model}.${field.baseName}`);
  return parseType(field.type, field.format, isQuantity);
}

function parseType(type: string, format: string, isQuantity: boolean): FieldShape {
  const items = /^Array<(.+)>$/.exec(type)?.[1];
  if (items !== undefined) return { kind: 'list', items: parseType(items, format, isQuantity) };
  const values = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (values !== undefined) return { kind: 'map', values: parseType(values, format, isQuantity) };
  if (isQuantity) return { kind: 'quantity' };
  if (type === 'string' || type === 'Date' || type === 'V1MicroTime') return { kind: 'string' };
  if (type === 'number') return { kind: format === 'double' ? 'number' : 'integer' };
  if (type === 'boolean') return { kind: 'boolean' };
  if (type === 'IntOrString') return { kind: 'int-or-string' };
  if (type === 'any' || type === 'object') return { kind: 'any' };
  return { kind: 'model', model: type };
}
