export type JsonRecord = Record<string, unknown>;

/** True for a JSON object: neither null nor an array. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a record; an empty one when it is something else. For reading optional parts of an object. */
export function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

/** The value as an array; an empty one when it is something else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What stands at `path` inside nested records; undefined when a step is missing. */
export function valueAt(value: unknown, ...path: string[]): unknown {
  let here = value;
  for (const step of path) {
    if (!isRecord(here)) return undefined;
    here = here[step];
  }
  return here;
}

/** An independent copy of a JSON value that may be changed; fields that are undefined are left out. */
export function mutableCopy<T>(value: T): T {
  return copy(value, false) as T;
}

/** An independent copy of a JSON value that nobody can change; fields that are undefined are left out. */
export function frozenCopy<T>(value: T): T {
  return copy(value, true) as T;
}

function copy(value: unknown, freeze: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const list = value.map((item) => copy(item, freeze));
    return freeze ? Object.freeze(list) : list;
  }
  const record: JsonRecord = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) define(record, key, copy(item, freeze));
  }
  return freeze ? Object.freeze(record) : record;
}

/** `__proto__` is a legal JSON key, and must stay one: plain assignment would change the prototype instead. */
function define(record: JsonRecord, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true });
  else record[key] = value;
}

/** True when both are the same JSON, whatever the order of keys. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && left.every((item, i) => jsonEqual(item, right[i]));
  }
  if (!isRecord(left) || !isRecord(right)) return false;
  const leftKeys = Object.keys(left).filter((key) => left[key] !== undefined);
  const rightKeys = Object.keys(right).filter((key) => right[key] !== undefined);
  return (
    leftKeys.length === rightKeys.length && leftKeys.every((key) => key in right && jsonEqual(left[key], right[key]))
  );
}

/** `target` changed by a JSON merge patch (RFC 7386): null removes, records merge, all else replaces. Neither argument is changed. */
export function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return mutableCopy(patch);
  const result: JsonRecord = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) define(result, key, mergePatched(result[key], value));
  }
  return result;
}
