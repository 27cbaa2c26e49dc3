import { AwsError } from '../aws-error.ts';
import type { QueryParams } from './query-params.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/**
 * The page that the request asks for with MaxResults and NextToken. The token holds the last key given out and pages go by key,
 * so that nothing is skipped or repeated when things come and go between two pages.
 */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  params: QueryParams,
  sizeMax: number,
): Page<T> {
  const size = params.number('MaxResults') ?? sizeMax;
  if (!Number.isSafeInteger(size) || size < 1 || size > sizeMax) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ( ${params.text('MaxResults')} ) for parameter maxResults is invalid. Expecting a value up to ${sizeMax}.`,
    );
  }
  const after = decodeToken(params.text('NextToken'));
  const keyed = all
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const rest = after === undefined ? keyed : keyed.filter(({ key }) => key > after);
  const given = rest.slice(0, size);
  const last = given.at(-1);
  const nextToken =
    last !== undefined && rest.length > size ? Buffer.from(last.key, 'utf8').toString('base64url') : undefined;
  return { items: given.map(({ item }) => item), nextToken };
}

function decodeToken(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  if (!/^[A-Za-z0-9_-]+$/.test(token)) throw new AwsError('InvalidNextToken', `The token '${token}' is invalid`);
  return Buffer.from(token, 'base64url').toString('utf8');
}
