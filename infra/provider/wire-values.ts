import type { Properties } from './resource-kind.ts';

// How Pulumi's engine writes values into plain JSON that JSON has no word for.

const SIGNATURE_KEY = '4dabf18193072939515e22adb298388d';
/** Stands for every value that a preview does not know yet. */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** The same values with their wrappings (secret, output) taken off. */
export function opened<T>(value: T): T {
  if (Array.isArray(value)) return value.map(opened) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (SIGNATURE_KEY in value) return opened('value' in value ? value.value : UNKNOWN) as T;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, opened(member)])) as T;
}

/** Whether the value, or a part of it, will only be known when the program runs for good. */
export function isUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(isUnknown);
}

/** The inputs whose values are not the same any more, a value that is not known yet among them. */
export function changedInputs(state: Properties, inputs: Properties, names: readonly string[]): readonly string[] {
  const text = (value: unknown) => JSON.stringify(value);
  return names.filter((name) => isUnknown(inputs[name]) || text(state[name]) !== text(inputs[name]));
}
