import { type FieldShape, modelFields } from './built-in-models.ts';
import { isRecord, type JsonRecord, jsonEqual, listOf, mutableCopy } from './json-value.ts';
import { type ListMerge, listMerge } from './patch-merge-keys.ts';
import { badRequest } from './status-errors.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const ELEMENT_ORDER = '$setElementOrder/';
const DELETE_VALUES = '$deleteFromPrimitiveList/';

/**
 * `current` changed by a strategic merge patch: as a merge patch, but lists with a merge key are merged item by item, and directives
 * (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) are obeyed. Neither argument is changed.
 */
export function strategicMergePatched(model: string, current: unknown, patch: JsonRecord): JsonRecord {
  return mergeRecord({ kind: 'model', model }, current, patch);
}

function mergeRecord(shape: FieldShape, current: unknown, patch: JsonRecord): JsonRecord {
  const { [DIRECTIVE]: directive, ...fields } = patch;
  if (directive === 'delete') return {};
  const before = directive === 'replace' || !isRecord(current) ? {} : current;
  const result: JsonRecord = { ...before };
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(DELETE_VALUES)) removeValues(result, name.slice(DELETE_VALUES.length), value);
  }
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith('$')) continue;
    if (value === null) delete result[name];
    else result[name] = mergeField(shape, name, result[name], value);
  }
  for (const [name, order] of Object.entries(fields)) {
    if (name.startsWith(ELEMENT_ORDER)) reorder(shape, result, name.slice(ELEMENT_ORDER.length), listOf(order));
  }
  const kept = fields[RETAIN_KEYS];
  if (Array.isArray(kept)) for (const name of Object.keys(result)) if (!kept.includes(name)) delete result[name];
  return result;
}

function mergeField(shape: FieldShape, name: string, current: unknown, value: unknown): unknown {
  const field = fieldShape(shape, name);
  if (isRecord(value)) return mergeRecord(field, current, value);
  if (!Array.isArray(value)) return value;
  const merge = shape.kind === 'model' ? listMerge(shape.model, name) : undefined;
  if (merge === undefined) return mutableCopy(value);
  const items: FieldShape = field.kind === 'list' ? field.items : { kind: 'any' };
  return merge.key === undefined
    ? mergeValues(listOf(current), value)
    : mergeItems(items, merge.key, listOf(current), value);
}

function fieldShape(shape: FieldShape, name: string): FieldShape {
  if (shape.kind === 'map') return shape.values;
  return (shape.kind === 'model' ? modelFields(shape.model).get(name) : undefined) ?? { kind: 'any' };
}

function mergeValues(current: readonly unknown[], added: readonly unknown[]): unknown[] {
  return [...current, ...added.filter((value) => !current.some((known) => jsonEqual(known, value)))];
}

function mergeItems(
  shape: FieldShape,
  key: string,
  current: readonly unknown[],
  patches: readonly unknown[],
): unknown[] {
  const replaces = patches.some((patch) => isRecord(patch) && patch[DIRECTIVE] === 'replace');
  let result: unknown[] = replaces ? [] : [...current];
  for (const patch of patches) {
    if (!isRecord(patch)) throw badRequest(`a list that is merged by ${key} holds records only`);
    const { [DIRECTIVE]: directive, ...fields } = patch;
    if (directive === 'replace' && Object.keys(fields).length === 0) continue;
    if (fields[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(patch)} does not contain declared merge key: ${key}`);
    const isSame = (item: unknown) => isRecord(item) && item[key] === fields[key];
    const place = result.findIndex(isSame);
    if (directive === 'delete') result = result.filter((item) => !isSame(item));
    else if (place < 0) result.push(mergeRecord(shape, {}, fields));
    else result[place] = mergeRecord(shape, result[place], fields);
  }
  return result;
}

function removeValues(record: JsonRecord, name: string, values: unknown): void {
  const removed = listOf(values);
  record[name] = listOf(record[name]).filter((value) => !removed.some((item) => jsonEqual(item, value)));
}

/** Items that the patch orders come first, as ordered; those it does not know keep their order behind them. */
function reorder(shape: FieldShape, record: JsonRecord, name: string, order: readonly unknown[]): void {
  const merge: ListMerge = (shape.kind === 'model' ? listMerge(shape.model, name) : undefined) ?? { key: undefined };
  const identity = (item: unknown) => (merge.key !== undefined && isRecord(item) ? item[merge.key] : item);
  const rank = (item: unknown) => {
    const place = order.findIndex((candidate) => jsonEqual(identity(candidate), identity(item)));
    return place < 0 ? order.length : place;
  };
  if (Array.isArray(record[name]))
    record[name] = [...(record[name] as unknown[])].sort((left, right) => rank(left) - rank(right));
}
