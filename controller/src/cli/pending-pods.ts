import type { PodDemand } from '../core/pod-demand.ts';
import type { ClaimReference } from '../decode/claim-references.ts';
import { type StorageView, withVolumes } from '../state/pod-volumes.ts';

/** Pods that are to be placed: one, or as many copies of one as its set counts. */
export interface PendingPods {
  readonly demand: PodDemand;
  readonly claims: readonly ClaimReference[];
  /** Of a set: its pods are named after the demand's name. */
  readonly copies?: { readonly count: number; readonly firstPosition: number };
}

/** Returns how many pods there are. */
export function countOf(pending: readonly PendingPods[]): number {
  return pending.reduce((sum, { copies }) => sum + (copies?.count ?? 1), 0);
}

/** Returns what each single pod demands, its volumes included, in the order of the input. */
export function demandOf(pending: readonly PendingPods[], view: StorageView): PodDemand[] {
  const demand: PodDemand[] = [];
  for (const { demand: one, claims, copies } of pending) {
    if (copies === undefined) {
      demand.push(withVolumes(view, one, claims));
      continue;
    }
    for (let index = 0; index < copies.count; index += 1) {
      const copy = { ...one, uid: positionalUid(copies.firstPosition + index), name: copyName(one.name, index) };
      demand.push(withVolumes(view, copy, claims));
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
