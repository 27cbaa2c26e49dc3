import { compatible } from '../compatibility.ts';
import { CAPACITY_TYPE_KEY, HOSTNAME_KEY, ZONE_KEY } from '../label-keys.ts';
import {
  allowsAbsence,
  has,
  intersect,
  isSameRequirement,
  type Requirement,
  type Requirements,
} from '../requirements.ts';
import { firstUntolerated, type Taint } from '../taints.ts';
import { offeringMatches } from './instance-type-filter.ts';
import type { LaunchableType } from './launchable-types.ts';
import { type NodeFilter, type Standing, statedDomains } from './standing.ts';

/** What a node that is planned could still become. */
export interface Prospect {
  readonly requirements: Requirements;
  readonly types: readonly LaunchableType[];
}

/** A planned node as a `Standing`, as far as it is decided now. */
export class DraftStanding implements Standing {
  readonly #prospect: Prospect;
  readonly #hostname: string;
  readonly #taints: readonly Taint[];
  readonly #allowUndefined: ReadonlySet<string>;

  constructor(
    prospect: Prospect,
    hostname: string,
    provisioner: { readonly taints: readonly Taint[]; readonly allowUndefined: ReadonlySet<string> },
  ) {
    this.#prospect = prospect;
    this.#hostname = hostname;
    this.#taints = provisioner.taints;
    this.#allowUndefined = provisioner.allowUndefined;
  }

  domains(key: string): readonly string[] | undefined {
    return key === HOSTNAME_KEY ? [this.#hostname] : prospectiveDomains(key, this.#prospect);
  }

  passes({ alternatives, tolerations, keys }: NodeFilter): 'surely' | 'possibly' | 'never' {
    if (keys.some((key) => this.domains(key)?.length === 0)) return 'never';
    if (tolerations !== undefined && firstUntolerated(this.#taints, tolerations) !== undefined) return 'never';
    if (alternatives === undefined) return 'surely';
    const { requirements } = this.#prospect;
    if (alternatives.some((wanted) => implies(requirements, wanted, this.#allowUndefined))) return 'surely';
    const isPossible = (wanted: Requirements) => compatible(requirements, wanted, this.#allowUndefined) === undefined;
    return alternatives.some(isPossible) ? 'possibly' : 'never';
  }
}

/** True when each requirement asked is one that `known` states as narrowly, or is content without a label that will not be there. */
function implies(known: Requirements, asked: Requirements, allowUndefined: ReadonlySet<string>): boolean {
  return asked.values().every((each) => {
    const own = known.get(each.key);
    if (own === undefined) return allowsAbsence(each) && !allowUndefined.has(each.key);
    return isSameRequirement(own, intersect(own, each));
  });
}

/** Returns the values that a label of the node may still get, sorted; none when it will lack the label, undefined when any value may come. */
export function prospectiveDomains(key: string, { requirements, types }: Prospect): readonly string[] | undefined {
  const stated = requirements.get(key);
  // Types that do not suit were left out when this was decided.
  if (stated !== undefined && !stated.complement && stated.values.size === 1) return [...stated.values];
  const values = new Set<string>();
  for (const type of types) for (const value of valuesOf(key, type, stated, requirements)) values.add(value);
  if (values.size > 0) return [...values].sort();
  return stated === undefined ? [] : statedDomains(stated);
}

function valuesOf(
  key: string,
  { type }: LaunchableType,
  stated: Requirement | undefined,
  requirements: Requirements,
): readonly string[] {
  if (key === ZONE_KEY || key === CAPACITY_TYPE_KEY) {
    const offerings = type.offerings.filter(
      (offering) => offering.available && offeringMatches(offering, requirements),
    );
    return offerings.map((offering) => (key === ZONE_KEY ? offering.zone : offering.capacityType));
  }
  const own = type.requirements.get(key);
  if (own === undefined || own.complement) return [];
  return [...own.values].filter((value) => stated === undefined || has(stated, value));
}

/** True when some of the types would come without the label. */
export function mayLackLabel(key: string, { requirements, types }: Prospect): boolean {
  if (key === ZONE_KEY || key === CAPACITY_TYPE_KEY || requirements.has(key)) return false;
  return types.some(({ type }) => (type.requirements.get(key)?.values.size ?? 0) === 0);
}
