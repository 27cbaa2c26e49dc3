import type { InstanceType, Offering } from '../instance-type.ts';
import { CAPACITY_TYPE_KEY, ZONE_KEY } from '../label-keys.ts';
import { has, intersects, type Requirement, type Requirements } from '../requirements.ts';

/**
 * True when a node of this type can satisfy the requirements, in stock or not: each key that the type states agrees, and one of its
 * offerings, available or not, has the zone and the capacity type. Keys it does not state are no concern of a type.
 */
export function satisfiesRequirements(type: InstanceType, requirements: Requirements): boolean {
  for (const stated of requirements.values()) if (!satisfiesKey(type, stated)) return false;
  return type.offerings.some((offering) => offeringMatches(offering, requirements));
}

/** True when the type agrees with this one requirement. */
export function satisfiesKey(type: InstanceType, stated: Requirement): boolean {
  if (stated.key === ZONE_KEY) return type.offerings.some(({ zone }) => has(stated, zone));
  if (stated.key === CAPACITY_TYPE_KEY) return type.offerings.some(({ capacityType }) => has(stated, capacityType));
  const own = type.requirements.get(stated.key);
  return own === undefined || intersects(own, stated);
}

/** True when zone and capacity type are ones that the requirements allow. */
export function offeringMatches(
  offering: Pick<Offering, 'zone' | 'capacityType'>,
  requirements: Requirements,
): boolean {
  const zone = requirements.get(ZONE_KEY);
  const capacityType = requirements.get(CAPACITY_TYPE_KEY);
  if (zone !== undefined && !has(zone, offering.zone)) return false;
  return capacityType === undefined || has(capacityType, offering.capacityType);
}

/** True when one of its offerings can be bought now and is one that the requirements allow. */
export function isBuyable(type: InstanceType, requirements: Requirements): boolean {
  return type.offerings.some((offering) => offering.available && offeringMatches(offering, requirements));
}
