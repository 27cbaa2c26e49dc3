import type { KubeObject } from '../api/meta.ts';
import {
  type Expression,
  labelsSatisfy,
  type Operator,
  type Requirements,
  requirementsOf,
} from '../core/requirements.ts';
import { Field } from './field.ts';
import { attempt, type Undecodable } from './undecodable.ts';

/** A policy/v1 PodDisruptionBudget with all that our decisions ask of it. */
export interface DecodedBudget {
  readonly namespace: string;
  readonly name: string;
  /** What labels its pods have; undefined selects none, empty selects all of the namespace. */
  readonly selector?: Requirements;
  /** How many of its pods may be evicted now; 0 while its controller has not counted. */
  readonly disruptionsAllowed: number;
  /** Pods that are not ready may always be evicted. */
  readonly evictsUnready: boolean;
}

const SELECTOR_OPERATORS: readonly Operator[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** Returns what our decisions need of a PodDisruptionBudget, or the field that cannot be read. */
export function decodePodDisruptionBudget(object: KubeObject): DecodedBudget | Undecodable {
  return attempt(() => {
    const budget = new Field('', object);
    const metadata = budget.at('metadata');
    const spec = budget.at('spec');
    const selector = spec.at('selector');
    return {
      namespace: metadata.at('namespace').text('default'),
      name: metadata.at('name').text(),
      ...(selector.isAbsent ? {} : { selector: readLabelSelector(selector) }),
      disruptionsAllowed: budget.at('status').at('disruptionsAllowed').integer(0),
      evictsUnready: spec.at('unhealthyPodEvictionPolicy').text('') === 'AlwaysAllow',
    };
  });
}

/** True when the budget speaks for a pod of this namespace with these labels. */
export function budgetCovers(
  budget: DecodedBudget,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): boolean {
  return budget.namespace === namespace && budget.selector !== undefined && labelsSatisfy(labels, budget.selector);
}

/** Pod labels are taken as they stand: the old names of node labels mean nothing here. */
function readLabelSelector(selector: Field): Requirements {
  const labels = Object.entries(selector.at('matchLabels').textMap());
  const equal = labels.map(([key, value]): Expression => ({ key, operator: 'In', values: [value] }));
  const expressions = selector
    .at('matchExpressions')
    .items()
    .map(
      (item): Expression => ({
        key: item.at('key').text(),
        operator: item.at('operator').oneOf(SELECTOR_OPERATORS),
        values: item.at('values').texts(),
      }),
    );
  return requirementsOf([...equal, ...expressions]);
}
