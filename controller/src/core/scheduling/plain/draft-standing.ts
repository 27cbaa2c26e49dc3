import { isCompatible } from '../../compatibility.ts';
import { HOSTNAME_KEY } from '../../label-keys.ts';
import { allowsAbsence, intersect, isSameRequirement, type Requirements } from '../../requirements.ts';
import { firstUntolerated, type Taint } from '../../taints.ts';
import { type Prospect, prospectiveDomains } from '../prospect.ts';
import type { NodeFilter, Standing } from '../standing.ts';

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
    const isPossible = (wanted: Requirements) => isCompatible(requirements, wanted, this.#allowUndefined);
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
