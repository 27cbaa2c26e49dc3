import { HOSTNAME_KEY } from '../label-keys.ts';
import { noCommonDomain, type Shortfall } from './misses.ts';
import { type Prospect, prospectiveDomains } from './prospect.ts';
import type { ShapeRules } from './topology.ts';

/** Why the rules leave nothing of any of the prospects: the first rule that admits none of their domains. */
export function explainRefusal({ byKey }: ShapeRules, prospects: readonly Prospect[], hostname: string): Shortfall {
  for (const [key, rules] of byKey) {
    const domains = [...new Set(prospects.flatMap((prospect) => domainsOf(key, prospect, hostname)))].sort();
    for (const rule of rules) {
      if (domains.length === 0 ? rule.needsLabel : !domains.some((domain) => rule.admits(domain))) {
        return rule.explain(domains);
      }
    }
  }
  return noCommonDomain([...byKey.keys()]);
}

function domainsOf(key: string, prospect: Prospect, hostname: string): readonly string[] {
  return key === HOSTNAME_KEY ? [hostname] : (prospectiveDomains(key, prospect) ?? []);
}
