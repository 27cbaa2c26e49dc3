const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const TERM = /(\d+(?:\.\d*)?|\.\d+)(ns|us|ms|s|m|h)/g;
const SYNTAX = /^\+?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|ms|s|m|h))+)$/;
// int64 nanoseconds, the range of Go's time.Duration: about 292 years.
const NANOS_MAX = 2n ** 63n - 1n;

/** Returns a duration as Go writes it (`1h30m`, `1.5s`, `0`) in nanoseconds, or undefined when it is none or negative. */
export function parseDurationNanos(text: string): bigint | undefined {
  if (!SYNTAX.test(text)) return undefined;
  let nanos = 0n;
  for (const [, amount = '', unit = ''] of text.matchAll(TERM)) {
    const [whole = '', fraction = ''] = amount.split('.');
    const unitNanos = UNIT_NANOS[unit] ?? 0n;
    nanos += BigInt(whole || '0') * unitNanos + (BigInt(fraction || '0') * unitNanos) / 10n ** BigInt(fraction.length);
  }
  return nanos <= NANOS_MAX ? nanos : undefined;
}
