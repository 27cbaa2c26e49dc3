/** Fields whose values never reach a log, in lower case without separators. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'accesstoken',
  'authorization',
  'clientkeydata',
  'cookie',
  'password',
  'privatekey',
  'refreshtoken',
  'secret',
  'secretaccesskey',
  'sessiontoken',
  'token',
  'userdata',
  'xamzsecuritytoken',
]);

/** Secrets inside of sentences: bearer tokens, JSON web tokens, AWS key ids, signatures in URLs. */
const SECRET_TEXT =
  /\bBearer\s+[\w.~+/=-]+|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|X-Amz-(?:Signature|Security-Token)=[^&\s"]+/g;

const REDACTED = '[redacted]';
/** Bounds of one record: a log collector cuts lines at 16 to 256 KiB, and a cut line is no JSON. */
const TEXT_CHARS_MAX = 4096;
const ITEMS_MAX = 100;
const DEPTH_MAX = 6;

/**
 * A copy of `value` that may be logged: secrets replaced, errors as plain objects, long texts and lists cut, at most six
 * levels deep. Never throws.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value) || value instanceof Set) return redactItems([...value], depth);
  if (value instanceof Map)
    return redactRecord(
      [...value].map(([k, v]) => [String(k), v]),
      depth,
    );
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const entries = Object.entries(value);
  const isSecret = (value as { kind?: unknown }).kind === 'Secret';
  return redactRecord(isSecret ? entries.filter(([key]) => key !== 'data' && key !== 'stringData') : entries, depth);
}

/** The text with what looks like a secret replaced, and cut to 4,096 characters. */
export function redactText(text: string): string {
  const cut = text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}… (${text.length} characters)` : text;
  return cut.replace(SECRET_TEXT, REDACTED);
}

function redactItems(items: readonly unknown[], depth: number): unknown[] {
  const kept = items.slice(0, ITEMS_MAX).map((item) => redact(item, depth + 1));
  return items.length > ITEMS_MAX ? [...kept, `… ${items.length - ITEMS_MAX} more`] : kept;
}

function redactRecord(entries: readonly (readonly [string, unknown])[], depth: number): Record<string, unknown> {
  const kept = entries
    .slice(0, ITEMS_MAX)
    .map(([key, item]) => [key, isSecretField(key) ? REDACTED : redact(item, depth + 1)]);
  if (entries.length > ITEMS_MAX) kept.push(['…', `${entries.length - ITEMS_MAX} more`]);
  return Object.fromEntries(kept);
}

/** Without the stack of errors that the outside world caused: their message and code say it all. */
function redactError(error: Error, depth: number): Record<string, unknown> {
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' ? { code } : { stack: redactText(error.stack ?? '') }),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

function isSecretField(key: string): boolean {
  return SECRET_FIELDS.has(key.toLowerCase().replace(/[^a-z]/g, ''));
}
