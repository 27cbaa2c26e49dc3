// Kubernetes quantities, exact: an amount is a count of nano-units in a bigint, so that nothing is rounded on the way.

/** Which family of suffixes a quantity was written in; it is kept when the quantity is written again. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const NANO_DIGITS = 9;
const NANOS = 10n ** BigInt(NANO_DIGITS);
// Kubernetes caps quantities at 2^63 - 1; longer numbers cost time and mean nothing.
const DIGITS_MAX = 64;
const EXPONENT_MAX = 99;
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;
const BINARY_SUFFIXES = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIXES = new Map(Object.entries(DECIMAL_EXPONENTS).map(([suffix, exponent]) => [exponent, suffix]));

/** Returns the quantity that a manifest spells as text or number, or undefined when it is none. Below a nano-unit it is rounded up. */
export function parseQuantity(written: string | number): Quantity | undefined {
  const match = SYNTAX.exec(String(written));
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', binary, decimal, exponentText] = match;
  const digits = whole + fraction;
  if (digits === '' || digits.length > DIGITS_MAX) return undefined;
  const exponent = exponentText !== undefined ? Number(exponentText) : (DECIMAL_EXPONENTS[decimal ?? ''] ?? 0);
  if (Math.abs(exponent) > EXPONENT_MAX) return undefined;
  const factor = binary === undefined ? 1n : 1024n ** BigInt(BINARY_SUFFIXES.indexOf(binary) + 1);
  const magnitude = scaled(BigInt(digits) * factor, NANO_DIGITS + exponent - fraction.length);
  const format = binary !== undefined ? 'BinarySI' : exponentText !== undefined ? 'DecimalExponent' : 'DecimalSI';
  return { nanos: sign === '-' ? -magnitude : magnitude, format };
}

/**
 * Returns the one spelling that Kubernetes gives the amount: the largest suffix that leaves an integer (`1024Mi` is `1Gi`,
 * `1000m` is `1`).
 */
export function quantityText({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  if (format === 'BinarySI' && nanos % NANOS === 0n && absolute(nanos) >= 1024n * NANOS)
    return binaryText(nanos / NANOS);
  return decimalText(nanos, format === 'DecimalExponent');
}

function binaryText(units: bigint): string {
  let rest = units;
  let steps = 0;
  while (rest % 1024n === 0n && steps < BINARY_SUFFIXES.length) {
    rest /= 1024n;
    steps += 1;
  }
  return `${rest}${steps === 0 ? '' : BINARY_SUFFIXES[steps - 1]}`;
}

function decimalText(nanos: bigint, withExponent: boolean): string {
  let rest = nanos;
  let exponent = -NANO_DIGITS;
  const exponentMax = withExponent ? EXPONENT_MAX : 18;
  while (rest % 1000n === 0n && exponent < exponentMax) {
    rest /= 1000n;
    exponent += 3;
  }
  if (exponent === 0) return `${rest}`;
  return withExponent ? `${rest}e${exponent}` : `${rest}${DECIMAL_SUFFIXES.get(exponent)}`;
}

function scaled(value: bigint, exponent: number): bigint {
  if (exponent >= 0) return value * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (value + divisor - 1n) / divisor;
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
