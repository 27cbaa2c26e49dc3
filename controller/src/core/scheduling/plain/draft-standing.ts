import { isCompatible } from '../../compatibility.ts';
import { HOSTNAME_KEY } from '../../label-keys.ts';
import { firstUntolerated, type Taint } from '../../taints.ts';
import { meetingOf, type Prospect, prospectiveDomains } from '../prospect.ts';
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
    const { requirements, types } = this.#prospect;
    const possible = alternatives.filter((wanted) => isCompatible(requirements, wanted, this.#allowUndefined));
    const met = types.map((type) => {
      const ways = possible.map((wanted) => [...wanted.values()].map((asked) => meetingOf(asked, type, requirements)));
      if (ways.some((way) => way.every((each) => each === 'surely'))) return 'surely';
      return ways.some((way) => way.every((each) => each !== 'never')) ? 'possibly' : 'never';
    });
    if (met.every((each) => each === 'surely')) return 'surely';
    return met.some((each) => each !== 'never') ? 'possibly' : 'never';
  }
}
