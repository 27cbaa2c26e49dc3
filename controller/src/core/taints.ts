export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

export interface Taint {
  readonly key: string;
  readonly value: string;
  /** Empty in old Provisioners; such a taint repels nothing. */
  readonly effect: TaintEffect | '';
}

export interface Toleration {
  /** Empty matches every key (with operator Exists). */
  readonly key: string;
  readonly operator: 'Exists' | 'Equal';
  readonly value: string;
  /** Empty matches every effect. */
  readonly effect: TaintEffect | '';
}

/** True when `toleration` covers `taint`, by the rules of kube-scheduler. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  if (toleration.key !== '' && toleration.key !== taint.key) return false;
  return toleration.operator === 'Exists' || toleration.value === taint.value;
}

/**
 * Returns the first taint that keeps the pod away, or undefined. Only NoSchedule and NoExecute do; PreferNoSchedule is a wish, which
 * `shunsTaints` grants.
 */
export function firstUntolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  shunsTaints = false,
): Taint | undefined {
  const isMinded = (taint: Taint) => repels(taint) || (shunsTaints && asksToBeAvoided(taint));
  return taints.find((taint) => isMinded(taint) && !tolerations.some((toleration) => tolerates(toleration, taint)));
}

/** Returns tolerations that cover nothing but what both lists cover, and all of it that one toleration of either covers alone. */
export function commonTolerations(left: readonly Toleration[], right: readonly Toleration[]): Toleration[] {
  const within = (some: readonly Toleration[], others: readonly Toleration[]) =>
    some.filter((toleration) => others.some((other) => coversAll(other, toleration)));
  return [...within(left, right), ...within(right, left)];
}

/** True when every taint that `narrow` covers is covered by `wide`. */
function coversAll(wide: Toleration, narrow: Toleration): boolean {
  if (wide.effect !== '' && wide.effect !== narrow.effect) return false;
  if (wide.key !== '' && wide.key !== narrow.key) return false;
  return wide.operator === 'Exists' || (narrow.operator === 'Equal' && wide.value === narrow.value);
}

/** True for a taint that a pod would rather keep off. */
export function asksToBeAvoided(taint: Taint): boolean {
  return taint.effect === 'PreferNoSchedule';
}

function repels(taint: Taint): boolean {
  return taint.effect === 'NoSchedule' || taint.effect === 'NoExecute';
}

/** Returns the taint as kubectl writes it: `team=a:NoSchedule`, without a value `team:NoSchedule`. */
export function formatTaint(taint: Taint): string {
  const value = taint.value === '' ? '' : `=${taint.value}`;
  return `${taint.key}${value}:${taint.effect}`;
}

// Taints that a node takes off by itself while it starts. They say "not yet", which is no reason to buy another node.
const EPHEMERAL_TAINTS: readonly Taint[] = [
  { key: 'node.kubernetes.io/not-ready', value: '', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unreachable', value: '', effect: 'NoSchedule' },
  { key: 'node.cloudprovider.kubernetes.io/uninitialized', value: 'true', effect: 'NoSchedule' },
];

/** True for a taint that goes by itself when the node is up: it counts against initialization, not against scheduling. */
export function isEphemeralTaint(taint: Taint): boolean {
  return EPHEMERAL_TAINTS.some((known) => isSameTaint(known, taint));
}

/** True when both have the same key and effect, which is what makes a taint one taint on a node. */
export function isSameTaint(left: Taint, right: Taint): boolean {
  return left.key === right.key && left.effect === right.effect;
}
