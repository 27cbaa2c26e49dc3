import type { Requirements } from './requirements.ts';
import type { Resources } from './resources.ts';

export type CapacityType = 'spot' | 'on-demand';

/** One way to buy an instance type. */
export interface Offering {
  readonly zone: string;
  readonly capacityType: CapacityType;
  readonly priceNanoUsdPerHour: number;
  /** False while EC2 has no stock, or the price is unknown. */
  readonly available: boolean;
}

/** An instance type as one Provisioner would get it: kubelet settings and image family are already weighed in. */
export interface InstanceType {
  readonly name: string;
  /**
   * What its node's labels will be: `In` for known values, `DoesNotExist` for well-known keys the type lacks
   * (a type without GPU has no `instance-gpu-name`). Zone and capacity type hold the sets over available offerings.
   */
  readonly requirements: Requirements;
  /** What the node reports; limits count it. */
  readonly capacity: Resources;
  /** What pods may request: capacity less kube, system and eviction reserves. */
  readonly allocatable: Resources;
  readonly offerings: readonly Offering[];
}
