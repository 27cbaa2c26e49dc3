import { preferenceProblems } from '../api/validate-preferences.ts';
import { readExpressions } from '../decode/expressions.ts';
import { Field } from '../decode/field.ts';
import { readResources } from '../decode/resources.ts';
import { attempt, isUndecodable, type Undecodable } from '../decode/undecodable.ts';

// A decoder stops at the first thing it cannot read. These look on, where people make one mistake many times: at amounts and at label
// expressions. Asked only about objects that cannot be read, so they cost good files nothing.

/** Everything wrong with the amounts and expressions of a pod. */
export function podPartProblems(pod: Field): Undecodable[] {
  const spec = pod.at('spec');
  const containers = ['containers', 'initContainers'].flatMap((name) => itemsOf(spec, name));
  const resources = [...containers, spec].map((holder) => within(holder, 'resources'));
  const required = within(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return [
    ...resources.flatMap((each) => [
      ...amountProblems(within(each, 'requests')),
      ...amountProblems(within(each, 'limits')),
    ]),
    ...amountProblems(within(spec, 'overhead')),
    ...itemsOf(required, 'nodeSelectorTerms').flatMap((term) => expressionProblems(within(term, 'matchExpressions'))),
  ];
}

/** Everything wrong with the annotations, amounts and expressions of a Provisioner. */
export function provisionerPartProblems(provisioner: Field): readonly Undecodable[] {
  return [
    ...annotationProblems(within(provisioner, 'metadata', 'annotations')),
    ...expressionProblems(within(provisioner, 'spec', 'requirements')),
    ...amountProblems(within(provisioner, 'spec', 'limits', 'resources')),
  ];
}

function annotationProblems(annotations: Field | undefined): readonly Undecodable[] {
  const read = attempt(() => ({ stated: annotations?.textMap() ?? {} }));
  return isUndecodable(read) ? [read] : preferenceProblems(read.stated);
}

/** Everything wrong with a map of amounts. */
export function amountProblems(amounts: Field | undefined): Undecodable[] {
  if (amounts === undefined) return [];
  const entries = attempt(() => amounts.entries());
  if (isUndecodable(entries)) return [entries];
  return entries.flatMap(([name, { value }]) => {
    const read = attempt(() => readResources(new Field(amounts.path, { [name]: value }), 'down'));
    return isUndecodable(read) ? [read] : [];
  });
}

function expressionProblems(expressions: Field | undefined): Undecodable[] {
  if (expressions === undefined) return [];
  const items = attempt(() => expressions.items());
  if (isUndecodable(items)) return [items];
  return items.flatMap((item) => {
    const read = attempt(() => readExpressions(new Field(expressions.path, [item.value])));
    if (!isUndecodable(read)) return [];
    // Read alone, it counts as the first of its list.
    return [{ ...read, path: read.path.replace(`${expressions.path}[0]`, () => item.path) }];
  });
}

/** The field at the end of these names; undefined when something on the way is no object. */
function within(field: Field | undefined, ...names: readonly string[]): Field | undefined {
  if (field === undefined) return undefined;
  const found = attempt(() => names.reduce((inner, name) => inner.at(name), field));
  return isUndecodable(found) ? undefined : found;
}

function itemsOf(field: Field | undefined, name: string): Field[] {
  const found = attempt(() => within(field, name)?.items() ?? []);
  return isUndecodable(found) ? [] : found;
}
