import type { CapacityType } from '../instance-type.ts';
import type { Requirements } from '../requirements.ts';
import type { Resources } from '../resources.ts';
import type { Fix } from './fix.ts';

/** A pod that fits on a node that exists or is in flight. */
export interface Placement {
  readonly podUid: string;
  readonly nodeName: string;
}

/** One way to launch a planned node. */
export interface LaunchOption {
  readonly instanceType: string;
  readonly zone: string;
  readonly capacityType: CapacityType;
  readonly priceNanoUsdPerHour: number;
}

/** A node that the plan would buy. Every option holds all of its pods. */
export interface PlannedNode {
  readonly provisionerName: string;
  /** The Provisioner's requirements tightened by those of its pods. */
  readonly requirements: Requirements;
  /** In placement order. */
  readonly podUids: readonly string[];
  /** Requests of its pods and of the daemons it will run. */
  readonly requests: Resources;
  /** All offerings that suit, cheapest first, then by type, zone, capacity type. Never empty. */
  readonly options: readonly LaunchOption[];
  /** Instance types of `options`, each once, in the order of their cheapest option. */
  readonly instanceTypes: readonly string[];
  /** Per resource the largest capacity among its instance types: what a limit must count until one is launched. */
  readonly reservedCapacity: Resources;
}

/** Why a pod has no place. The same code is the event reason's detail, the metric label and an entry of docs/errors.md. */
export type UnplacedCode =
  | 'unsupported-constraint'
  | 'no-provisioner'
  | 'invalid-pod'
  | 'volume-not-found'
  | 'volume-not-bound'
  | 'volume-conflict'
  | 'taints-not-tolerated'
  | 'requirements-incompatible'
  | 'no-instance-type-fits'
  | 'host-port-taken'
  | 'no-offering-available'
  | 'topology-spread-unsatisfiable'
  | 'pod-affinity-unsatisfiable'
  | 'pod-anti-affinity-unsatisfiable'
  | 'limits-exceeded'
  | 'work-limit-reached';

/** How one Provisioner falls short of a pod: the first rule that fails, and what would mend it. */
export interface Miss {
  readonly provisionerName: string;
  readonly code: UnplacedCode;
  /** What is in the way, in words: `taint team=a:NoSchedule is not tolerated`. */
  readonly message: string;
  /** What would help, in words, where something would: `tolerate team=a:NoSchedule`, `raise the cpu limit by 4`. */
  readonly remedy?: string;
  /** The same as data, where it can be carried out as it stands. */
  readonly fix?: Fix;
}

export interface Unplaced {
  readonly podUid: string;
  readonly code: UnplacedCode;
  readonly message: string;
  /** Nearest first: by how late in the order of rules the Provisioner failed, then by name. */
  readonly misses: readonly Miss[];
}

/** Every pod of the demand stands in exactly one of the three lists. */
export interface Plan {
  readonly placements: readonly Placement[];
  readonly nodes: readonly PlannedNode[];
  readonly unplaced: readonly Unplaced[];
  /** Sum over `nodes` of their cheapest options. */
  readonly costNanoUsdPerHour: number;
}

/**
 * A cent per hour. Twenty thousand pods of a hundred shapes then get 500 nodes for 683.51 $/h; without it 1,468 nodes for 681.89 $/h, as
 * small types leave a little less unused.
 */
export const NODE_COST_NANO_USD_PER_HOUR = 10_000_000;

/** Returns what a node is taken to cost beside its instance. */
export function nodePriceOf({ nodeCostNanoUsdPerHour = NODE_COST_NANO_USD_PER_HOUR }: SolveOptions): number {
  return nodeCostNanoUsdPerHour;
}

export interface SolveOptions {
  /** Keys that a planned node may leave open although a pod asks for them: the well-known labels. */
  readonly wellKnownLabels: ReadonlySet<string>;
  /** Whether wishes (preferences, ScheduleAnyway, PreferNoSchedule) are tried for before they are given up. `respect` when unset. */
  readonly preferencePolicy?: 'respect' | 'ignore';
  /**
   * What a node is taken to cost beside its instance (an address, its daemons' licences, a part of the API server), in billionths of a
   * dollar per hour: between plans that differ by less, the one with fewer nodes is taken. `NODE_COST_NANO_USD_PER_HOUR` when unset.
   */
  readonly nodeCostNanoUsdPerHour?: number;
  /** The largest part of the demand that one planned node may get, so that one failure does not take all; never less than one pod. 1 when unset. */
  readonly nodeShareMax?: number;
  /** Work limit, in (pod, node) checks; past it the rest is unplaced as `work-limit-reached`. */
  readonly fitChecksMax: number;
}
