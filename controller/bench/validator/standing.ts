import type { PodManifest, TaintManifest } from '../problem/problem-file.ts';
import type { Labels } from './matching.ts';

/** Which rule a plan breaks. */
export type Rule =
  | 'result'
  | 'offering'
  | 'selector'
  | 'taint'
  | 'resources'
  | 'host-port'
  | 'anti-affinity'
  | 'affinity'
  | 'spread'
  | 'limit'
  | 'cost';

export interface Violation {
  /** Where in the result: `newNodeClaims[3].pods[0]`. */
  readonly path: string;
  readonly rule: Rule;
  readonly message: string;
}

/** A node as it stands when all of the plan is carried out. */
export interface StandingNode {
  readonly path: string;
  /** Absent while it is only planned. */
  readonly name?: string;
  readonly labels: Labels;
  readonly taints: readonly TaintManifest[];
  /** What ran there before. */
  readonly bound: readonly PodManifest[];
  readonly placed: readonly PlacedPod[];
}

export interface PlacedPod {
  readonly path: string;
  readonly pod: PodManifest;
}

/** `namespace/name`. */
export function nameOf({ metadata: { namespace = 'default', name } }: PodManifest): string {
  return `${namespace}/${name}`;
}

/** False once the pod has ended: it holds nothing any more. */
export function isRunning({ status }: PodManifest): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}
