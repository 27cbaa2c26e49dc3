import { AwsError } from './aws-error.ts';

/** A filter as Describe calls take it: the values are ORed, several filters are ANDed. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

export type Tags = Readonly<Record<string, string>>;

/** EC2 takes at most this many values over all filters of a call. */
const FILTER_VALUES_MAX = 200;

/**
 * A test for things with tags. `fieldOf` gives the values a thing has under a filter name, or undefined for a filter that
 * the call does not know, which throws InvalidParameterValue. `tag:<key>`, `tag-key` and the wildcards `*` and `?` are built in.
 */
export function filterTest<T>(
  filters: readonly Filter[],
  tagsOf: (thing: T) => Tags,
  fieldOf: (thing: T, name: string) => readonly string[] | undefined,
): (thing: T) => boolean {
  const valueCount = filters.reduce((sum, filter) => sum + filter.values.length, 0);
  if (valueCount > FILTER_VALUES_MAX) {
    throw new AwsError(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${FILTER_VALUES_MAX}`,
    );
  }
  const tests = filters.map(({ name, values }) => ({ name, patterns: values.map(wildcardPattern) }));
  return (thing) =>
    tests.every(({ name, patterns }) => {
      const found = tagValues(tagsOf(thing), name) ?? fieldOf(thing, name);
      if (found === undefined) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
      return found.some((value) => patterns.some((pattern) => pattern.test(value)));
    });
}

function tagValues(tags: Tags, filterName: string): readonly string[] | undefined {
  if (filterName === 'tag-key') return Object.keys(tags);
  if (!filterName.startsWith('tag:')) return undefined;
  const value = tags[filterName.slice('tag:'.length)];
  return value === undefined ? [] : [value];
}

function wildcardPattern(value: string): RegExp {
  const source = value
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
