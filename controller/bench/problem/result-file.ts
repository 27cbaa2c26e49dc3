// The result of a problem, as our `plan` and the peer's program print it. `pods` and `instanceTypeOptions` come with full detail.

export interface PlannedNodeRecord {
  readonly provisioner: string;
  /** The cheapest option, and where it is cheapest. */
  readonly instanceType: string;
  readonly zone: string;
  readonly capacityType: string;
  readonly price: number;
  readonly podCount: number;
  readonly instanceTypeOptionCount: number;
  readonly requests?: Readonly<Record<string, string>>;
  /** Zones that the node may still be launched in; empty: any. */
  readonly zones?: readonly string[];
  readonly instanceTypeOptions?: readonly string[];
  /** As `namespace/name`. */
  readonly pods?: readonly string[];
}

export interface ExistingNodeRecord {
  readonly name: string;
  readonly podCount: number;
  readonly pods?: readonly string[];
}

export interface Result {
  readonly ms: number;
  readonly cpuMs: number;
  readonly decodeMs: number;
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
  readonly existingNodes?: readonly ExistingNodeRecord[];
}
