import { formatQuantity, parseQuantity, quantityFromInteger, quantityToInteger, type Rounding } from './quantity.ts';

/**
 * Amounts by resource name, as integers: `cpu` in milli-cores, `memory`, `ephemeral-storage` and `hugepages-*` in bytes,
 * everything else (`pods`, `nvidia.com/gpu`) in whole units. A resource that is not named is 0.
 * Amounts beyond 2^53 - 1 saturate there: 8 PiB of memory in one sum is no cluster we can plan for.
 */
export type Resources = Readonly<Record<string, number>>;

export const NO_RESOURCES: Resources = Object.freeze({});

const MILLI_DECIMALS = 3;

function decimalsOf(name: string): number {
  return name === 'cpu' ? MILLI_DECIMALS : 0;
}

function isBytes(name: string): boolean {
  return name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
}

/** Returns the amount of `name`, 0 when it is not there. */
export function amountOf(resources: Resources, name: string): number {
  // Own properties only: a resource may be called `constructor`.
  return Object.hasOwn(resources, name) ? (resources[name] as number) : 0;
}

/** Returns the amount in the unit of `name`, or undefined when `quantity` is no Kubernetes quantity. */
export function parseAmount(name: string, quantity: string | number, rounding: Rounding): number | undefined {
  const parsed = parseQuantity(quantity);
  return parsed && quantityToInteger(parsed, decimalsOf(name), rounding);
}

/** Returns the amount as canonical quantity: bytes with binary suffixes (`2Gi`), the rest with decimal ones (`1500m`, `2k`). */
export function formatAmount(name: string, amount: number): string {
  return formatQuantity(quantityFromInteger(amount, decimalsOf(name), isBytes(name) ? 'binary-si' : 'decimal-si'));
}

/** Returns the amounts as a Kubernetes ResourceList, sorted by name. */
export function formatResources(resources: Resources): Record<string, string> {
  const names = Object.keys(resources).sort();
  return Object.fromEntries(names.map((name) => [name, formatAmount(name, amountOf(resources, name))]));
}

/** Returns the sum per resource. */
export function addResources(left: Resources, right: Resources): Resources {
  return combine(left, right, saturatingAdd);
}

/** Returns `left - right` per resource, below 0 where more is taken than is there. */
export function subtractResources(left: Resources, right: Resources): Resources {
  return combine(left, right, (a, b) => saturatingAdd(a, -b));
}

/** Returns the larger amount per resource. */
export function maxResources(left: Resources, right: Resources): Resources {
  return combine(left, right, Math.max);
}

/** Returns `count` times the amounts. */
export function scaleResources(resources: Resources, count: number): Resources {
  return Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, saturate(amount * count)]));
}

/** True when every requested amount is there. What is not requested may be short, even below 0. */
export function fitsResources(request: Resources, room: Resources): boolean {
  for (const name in request) {
    const amount = amountOf(request, name);
    if (amount > 0 && amount > amountOf(room, name)) return false;
  }
  return true;
}

/** Returns the amounts that are not 0: two lists that mean the same become equal. */
export function withoutZeros(resources: Resources): Resources {
  return Object.fromEntries(Object.entries(resources).filter(([, amount]) => amount !== 0));
}

function combine(left: Resources, right: Resources, join: (left: number, right: number) => number): Resources {
  const result: Record<string, number> = { ...left };
  for (const name in right) result[name] = join(amountOf(left, name), amountOf(right, name));
  // Names of `left` alone meet 0 on the other side; only a maximum with a negative amount would notice, so ask.
  for (const name in left) if (!Object.hasOwn(right, name)) result[name] = join(amountOf(left, name), 0);
  return result;
}

function saturatingAdd(left: number, right: number): number {
  return saturate(left + right);
}

function saturate(amount: number): number {
  return Math.min(Math.max(amount, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}
