/**
 * Faults that scripts and scenarios switch on. One mutable record that both faces read at each call;
 * over the wire it is set with PATCH /sandbox/faults (merge patch of this shape).
 */
export interface Faults {
  /** Offerings without stock, as `instanceType/zone/capacityType`; `*` stands for any part. */
  noCapacity: string[];
  /** Each matching AWS action answers RequestLimitExceeded while its count is above 0; -1 for ever. */
  throttle: Record<string, number>;
  /** Instances that boot while this is true never join. */
  nodesNeverJoin: boolean;
  /** Launched instances appear in DescribeInstances this late (ms). */
  describeLagMs: number;
  /** Every AWS answer takes this long (ms). */
  awsDelayMs: number;
  /** Kinds whose watches are silent: connections stay open, nothing comes (bookmarks included). */
  stalledWatches: string[];
  /** Bumped to close every open watch at once. */
  watchCuts: number;
}

export function noFaults(): Faults {
  return {
    noCapacity: [],
    throttle: {},
    nodesNeverJoin: false,
    describeLagMs: 0,
    awsDelayMs: 0,
    stalledWatches: [],
    watchCuts: 0,
  };
}
