import type { Resources } from '../../src/core/resources.ts';
import type { Quantities } from '../kube/built-in-kinds.ts';

const SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
]);

/** `1.1 * 1000` must be 1100: floating point is trusted to this many digits, which petabytes in bytes still fit. */
const DIGITS = 15;

/** The quantity in the unit of its resource (milli-cores for cpu), rounded up. Throws on what is no quantity. */
export function parseQuantity(resource: string, text: string | number): number {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)$/.exec(String(text));
  const factor = SUFFIXES.get(match?.[2] ?? '');
  const amount = Number(match?.[1]);
  if (factor === undefined || Number.isNaN(amount)) throw new Error(`"${text}" is no quantity of ${resource}`);
  const inUnits = amount * factor * (resource === 'cpu' ? 1000 : 1);
  return Math.ceil(Number(inUnits.toPrecision(DIGITS)));
}

/** All quantities in integers, as the core counts them. */
export function parseQuantities(quantities: Quantities | undefined): Resources {
  return Object.fromEntries(Object.entries(quantities ?? {}).map(([name, text]) => [name, parseQuantity(name, text)]));
}

/** Integers as Kubernetes writes them: milli-cores as `940m` or `4`, bytes in Ki where they divide, the rest plain. */
export function formatQuantities(resources: Resources): Record<string, string> {
  return Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, formatQuantity(name, amount)]));
}

function formatQuantity(resource: string, amount: number): string {
  if (resource === 'cpu') return amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`;
  const isBytes = resource === 'memory' || resource === 'ephemeral-storage' || resource.startsWith('hugepages-');
  return isBytes && amount > 0 && amount % 1024 === 0 ? `${amount / 1024}Ki` : String(amount);
}

/** The sum, resource by resource. */
export function sumOf(left: Resources, right: Resources): Resources {
  const sum: Record<string, number> = { ...left };
  for (const [name, amount] of Object.entries(right)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
}
