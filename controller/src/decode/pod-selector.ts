import type { PodSelector, SelectablePod } from '../core/pod-topology.ts';
import type { Expression } from '../core/requirements.ts';
import type { Field } from './field.ts';
import { fail } from './undecodable.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/**
 * A label selector of pods, inside an `attempt`: empty selects all, absent none. `constraint` is the object around it, whose
 * `matchLabelKeys` and `mismatchLabelKeys` stand for the values of the pod itself; the API server may have written them out already.
 */
export function readPodLabels(constraint: Field, labels: SelectablePod['labels']): PodSelector['labels'] {
  const selector = constraint.at('labelSelector');
  if (selector.isAbsent) return 'nothing';
  return [
    ...readLabelSelector(selector),
    ...ownValues(constraint.at('matchLabelKeys'), labels, 'In'),
    ...ownValues(constraint.at('mismatchLabelKeys'), labels, 'NotIn'),
  ];
}

/** What a label selector asks for, all of it; inside an `attempt`. Nothing, when it is empty. */
export function readLabelSelector(selector: Field): Expression[] {
  const stated = Object.entries(selector.at('matchLabels').textMap()).map(([key, value]) => is(key, value));
  return [...stated, ...selector.at('matchExpressions').items().map(readExpression)];
}

/** A key that the pod does not have says nothing, as in Kubernetes. */
function ownValues(keys: Field, labels: SelectablePod['labels'], operator: 'In' | 'NotIn'): Expression[] {
  return keys
    .texts()
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ key, operator, values: [labels[key] as string] }));
}

function is(key: string, value: string): Expression {
  return { key, operator: 'In', values: [value] };
}

/** Unlike a node's, labels of pods and namespaces have no older spellings: keys stand as they are. */
function readExpression(item: Field): Expression {
  const operator = item.at('operator').oneOf(OPERATORS);
  const values = item.at('values').texts();
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues && values.length === 0) fail(item.at('values').path, `${operator} needs a value`);
  return { key: item.at('key').text(), operator, values };
}
