import { CAPACITY_TYPE_KEY, ZONE_KEY } from '../label-keys.ts';
import {
  allowsAbsence,
  has,
  intersect,
  isSameRequirement,
  type Requirement,
  type Requirements,
} from '../requirements.ts';
import { offeringMatches } from './instance-type-filter.ts';
import type { LaunchableType } from './launchable-types.ts';
import { statedDomains } from './standing.ts';

/** What a node that is planned could still become. */
export interface Prospect {
  readonly requirements: Requirements;
  readonly types: readonly LaunchableType[];
}

/** Returns the values that a label of the node may still get, sorted; none when it will lack the label, undefined when any value may come. */
export function prospectiveDomains(key: string, { requirements, types }: Prospect): readonly string[] | undefined {
  const only = onlyValue(requirements.get(key));
  // Types that do not suit were left out when this was decided.
  if (only !== undefined) return [only];
  const values = new Set(types.flatMap((type) => domainsOfType(key, type, requirements)));
  if (values.size > 0) return [...values].sort();
  return domainsWithoutType(requirements.get(key));
}

/** Returns the one value that the requirement leaves, if it is one. */
export function onlyValue(stated: Requirement | undefined): string | undefined {
  if (stated === undefined || stated.complement || stated.values.size !== 1) return undefined;
  return stated.values.values().next().value;
}

/** Returns the values that a node of this type may have under the requirements, as far as the type tells. */
export function domainsOfType(key: string, { type }: LaunchableType, requirements: Requirements): readonly string[] {
  if (key === ZONE_KEY || key === CAPACITY_TYPE_KEY) {
    const offerings = type.offerings.filter(
      (offering) => offering.available && offeringMatches(offering, requirements),
    );
    return offerings.map((offering) => (key === ZONE_KEY ? offering.zone : offering.capacityType));
  }
  const own = type.requirements.get(key);
  if (own === undefined || own.complement) return [];
  const stated = requirements.get(key);
  return [...own.values].filter((value) => stated === undefined || has(stated, value));
}

/** Says whether a node of this type, which will meet the requirements, meets what is asked of one label, as far as its type tells. */
export function meetingOf(
  asked: Requirement,
  type: LaunchableType,
  requirements: Requirements,
): 'surely' | 'possibly' | 'never' {
  const { key } = asked;
  const stated = requirements.get(key);
  if (stated !== undefined && isSameRequirement(stated, intersect(stated, asked))) return 'surely';
  const values = domainsOfType(key, type, requirements);
  const isLacking = !isDecidedByLaunch(key, requirements) && lacksLabel(key, type);
  if (isLacking) return allowsAbsence(asked) ? 'surely' : 'never';
  const met = values.filter((value) => has(asked, value)).length;
  if (values.length === 0) return 'possibly';
  if (met === 0) return 'never';
  return met === values.length ? 'surely' : 'possibly';
}

/** Returns the values of a label of which no type tells. */
export function domainsWithoutType(stated: Requirement | undefined): readonly string[] | undefined {
  return stated === undefined ? [] : statedDomains(stated);
}

/** True when a node of this type would come without the label, which no requirement speaks of. */
export function lacksLabel(key: string, { type }: LaunchableType): boolean {
  return (type.requirements.get(key)?.values.size ?? 0) === 0;
}

/** True when some of the types would come without the label. */
export function mayLackLabel(key: string, { requirements, types }: Prospect): boolean {
  if (isDecidedByLaunch(key, requirements)) return false;
  return types.some((type) => lacksLabel(key, type));
}

/** True for a label that every node gets when it is launched, and for one of which the requirements speak. */
export function isDecidedByLaunch(key: string, requirements: Requirements): boolean {
  return key === ZONE_KEY || key === CAPACITY_TYPE_KEY || requirements.has(key);
}
