import type { NodeSelectorTerm, PodSpec, SelectorExpression } from '../kube/built-in-kinds.ts';
import { type LabelSelector, selectorMatches } from '../kube/label-selector.ts';

type Labels = Readonly<Record<string, string>>;

/** True when the selector takes an object with these labels. An empty selector takes all, an absent one nothing. */
export function selects(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  return selector !== undefined && selectorMatches(selector, labels ?? {});
}

/** True when a node with this name and these labels is one that the pod's nodeSelector and required node affinity allow. */
export function admitsNode(spec: PodSpec, nodeName: string, labels: Labels): boolean {
  if (!hasAll(labels, spec.nodeSelector)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => termHolds(term, nodeName, labels));
}

function hasAll(labels: Labels, wanted: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value);
}

/** True when a node with this name and these labels is one that the term means. Its expressions are ANDed; a term without any means nothing. */
export function termHolds(term: NodeSelectorTerm, nodeName: string, labels: Labels): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((each) => holds(each, labels)) &&
    fields.every((each) => holds(each, { 'metadata.name': nodeName }))
  );
}

function holds({ key, operator, values = [] }: SelectorExpression, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isInteger(value) && isInteger(values[0]) && Number(value) > Number(values[0]);
    case 'Lt':
      return isInteger(value) && isInteger(values[0]) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function isInteger(text: string | undefined): boolean {
  return text !== undefined && /^-?[0-9]+$/.test(text);
}
