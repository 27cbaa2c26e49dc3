import type { Rounding } from '../core/quantity.ts';
import { parseAmount, type Resources, withoutZeros } from '../core/resources.ts';
import type { Field } from './field.ts';
import { fail } from './undecodable.ts';

/**
 * Returns the amounts of a ResourceList, without those that are 0, inside an `attempt`. Requests round up and capacity down, so that
 * nothing is oversold. Refuses what is no quantity and what is negative.
 */
export function readResources(field: Field, rounding: Rounding): Resources {
  return withoutZeros(
    Object.fromEntries(field.entries().map(([name, quantity]) => [name, readAmount(name, quantity, rounding)])),
  );
}

function readAmount(name: string, field: Field, rounding: Rounding): number {
  const { value } = field;
  const amount =
    typeof value === 'string' || typeof value === 'number' ? parseAmount(name, value, rounding) : undefined;
  if (amount === undefined) return fail(field.path, `must be a quantity, is ${JSON.stringify(value)}`);
  if (amount < 0) return fail(field.path, `must not be negative, is ${value}`);
  return amount;
}
