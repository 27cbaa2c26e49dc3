// Quantities as exact rationals of one nano-unit, for checks: no rounding to agree or disagree about.

const NANO_DIGITS = 9;
const DECIMAL_POWERS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_POWERS: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** Amounts by resource name, in nano-units. */
export type ExactQuantities = ReadonlyMap<string, bigint>;

/** The quantity in nano-units; a remainder below one rounds up. Throws on what is no quantity. */
export function exactQuantity(text: string | number): bigint {
  const match = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?([A-Za-z]*)$/.exec(String(text));
  const [, whole = '', fraction = '', exponent = '0', suffix = ''] = match ?? [];
  const decimal = DECIMAL_POWERS[suffix];
  const binary = BINARY_POWERS[suffix];
  if (whole + fraction === '' || (decimal === undefined && binary === undefined))
    throw new Error(`"${text}" is no quantity`);
  const digits = BigInt(whole + fraction) * 2n ** BigInt(binary ?? 0);
  const power = NANO_DIGITS - fraction.length + Number(exponent) + (decimal ?? 0);
  if (power >= 0) return digits * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (digits + divisor - 1n) / divisor;
}

/** All of an object's quantities. */
export function exactQuantities(quantities: Readonly<Record<string, string | number>> | undefined): ExactQuantities {
  return new Map(Object.entries(quantities ?? {}).map(([name, text]) => [name, exactQuantity(text)]));
}

/** Resource by resource, the sum of all. */
export function exactSum(all: Iterable<ExactQuantities>): ExactQuantities {
  return combine(all, (left, right) => left + right);
}

/** Resource by resource, the largest of all. */
export function exactMax(all: Iterable<ExactQuantities>): ExactQuantities {
  return combine(all, (left, right) => (left > right ? left : right));
}

/** Names of resources of which there is more than `bound` gives; what it does not name is none, unless `isOpen`. Sorted. */
export function beyond(amounts: ExactQuantities, bound: ExactQuantities, isOpen: boolean): readonly string[] {
  return [...amounts]
    .filter(([name, amount]) => (bound.has(name) || !isOpen) && amount > (bound.get(name) ?? 0n))
    .map(([name]) => name)
    .sort();
}

/** For messages: in whole units, up to nine digits after the point. */
export function showExact(amount: bigint): string {
  const digits = amount.toString().padStart(NANO_DIGITS + 1, '0');
  const fraction = digits.slice(-NANO_DIGITS).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -NANO_DIGITS) : `${digits.slice(0, -NANO_DIGITS)}.${fraction}`;
}

function combine(all: Iterable<ExactQuantities>, join: (left: bigint, right: bigint) => bigint): ExactQuantities {
  const result = new Map<string, bigint>();
  for (const each of all) for (const [name, amount] of each) result.set(name, join(result.get(name) ?? 0n, amount));
  return result;
}
