import type { Filter } from '@aws-sdk/client-ec2';

export type Selector = Readonly<Record<string, string>>;

/** Keys that select by id instead of by tag; the second is the older spelling. */
export const ID_KEYS: readonly string[] = ['aws-ids', 'aws::ids'];

/** The parts of a comma-separated value, without blanks around them. */
export function commaSeparated(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * EC2 filters that all must match: tags by value (EC2's own wildcards work), `*` alone for any value, ids under `idFilter`.
 * By key, so that equal selectors give equal requests.
 */
export function selectorFilters(selector: Selector, idFilter: string): Filter[] {
  return Object.keys(selector)
    .sort()
    .map((key) => {
      const value = selector[key] ?? '';
      if (ID_KEYS.includes(key)) return { Name: idFilter, Values: commaSeparated(value) };
      return value === '*' ? { Name: 'tag-key', Values: [key] } : { Name: `tag:${key}`, Values: commaSeparated(value) };
    });
}

/** The selector as users wrote it, for messages and as the key of caches: `{a: "1", b: "*"}`, by key. */
export function selectorText(selector: Selector): string {
  const pairs = Object.keys(selector)
    .sort()
    .map((key) => `${key}: ${JSON.stringify(selector[key])}`);
  return `{${pairs.join(', ')}}`;
}
