import tables from './network-limits.json' with { type: 'json' };

const BANDWIDTHS: ReadonlyMap<string, number> = new Map(Object.entries(tables.baselineBandwidthMbps));
const BRANCH_INTERFACES: ReadonlyMap<string, number> = new Map(Object.entries(tables.branchInterfaces));

/** Bandwidth in Mbit/s that a type can always count on; undefined where AWS gives only words (`Moderate`). */
export function baselineBandwidthMbps(instanceType: string): number | undefined {
  return BANDWIDTHS.get(instanceType);
}

/** Branch interfaces for pods with security groups of their own; 0 for a type that cannot trunk. */
export function branchInterfaces(instanceType: string): number {
  return BRANCH_INTERFACES.get(instanceType) ?? 0;
}
