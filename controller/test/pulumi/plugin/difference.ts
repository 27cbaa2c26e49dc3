import { isDeepStrictEqual } from 'node:util';
import { type Properties, type ResourceType, UNKNOWN } from './resource-type.ts';

/** What an update would change, sorted. */
export interface Difference {
  readonly changed: readonly string[];
  readonly replacing: readonly string[];
}

/** Compares what is wanted with what there is, not with what was wanted before: so drift that a refresh has found is repaired. */
export function difference(
  type: ResourceType<never>,
  { oldInputs, state, news }: { readonly oldInputs: Properties; readonly state: Properties; readonly news: Properties },
): Difference {
  const keys = new Set([...Object.keys(oldInputs), ...Object.keys(news)]);
  const changed = [...keys].filter((key) => {
    const isSame = type.isSame?.[key] ?? isSameValue;
    return hasUnknown(news[key]) || !isSame(state[key], news[key]);
  });
  changed.sort();
  const replacing = type.update === undefined ? changed : changed.filter((key) => type.replaceOn?.includes(key));
  return { changed, replacing };
}

/** No tags are the same as an empty set of them. */
function isSameValue(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutEmpty(one), withoutEmpty(other));
}

function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined;
  return typeof value === 'object' && Object.keys(value).length === 0 ? undefined : value;
}

/** Whether both are the same JSON document, whatever their spelling. */
export function isSameDocument(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return one === other;
  return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
}

/** Whether something in it will be known only after the update. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown);
}
