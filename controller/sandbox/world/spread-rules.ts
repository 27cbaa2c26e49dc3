import type { Node, Pod, SpreadConstraint } from '../kube/built-in-kinds.ts';
import type { LabelSelector } from '../kube/label-selector.ts';
import { withOwnLabels } from './affinity-terms.ts';
import { admitsNode, selects } from './label-match.ts';
import { untoleratedTaint } from './node-fit.ts';
import type { CountByNode, Residents } from './residents.ts';

/** A topology spread constraint, read together with the pod that bears it; what it leaves out is filled in. */
export interface SpreadRule {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: LabelSelector | undefined;
  /** True for a node whose pods count, and whose domain does. */
  countsNode(node: Node): boolean;
}

interface SpreadFields extends SpreadConstraint {
  readonly minDomains?: number;
  readonly matchLabelKeys?: readonly string[];
  readonly nodeAffinityPolicy?: string;
  readonly nodeTaintsPolicy?: string;
}

/** The pod's constraints of one kind. */
export function spreadRules(pod: Pod, whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'): readonly SpreadRule[] {
  const constraints: readonly SpreadFields[] = pod.spec.topologySpreadConstraints ?? [];
  return constraints
    .filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map((constraint) => readRule(constraint, pod));
}

function readRule(constraint: SpreadFields, pod: Pod): SpreadRule {
  const { topologyKey, maxSkew, minDomains = 1, labelSelector, matchLabelKeys = [] } = constraint;
  const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint;
  return {
    topologyKey,
    maxSkew,
    minDomains,
    selector: withOwnLabels(labelSelector, matchLabelKeys, 'In', pod),
    countsNode: (node) =>
      (nodeAffinityPolicy === 'Ignore' || admitsNode(pod.spec, node.metadata.name, node.metadata.labels ?? {})) &&
      (nodeTaintsPolicy === 'Ignore' || isTolerable(pod, node)),
  };
}

function isTolerable({ spec }: Pod, node: Node): boolean {
  return untoleratedTaint(spec.tolerations, node.spec?.taints, ['NoSchedule', 'NoExecute']) === undefined;
}

/** True when the node bears the labels of all rules: of others neither pods nor domains count for any of them. */
export function isInAllDomains({ metadata }: Node, rules: readonly SpreadRule[]): boolean {
  return rules.every(({ topologyKey }) => metadata.labels?.[topologyKey] !== undefined);
}

/** The residents that a rule of the pod counts: of its namespace, selected, and not on their way out. */
export function countedResidents(
  { selector }: Pick<SpreadRule, 'selector'>,
  { metadata }: Pod,
  residents: Residents,
): CountByNode {
  // kube-scheduler counts nobody for a selector that selects all.
  if (selector === undefined || isEverything(selector)) return new Map();
  return residents.count(
    `spread ${metadata.namespace} ${JSON.stringify(selector)}`,
    (other) =>
      other.metadata.namespace === metadata.namespace &&
      other.metadata.deletionTimestamp === undefined &&
      selects(selector, other.metadata.labels),
  );
}

/** True when nothing in the selector narrows it. */
export function isEverything({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}
