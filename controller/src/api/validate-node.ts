// Rules on what makes a node: its labels, its taints, and what is required of it.
import { isLabelValue, isQualifiedName, isRestrictedLabel, normalizeLabel } from './label-rules.ts';
import { PROVISIONER_NAME_LABEL } from './names.ts';
import { type Problem, unless } from './problem.ts';
import type { RequirementSpec, TaintSpec } from './provisioner.gen.ts';

const RESTRICTED =
  'is restricted; only well-known labels and those of kops.k8s.io, node.kubernetes.io and node-restriction.kubernetes.io ' +
  'may be used under kubernetes.io, k8s.io, karpenter.sh and karpenter.k8s.aws';

/** Returns what is wrong with `spec.labels`. */
export function labelProblems(labels: Readonly<Record<string, string>>): readonly Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...keyProblems(key, 'spec.labels'),
    ...unless(isLabelValue(value), `spec.labels[${key}]`, `not a label value: ${JSON.stringify(value)}`),
  ]);
}

/** Returns what is wrong with `spec.requirements`. */
export function requirementProblems(requirements: readonly RequirementSpec[]): readonly Problem[] {
  return requirements.flatMap((requirement, index) => {
    const path = `spec.requirements[${index}]`;
    const values = requirement.values ?? [];
    return [
      ...keyProblems(normalizeLabel(requirement.key), `${path}.key`),
      ...operandProblems(requirement.operator, values, `${path}.values`),
    ];
  });
}

// Fifteen digits are below 2^53, beyond which neighbouring integers are one number.
const INTEGER = /^\+?[0-9]{1,15}$/;

function operandProblems(
  operator: RequirementSpec['operator'],
  values: readonly string[],
  path: string,
): readonly Problem[] {
  if (operator === 'In') return unless(values.length > 0, path, 'operator In must have a value defined');
  if (operator !== 'Gt' && operator !== 'Lt') return [];
  const isInteger = values.length === 1 && INTEGER.test(values[0] ?? '');
  return unless(isInteger, path, `operator ${operator} must have a single integer value that is not negative`);
}

function keyProblems(key: string, path: string): readonly Problem[] {
  if (key === PROVISIONER_NAME_LABEL) return [{ path, message: `${key} is restricted` }];
  if (!isQualifiedName(key)) return [{ path, message: `not a qualified name: ${JSON.stringify(key)}` }];
  return unless(!isRestrictedLabel(key), path, `${key} ${RESTRICTED}`);
}

/** Returns what is wrong with `spec.taints` and `spec.startupTaints`; a pair of key and effect occurs once in both together. */
export function taintProblems(taints: readonly TaintSpec[], startupTaints: readonly TaintSpec[]): readonly Problem[] {
  const seen = new Set<string>();
  return [
    ...taints.flatMap((taint, index) => oneTaintProblems(taint, 'spec.taints', index, seen)),
    ...startupTaints.flatMap((taint, index) => oneTaintProblems(taint, 'spec.startupTaints', index, seen)),
  ];
}

function oneTaintProblems(taint: TaintSpec, list: string, index: number, seen: Set<string>): readonly Problem[] {
  const { key, value = '', effect } = taint;
  const pair = `${key}=${effect}`;
  const isNew = !seen.has(pair);
  seen.add(pair);
  return [
    ...unless(isQualifiedName(key), `${list}[${index}].key`, `not a qualified name: ${JSON.stringify(key)}`),
    // A qualified name where one expects a label value: upstream's rule, kept so that what it accepted stays accepted.
    ...unless(
      value === '' || isQualifiedName(value),
      `${list}[${index}].value`,
      `not a qualified name: ${JSON.stringify(value)}`,
    ),
    ...unless(isNew, list, `duplicate taint key/effect pair ${pair}`),
  ];
}
