// Parsers of single values of settings and options: text in, value or what is wrong with it out.

/** What a parser makes of a text; the problem completes the sentence "<path> …". */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

const GO_DURATION_UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const GO_DURATION_TERM = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/y;

/** Milliseconds of a Go duration (`1h2m3.5s`, `-10ms`, `0`), rounded; undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  const negative = text.startsWith('-');
  const unsigned = /^[+-]/.test(text) ? text.slice(1) : text;
  if (unsigned === '0') return 0;
  let totalMs = 0;
  let end = 0;
  GO_DURATION_TERM.lastIndex = 0;
  for (let term = GO_DURATION_TERM.exec(unsigned); term !== null; term = GO_DURATION_TERM.exec(unsigned)) {
    totalMs += Number(term[1]) * (GO_DURATION_UNIT_MS[term[2] ?? ''] ?? 0);
    end = GO_DURATION_TERM.lastIndex;
  }
  if (unsigned === '' || end !== unsigned.length) return undefined;
  return Math.round(negative ? -totalMs : totalMs);
}

/** Parser of Go durations of at least `msMin`, to milliseconds. */
export function durationFrom(msMin: number): (text: string) => Parsed<number> {
  return (text) => {
    const ms = parseGoDuration(text);
    if (ms === undefined) return { problem: 'must be a duration such as 10s or 1m30s' };
    return ms >= msMin ? { value: ms } : { problem: `must be ≥ ${msMin / 1_000}s` };
  };
}

/** Parser of decimal integers within the bounds. */
export function integerBetween(min: number, max: number): (text: string) => Parsed<number> {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?[0-9]+$/.test(text) || !Number.isSafeInteger(value)) return { problem: 'must be an integer' };
    if (value < min) return { problem: `must be ≥ ${min}` };
    return value <= max ? { value } : { problem: `must be ≤ ${max}` };
  };
}

const DECIMAL = /^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?$/i;
const USD_PER_HOUR_MAX = 100;
const NANO_USD_PER_USD = 1e9;

/** Dollars per hour, to whole billionths of one. */
export function parseUsdPerHour(text: string): Parsed<number> {
  const usd = Number(text);
  if (!DECIMAL.test(text)) return { problem: 'must be dollars per hour, as 0.01' };
  return usd <= USD_PER_HOUR_MAX
    ? { value: Math.round(usd * NANO_USD_PER_USD) }
    : { problem: `must be ≤ ${USD_PER_HOUR_MAX}` };
}

/** A number in (0, 1]. */
export function parseShare(text: string): Parsed<number> {
  const value = Number(text);
  if (!DECIMAL.test(text)) return { problem: 'must be a number' };
  return value > 0 && value <= 1 ? { value } : { problem: 'must be > 0 and ≤ 1 (0.25 is a quarter)' };
}

/** A number in [0, 1). */
export function parseFraction(text: string): Parsed<number> {
  const value = Number(text);
  if (!/^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) return { problem: 'must be a number' };
  if (value < 0) return { problem: 'must be ≥ 0' };
  // A fraction in spite of its name: who writes 7.5 for 7.5 % would have no memory left on any node.
  return value < 1 ? { value } : { problem: 'must be < 1 (0.075 is 7.5 %)' };
}

/** The spellings of Go's strconv.ParseBool. */
export function parseBoolean(text: string): Parsed<boolean> {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return { value: true };
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return { value: false };
  return { problem: 'must be true or false' };
}

/** `Drift=true` among comma-separated gates; gates of other features are none of ours. */
export function parseDriftGate(text: string): Parsed<boolean> {
  const gate = text.split(',').find((pair) => pair.trim().startsWith('Drift='));
  return gate === undefined ? { value: false } : parseBoolean(gate.trim().slice('Drift='.length));
}

/** Any text. */
export function parseText(text: string): Parsed<string> {
  return { value: text };
}

/** A name that EKS accepts. */
export function parseClusterName(text: string): Parsed<string> {
  // EKS's own rule. The name goes into tag keys and shell scripts, so nothing else may pass.
  return /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(text)
    ? { value: text }
    : { problem: 'must be 1 to 100 letters, digits, - or _, and begin with a letter or digit' };
}

/** An absolute http(s) URL without quotes or blanks: it is written into shell scripts. */
export function parseEndpoint(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = /^https?:$/.test(url?.protocol ?? '') && !/['"\s]/.test(text);
  return isPlain ? { value: text } : { problem: 'must be an absolute URL such as https://host' };
}

/** Base64 with padding. */
export function parseBase64(text: string): Parsed<string> {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  return isBase64 ? { value: text } : { problem: 'must be base64' };
}

/** Keys that we set ourselves and that a setting must not shadow. */
const RESTRICTED_TAGS = [
  /^kubernetes\.io\/cluster\/[0-9A-Za-z][A-Za-z0-9_-]*$/,
  /^karpenter\.sh\/(provisioner-name|managed-by|machine-name|machine-uid|cluster-uid)$/,
];

/** A JSON object of EC2 tags, frozen, without the keys that we set ourselves. */
export function parseTags(text: string): Parsed<Readonly<Record<string, string>>> {
  let tags: unknown;
  try {
    tags = JSON.parse(text);
  } catch {
    // Whatever is wrong with the JSON, the answer is the same.
    return { problem: 'must be a JSON object' };
  }
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) return { problem: 'must be a JSON object' };
  for (const [key, value] of Object.entries(tags)) {
    if (typeof value !== 'string') return { problem: `must map tags to strings (${JSON.stringify(key)} does not)` };
    if (key === '') return { problem: 'must not have an empty key' };
    if (RESTRICTED_TAGS.some((pattern) => pattern.test(key)))
      return { problem: `must not set the reserved tag ${key}` };
  }
  return { value: Object.freeze({ ...tags }) as Readonly<Record<string, string>> };
}

/** A log level in any case. */
export function parseLogLevel(text: string): Parsed<'debug' | 'info' | 'warn' | 'error'> {
  const level = (['debug', 'info', 'warn', 'error'] as const).find((name) => name === text.toLowerCase());
  return level === undefined ? { problem: 'must be debug, info, warn or error' } : { value: level };
}

/** A DNS label. */
export function parseNamespace(text: string): Parsed<string> {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text) ? { value: text } : { problem: 'must be a namespace name' };
}
