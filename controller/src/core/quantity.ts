/**
 * How a quantity was written, and so how it is written again:
 * `1500m` and `2k`, `1536Mi`, `15e2`.
 */
export type QuantityFormat = 'decimal-si' | 'binary-si' | 'decimal-exponent';

/** An exact Kubernetes quantity: a multiple of one billionth, the finest step the API knows. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** Longer texts are refused: no amount needs it, and big-integer work grows with the length. */
const QUANTITY_LENGTH_MAX = 256;
/** Past this exponent any text of that length is out of range or rounds to one step, so it is as good as the exact one. */
const EXPONENT_MAX = 2 * QUANTITY_LENGTH_MAX;
const NANO_DIGITS = 9;
const NANO = 10n ** BigInt(NANO_DIGITS);
/** Kubernetes holds amounts to a signed 64-bit integer; what is larger becomes this. */
const AMOUNT_NANO_MAX = (2n ** 63n - 1n) * NANO;

const DECIMAL_EXPONENTS = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const DECIMAL_SUFFIXES = new Map([...DECIMAL_EXPONENTS].map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const GRAMMAR = /^([+-]?)(\d*)(?:\.(\d*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/**
 * Returns the quantity that `text` denotes, or undefined when it denotes none.
 * As in Kubernetes, what is finer than a billionth rounds away from zero and what exceeds 2^63 - 1 becomes that.
 */
export function parseQuantity(text: string | number): Quantity | undefined {
  const written = String(text);
  if (written.length > QUANTITY_LENGTH_MAX) return undefined;
  const match = GRAMMAR.exec(written);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const { format, scale, exponent } = readSuffix(suffix);
  const magnitude = scaled(BigInt(whole + fraction) * scale, exponent - fraction.length + NANO_DIGITS);
  const bounded = magnitude > AMOUNT_NANO_MAX ? AMOUNT_NANO_MAX : magnitude;
  return { nano: sign === '-' ? -bounded : bounded, format };
}

function readSuffix(suffix: string): { format: QuantityFormat; scale: bigint; exponent: number } {
  const decimal = DECIMAL_EXPONENTS.get(suffix);
  if (decimal !== undefined) return { format: 'decimal-si', scale: 1n, exponent: decimal };
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { format: 'binary-si', scale: 1024n ** BigInt(binary), exponent: 0 };
  const exponent = Math.min(Math.max(Number(suffix.slice(1)), -EXPONENT_MAX), EXPONENT_MAX);
  return { format: 'decimal-exponent', scale: 1n, exponent };
}

/** `value * 10^exponent`, rounded up. `value` is not negative. */
function scaled(value: bigint, exponent: number): bigint {
  return exponent >= 0 ? value * 10n ** BigInt(exponent) : ceilDivide(value, 10n ** BigInt(-exponent));
}

/**
 * Returns the canonical text: no fraction, the largest suffix that needs none, in the format it was written in.
 * A binary quantity below 1Ki, or with a fraction of a unit, is written in decimal, as Kubernetes does.
 */
export function formatQuantity(quantity: Quantity): string {
  const { nano, format } = quantity;
  if (nano === 0n) return '0';
  const isWhole = nano % NANO === 0n;
  if (format === 'binary-si' && isWhole && magnitudeOf(nano) >= 1024n * NANO) return formatBinary(nano / NANO);
  return formatDecimal(nano, format === 'decimal-exponent');
}

function formatBinary(units: bigint): string {
  let mantissa = units;
  let power = 0;
  while (power < BINARY_SUFFIXES.length - 1 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    power += 1;
  }
  return `${mantissa}${BINARY_SUFFIXES[power]}`;
}

function formatDecimal(nano: bigint, asExponent: boolean): string {
  let mantissa = nano;
  let exponent = -NANO_DIGITS;
  while (exponent < 18 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (exponent === 0) return String(mantissa);
  return asExponent ? `${mantissa}e${exponent}` : `${mantissa}${DECIMAL_SUFFIXES.get(exponent)}`;
}

/** Which way an amount goes that falls between two integers. Requests round up and capacity down, so that nothing is oversold. */
export type Rounding = 'up' | 'down';

/**
 * Returns the quantity as an integer count of `10^-decimals` units (0: whole units, 3: thousandths).
 * Beyond ±(2^53 - 1) it saturates there.
 */
export function quantityToInteger(quantity: Quantity, decimals: number, rounding: Rounding): number {
  const step = 10n ** BigInt(NANO_DIGITS - decimals);
  const count = rounding === 'up' ? ceilDivide(quantity.nano, step) : -ceilDivide(-quantity.nano, step);
  const bounded = Number(
    magnitudeOf(count) > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : magnitudeOf(count),
  );
  return count < 0n ? -bounded : bounded;
}

/** Returns the quantity of `count` times `10^-decimals` units. */
export function quantityFromInteger(count: number, decimals: number, format: QuantityFormat): Quantity {
  return { nano: BigInt(count) * 10n ** BigInt(NANO_DIGITS - decimals), format };
}

/** Rounds towards positive infinity; `divisor` is positive. */
function ceilDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value > 0n && value % divisor !== 0n ? quotient + 1n : quotient;
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}
