import type { PodDemand } from '../core/pod-demand.ts';

/** Pods that are to be placed: one, or as many copies of one as its set counts. */
export interface PendingPods {
  readonly demand: PodDemand;
  /** Of a set: its pods are named after the demand's name. */
  readonly copies?: { readonly count: number; readonly firstPosition: number };
}

/** Returns how many pods there are. */
export function countOf(pending: readonly PendingPods[]): number {
  return pending.reduce((sum, { copies }) => sum + (copies?.count ?? 1), 0);
}

/** Returns what each single pod demands, in the order of the input. */
export function demandOf(pending: readonly PendingPods[]): PodDemand[] {
  const demand: PodDemand[] = [];
  for (const { demand: one, copies } of pending) {
    if (copies === undefined) {
      demand.push(one);
      continue;
    }
    for (let index = 0; index < copies.count; index += 1) {
      demand.push({ ...one, uid: positionalUid(copies.firstPosition + index), name: copyName(one.name, index) });
    }
  }
  return demand;
}

/** Name of one pod of a set. */
export function copyName(setName: string, index: number): string {
  return `${setName}-${index}`;
}

export const POSITIONAL_UID_PREFIX = '00000000-0000-4000-8000-';
const POSITION_DIGITS = 12;

/** The UID of a pod that has none: its place in the input. They sort as the pods stand, so that ties keep the order of the file. */
export function positionalUid(position: number): string {
  return `${POSITIONAL_UID_PREFIX}${String(position).padStart(POSITION_DIGITS, '0')}`;
}
