// The result of a problem, as our `plan` and the peer's program print it. `pods` and `instanceTypeOptions` come with full detail.

import type { ExistingNodeResult, NodeResult } from '../../src/cli/plan-result.ts';

/** A planned node; the peer's program leaves out what it has no word for. */
export type PlannedNodeRecord = Omit<NodeResult, 'requests' | 'zones'> &
  Partial<Pick<NodeResult, 'requests' | 'zones'>>;

export interface Result {
  readonly ms: number;
  readonly cpuMs: number;
  readonly decodeMs: number;
  /** From the plan to its text; the peer does not say. */
  readonly encodeMs?: number;
  readonly maxRssMiB: number;
  /** Each solve by itself; set-up is what comes between reading and solving. */
  readonly reps?: readonly { readonly setupMs: number; readonly solveMs: number; readonly solveCpuMs: number }[];
  /** Who solved it, and with what. */
  readonly run?: { readonly scheduler: string; readonly go?: string; readonly node?: string };
  readonly newNodeClaimCount: number;
  readonly costPerHour: number;
  readonly podErrors: number;
  readonly podsOnNewNodes: number;
  readonly podsOnExistingNodes: number;
  readonly unscheduled: number;
  readonly instanceTypesUsed: Readonly<Record<string, number>>;
  readonly newNodeClaims?: readonly PlannedNodeRecord[];
  readonly existingNodes?: readonly ExistingNodeResult[];
}
