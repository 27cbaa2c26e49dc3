import { AwsError } from '../aws-error.ts';

/** A decoded JSON object; readers below say what is in it, and refuse what is of another type. */
export type JsonInput = Readonly<Record<string, unknown>>;

/** The object in the text; an empty text is an empty one. Throws SerializationException. */
export function parseJsonObject(text: string): JsonInput {
  try {
    const input: unknown = text === '' ? {} : JSON.parse(text);
    if (isObject(input)) return input;
  } catch (error) {
    throw new AwsError('SerializationException', String(error));
  }
  throw new AwsError('SerializationException', 'the body is no JSON object');
}

/** The text at `key`; undefined when absent. */
export function textAt(input: JsonInput, key: string): string | undefined {
  const value = input[key] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(key, 'a string');
}

/** The text at `key`, or a thrown ValidationException for what is missing. */
export function requiredTextAt(input: JsonInput, key: string): string {
  const text = textAt(input, key);
  if (text === undefined) throw new AwsError('ValidationException', `The request must contain the parameter ${key}.`);
  return text;
}

/** The number at `key`; undefined when absent. */
export function numberAt(input: JsonInput, key: string): number | undefined {
  const value = input[key] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  throw wrongType(key, 'a number');
}

/** Whether the boolean at `key` is true. */
export function isTrueAt(input: JsonInput, key: string): boolean {
  const value = input[key] ?? false;
  if (typeof value === 'boolean') return value;
  throw wrongType(key, 'a boolean');
}

/** The texts of the list at `key`; none when absent. */
export function textsAt(input: JsonInput, key: string): readonly string[] {
  const value = input[key] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw wrongType(key, 'a list of strings');
}

/** The object at `key`; an empty one when absent. */
export function objectAt(input: JsonInput, key: string): JsonInput {
  const value = input[key] ?? {};
  if (isObject(value)) return value;
  throw wrongType(key, 'an object');
}

/** The objects of the list at `key`; none when absent. */
export function objectsAt(input: JsonInput, key: string): readonly JsonInput[] {
  const value = input[key] ?? [];
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw wrongType(key, 'a list of objects');
}

/** The map of texts at `key`; empty when absent. */
export function mapAt(input: JsonInput, key: string): Readonly<Record<string, string>> {
  const object = objectAt(input, key);
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  const entries = Object.entries(object);
  if (entries.every(isText)) return Object.fromEntries(entries);
  throw wrongType(key, 'a map of strings');
}

/** Tags that are sent as a list of `{ Key, Value }`. */
export function tagListAt(input: JsonInput, key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    objectsAt(input, key).map((tag) => [requiredTextAt(tag, 'Key'), textAt(tag, 'Value') ?? '']),
  );
}

/** The same way back, by key. */
export function tagList(tags: Readonly<Record<string, string>>): readonly { Key: string; Value: string }[] {
  return Object.entries(tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .sort((a, b) => (a.Key < b.Key ? -1 : 1));
}

const isObject = (value: unknown): value is JsonInput =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function wrongType(key: string, wanted: string): AwsError {
  return new AwsError('SerializationException', `${key} must be ${wanted}`);
}
