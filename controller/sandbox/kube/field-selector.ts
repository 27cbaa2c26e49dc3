import type { KubeObject } from '../../src/api/meta.ts';
import { valueAt } from './json-value.ts';
import type { ServedKind } from './served-kind.ts';
import { badRequest } from './status-errors.ts';

/** Selectors that name something else than a path into the object. */
const EVENT_SOURCE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  source: ['source', 'component'],
  reportingComponent: ['reportingComponent'],
};

/** A test for a `fieldSelector` parameter (`spec.nodeName=x,status.phase!=Failed`). 400 for a field that the kind does not select by. */
export function parseFieldSelector(kind: ServedKind, text: string): (object: KubeObject) => boolean {
  const terms = text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => parseTerm(kind, term));
  return (object) => terms.every((matches) => matches(object));
}

function parseTerm(kind: ServedKind, term: string): (object: KubeObject) => boolean {
  const match = /^([^!=]+?)\s*(!=|==|=)\s*(.*)$/.exec(term);
  if (match === null) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, field, operator, value] = match as unknown as [string, string, string, string];
  const known = ['metadata.name', ...(kind.namespaced ? ['metadata.namespace'] : []), ...kind.selectableFields];
  if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
  const path = (kind.kind === 'Event' ? EVENT_SOURCE_FIELDS[field] : undefined) ?? field.split('.');
  return (object) => (String(valueAt(object, ...path) ?? defaultOf(field)) === value) === (operator !== '!=');
}

function defaultOf(field: string): string {
  return field === 'spec.unschedulable' ? 'false' : '';
}
