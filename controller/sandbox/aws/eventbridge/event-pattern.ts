import { AwsError } from '../aws-error.ts';

/** Keys of an event, or of an object in it; a list is what a value may be, an object goes one level down. */
export interface EventPattern {
  readonly [key: string]: EventPattern | readonly Match[];
}

/** A value as it must be, or one of the tests that EventBridge has; those of numbers and addresses are not served here. */
type Match = string | number | boolean | null | { readonly prefix: string } | { readonly exists: boolean };

/** The pattern in the text. Throws InvalidEventPatternException. */
export function parseEventPattern(text: string): EventPattern {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(String(error));
  }
  checkLevel(value, '');
  return value;
}

function checkLevel(value: unknown, path: string): asserts value is EventPattern {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`"${path}" must be an object or an array`);
  }
  if (Object.keys(value).length === 0) throw invalid('Empty objects are not allowed');
  for (const [key, below] of Object.entries(value)) {
    if (!Array.isArray(below)) checkLevel(below, key);
    else if (below.length === 0) throw invalid(`Empty arrays are not allowed: "${key}"`);
    else below.forEach((match) => checkMatch(match, key));
  }
}

function checkMatch(match: unknown, key: string): void {
  if (match === null || typeof match !== 'object') return;
  const [[operator, operand] = [], ...more] = Object.entries(match);
  const isKnown =
    (operator === 'prefix' && typeof operand === 'string') || (operator === 'exists' && typeof operand === 'boolean');
  if (!isKnown || more.length > 0) throw invalid(`Unrecognized match type ${String(operator)} at "${key}"`);
}

/** Whether the event has, at each key of the pattern, one of the values listed there. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    const actual = isObject(event) ? event[key] : undefined;
    if (!isMatches(wanted)) return matchesPattern(wanted, actual);
    const values = Array.isArray(actual) ? actual : [actual];
    return wanted.some((match) => values.some((value) => matchesValue(match, value)));
  });
}

function matchesValue(match: Match, value: unknown): boolean {
  if (match === null || typeof match !== 'object') return match === value;
  if ('exists' in match) return (value !== undefined) === match.exists;
  return typeof value === 'string' && value.startsWith(match.prefix);
}

const isMatches = (value: EventPattern | readonly Match[]): value is readonly Match[] => Array.isArray(value);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function invalid(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
