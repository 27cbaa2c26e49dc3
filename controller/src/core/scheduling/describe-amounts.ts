import { formatAmount, type Resources } from '../resources.ts';

const MILLI_PER_CPU = 1000;
const BYTES_PER_MEBI = 1024 ** 2;

/**
 * Returns an amount with its resource as a person would say it: `1.5 cpu`, `30212Mi memory`, `2 nvidia.com/gpu`.
 * Bytes beyond a mebibyte lose their fraction of one, downwards.
 */
export function describeAmount(name: string, amount: number): string {
  return `${describeNumber(name, amount)} ${name}`;
}

/** Returns the amount alone: `1.5`, `30212Mi`, `2`. */
export function describeNumber(name: string, amount: number): string {
  if (name === 'cpu') return String(amount / MILLI_PER_CPU);
  const isLong = isBytes(name) && Math.abs(amount) > BYTES_PER_MEBI;
  return formatAmount(name, isLong ? amount - (amount % BYTES_PER_MEBI) : amount);
}

/** Returns the amount alone for who needs all of it: bytes beyond a mebibyte are rounded up to the next. */
export function describeEnough(name: string, amount: number): string {
  const isLong = isBytes(name) && amount > BYTES_PER_MEBI;
  return describeNumber(name, isLong ? Math.ceil(amount / BYTES_PER_MEBI) * BYTES_PER_MEBI : amount);
}

/** Returns all amounts, sorted by name: `1 cpu, 2Gi memory`. */
export function describeAmounts(resources: Resources): string {
  const names = Object.keys(resources).sort();
  return names.map((name) => describeAmount(name, resources[name] as number)).join(', ');
}

function isBytes(name: string): boolean {
  return name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
}
