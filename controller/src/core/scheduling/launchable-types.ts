import type { DaemonDemand, ProvisionerModel } from '../cluster-snapshot.ts';
import { compareText } from '../compare-text.ts';
import type { HostPort } from '../host-port.ts';
import type { InstanceType } from '../instance-type.ts';
import type { Requirements } from '../requirements.ts';
import { amountOf, maxResources, NO_RESOURCES, type Resources, subtractResources } from '../resources.ts';
import { daemonLoad } from './daemon-overhead.ts';
import { offeringMatches, satisfiesRequirements } from './instance-type-filter.ts';
import type { LaunchOption } from './plan.ts';

/** An instance type as a node of one Provisioner. */
export interface LaunchableType {
  readonly type: InstanceType;
  /** What daemons will request there. */
  readonly overhead: Resources;
  /** What is left for pods. */
  readonly room: Resources;
  /** What daemons will take there. */
  readonly hostPorts: readonly HostPort[];
}

/** Returns the types that the Provisioner's own requirements leave, in stock or not, by name. */
export function launchableTypes(
  provisioner: ProvisionerModel,
  daemons: readonly DaemonDemand[],
  allowUndefined: ReadonlySet<string>,
): LaunchableType[] {
  const loadOn = daemonLoad(provisioner, daemons, allowUndefined);
  return provisioner.instanceTypes
    .filter((type) => satisfiesRequirements(type, provisioner.requirements))
    .sort((left, right) => compareText(left.name, right.name))
    .map((type) => {
      const { requests: overhead, hostPorts } = loadOn(type);
      return { type, overhead, room: subtractResources(type.allocatable, overhead), hostPorts };
    });
}

/** Returns per resource the largest capacity: what a limit must count while any of the types may come. */
export function reservedCapacityOf(types: readonly LaunchableType[]): Resources {
  return types.reduce((largest, { type }) => maxResources(largest, type.capacity), NO_RESOURCES);
}

/** Returns per resource the largest daemon overhead. */
export function largestOverheadOf(types: readonly LaunchableType[]): Resources {
  return types.reduce((largest, { overhead }) => maxResources(largest, overhead), NO_RESOURCES);
}

/** Returns the most room that any of the types has of one resource: a request beyond it fits none of them. */
export function largestRoomOf(types: readonly LaunchableType[], name: string): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const { room } of types) largest = Math.max(largest, amountOf(room, name));
  return largest;
}

/** Returns per resource the least room: what is there whichever of the types comes. */
export function leastRoomOf(types: readonly LaunchableType[]): Resources {
  const names = new Set(types.flatMap(({ room }) => Object.keys(room)));
  const leastOf = (name: string) => types.reduce((least, { room }) => Math.min(least, amountOf(room, name)), Infinity);
  return Object.fromEntries([...names].map((name) => [name, leastOf(name)]));
}

/** Returns all that can be bought of the types now, cheapest first, then by type, zone and capacity type. */
export function launchOptions(types: readonly LaunchableType[]): LaunchOption[] {
  const options = types.flatMap(({ type }) =>
    type.offerings
      .filter((offering) => offering.available)
      .map(({ zone, capacityType, priceNanoUsdPerHour }) => ({
        instanceType: type.name,
        zone,
        capacityType,
        priceNanoUsdPerHour,
      })),
  );
  return options.sort(byPrice);
}

function byPrice(left: LaunchOption, right: LaunchOption): number {
  return (
    left.priceNanoUsdPerHour - right.priceNanoUsdPerHour ||
    compareText(left.instanceType, right.instanceType) ||
    compareText(left.zone, right.zone) ||
    compareText(left.capacityType, right.capacityType)
  );
}

/** Returns those of `options`, in their order, that are of one of the types and allowed by the requirements. */
export function suitingOptions(
  options: readonly LaunchOption[],
  types: readonly LaunchableType[],
  requirements: Requirements,
): LaunchOption[] {
  const names = new Set(types.map(({ type }) => type.name));
  return options.filter((option) => names.has(option.instanceType) && offeringMatches(option, requirements));
}
