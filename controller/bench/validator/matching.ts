import type {
  ExpressionManifest,
  LabelSelectorManifest,
  NodeTermManifest,
  PodSpecManifest,
  TaintManifest,
  TolerationManifest,
} from '../problem/problem-file.ts';

export type Labels = Readonly<Record<string, string>>;

const INTEGER = /^-?\d+$/;

/** Whether the expression holds for this value of its key; undefined: the label is not there. */
export function holds({ operator, values = [] }: ExpressionManifest, value: string | undefined): boolean {
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
    case 'Lt': {
      if (value === undefined || !INTEGER.test(value)) return false;
      const [bound = ''] = values;
      return operator === 'Gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
    }
    default:
      throw new Error(`no operator: ${operator}`);
  }
}

/** Whether the selector means an object with these labels. Without a selector it means none; an empty one means all. */
export function selects(selector: LabelSelectorManifest | undefined, labels: Labels = {}): boolean {
  if (selector === undefined) return false;
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every((each) => holds(each, labels[each.key]))
  );
}

/** What of a pod's spec decides which nodes' labels suit it. */
export type NodeChoice = Pick<PodSpecManifest, 'nodeSelector' | 'affinity'>;

/** The required terms of the pod's node affinity; undefined when it requires nothing. */
export function termsOf({ affinity }: NodeChoice): readonly NodeTermManifest[] | undefined {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
}

/**
 * Whether a node with these labels suits the pod's node selector and one of its required terms. A term that asks nothing suits none. A
 * node that is not there yet has no name that a term could have been written for.
 */
export function admits(choice: NodeChoice, labels: Labels, nodeName?: string): boolean {
  const suits = ({ matchExpressions = [], matchFields = [] }: NodeTermManifest): boolean =>
    matchExpressions.length + matchFields.length > 0 &&
    matchExpressions.every((each) => holds(each, labels[each.key])) &&
    matchFields.every((each) => holds(each, nodeName));
  return (
    Object.entries(choice.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (termsOf(choice)?.some(suits) ?? true)
  );
}

/** The first taint that keeps the pod away; what is only preferred does not. */
export function repellingTaint(
  taints: readonly TaintManifest[] = [],
  tolerations: readonly TolerationManifest[] = [],
): TaintManifest | undefined {
  return taints.find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((toleration) => covers(toleration, taint)),
  );
}

function covers({ key, operator = 'Equal', value = '', effect }: TolerationManifest, taint: TaintManifest): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (key === undefined || key === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}
