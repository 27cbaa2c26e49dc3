import { normalizeLabel } from '../api/label-rules.ts';
import { NODE_NAME_KEY } from '../core/label-keys.ts';
import { type Expression, isInteger, type Operator } from '../core/requirements.ts';
import type { Field } from './field.ts';
import { fail } from './undecodable.ts';

const OPERATORS: readonly Operator[] = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];

/**
 * Label expressions with their keys' old names replaced by today's, inside an `attempt`.
 * Refuses Gt and Lt without their integer and In without values.
 */
export function readExpressions(field: Field): Expression[] {
  return field.items().map((item) => {
    const key = normalizeLabel(item.at('key').text());
    const operator = item.at('operator').oneOf(OPERATORS);
    const values = item.at('values').texts();
    if (operator === 'In' && values.length === 0) fail(item.at('values').path, 'In needs a value');
    if ((operator === 'Gt' || operator === 'Lt') && (values.length !== 1 || !isInteger(values[0] as string))) {
      fail(item.at('values').path, `${operator} needs one integer`);
    }
    return { key, operator, values };
  });
}

/**
 * One term of a node selector: its `matchExpressions` and its `matchFields` as one list, all of which must hold; inside an `attempt`.
 * The only field that Kubernetes knows is the node's name, and it takes exactly one name.
 */
export function readNodeTerm(term: Field): Expression[] {
  return [...readExpressions(term.at('matchExpressions')), ...term.at('matchFields').items().map(readNodeName)];
}

function readNodeName(item: Field): Expression {
  item.at('key').oneOf(['metadata.name'] as const);
  const operator = item.at('operator').oneOf(['In', 'NotIn'] as const);
  const values = item.at('values').texts();
  if (values.length !== 1) fail(item.at('values').path, `${operator} needs one name`);
  return { key: NODE_NAME_KEY, operator, values };
}

/**
 * A map of labels with old names replaced by today's, inside an `attempt`.
 * Refuses one that gives two values to one label under an old and a new name.
 */
export function readSelector(field: Field): Record<string, string> {
  const selector: Record<string, string> = {};
  for (const [key, value] of Object.entries(field.textMap())) {
    const name = normalizeLabel(key);
    if (Object.hasOwn(selector, name) && selector[name] !== value) {
      fail(field.path, `asks for both ${selector[name]} and ${value} under ${name}`);
    }
    selector[name] = value;
  }
  return selector;
}
