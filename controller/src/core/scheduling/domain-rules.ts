import { HOSTNAME_KEY } from '../label-keys.ts';
import { describeDomains } from './fix.ts';
import { mendedBy, noCommonDomain, type Shortfall } from './misses.ts';
import type { AffinityGroup, RepulsionGroup, SpreadGroup } from './topology-group.ts';

/** What one constraint says about the domains of one node label, for the pods of one shape. */
export interface DomainRule {
  readonly key: string;
  /** A node without the label is refused. */
  readonly needsLabel: boolean;
  /** What it refuses it refuses for good: pods that come can only make it worse. */
  readonly isFinal: boolean;
  /** It asks for another pod in the domain. */
  readonly isLed?: boolean;
  admits(domain: string): boolean;
  /** Of domains that it admits, it prefers those with the smaller number. */
  crowding(domain: string): number;
  /** Why none of the domains, which it does not admit, will do. */
  explain(domains: readonly string[]): Shortfall;
}

/** The spread constraint of a group, as it binds pods that its selector takes (`isCounted`) or does not take. */
export function spreadRule(group: SpreadGroup, isCounted: boolean): DomainRule {
  const { topologyKey: key, maxSkew } = group.constraint;
  return {
    key,
    needsLabel: true,
    isFinal: key === HOSTNAME_KEY,
    admits: (domain) => group.skewWith(domain, isCounted) <= maxSkew,
    crowding: (domain) => group.skewWith(domain, isCounted),
    explain: (domains) => {
      const code = 'topology-spread-unsatisfiable';
      if (domains.length === 0) return lacksLabel(code, key);
      const skew = Math.min(...domains.map((domain) => group.skewWith(domain, isCounted)));
      const message = `spread over ${key} with maxSkew ${maxSkew} keeps it out of ${describeDomains(domains)}: the emptiest domain has ${group.minimum()} of its pods`;
      return mendedBy(code, message, { kind: 'raise-max-skew', topologyKey: key, maxSkew: skew });
    },
  };
}

/** Pod affinity: where a pod of the group is; anywhere, when there is none yet and the first could be this one (`isMeant`). */
export function affinityRule(group: AffinityGroup, key: string, isMeant: boolean): DomainRule {
  return {
    key,
    needsLabel: true,
    isFinal: false,
    isLed: true,
    admits: (domain) => group.isIn(key, domain) || (isMeant && group.isEmpty),
    crowding: () => 0,
    explain: (domains) => {
      const code = 'pod-affinity-unsatisfiable';
      if (domains.length === 0) return lacksLabel(code, key);
      const occupied = group.occupied(key);
      if (occupied.length === 0) return { code, message: `no pod that its affinity means is in any ${key} yet` };
      if (key === HOSTNAME_KEY) return { code, message: 'no node with a pod that its affinity means takes it' };
      const message = `the pods that its affinity means are in ${key} ${describeDomains(occupied)}, where no node could start for it`;
      return mendedBy(code, message, { kind: 'allow-domains', key, domains: occupied });
    },
  };
}

/** Binds nobody, but of domains that are admitted takes those with the smaller number. */
export function leaning(key: string, crowding: (domain: string) => number): DomainRule {
  return {
    key,
    needsLabel: false,
    isFinal: true,
    admits: () => true,
    crowding,
    explain: () => noCommonDomain([key]),
  };
}

/** The affinity of others that means the pod: it binds it to nothing, but where they cannot come it had better not go. */
export function followedRule(group: AffinityGroup, key: string): DomainRule {
  return leaning(key, (domain) => (group.isReachable(key, domain) ? 0 : 1));
}

/** The pod's own anti-affinity: where no pod is that it means. */
export function antiAffinityRule(group: RepulsionGroup): DomainRule {
  return repulsionRule(group.key, (domain) => group.hasMeant(domain), 'a pod that its anti-affinity means is');
}

/**
 * The anti-affinity of others that means the pod: where none of them is. It goes rather where their way is barred already, and leaves the
 * domains that are still free to them.
 */
export function repelledRule(group: RepulsionGroup): DomainRule {
  return {
    ...repulsionRule(group.key, (domain) => group.hasOwner(domain), 'a pod whose anti-affinity means it is'),
    crowding: (domain) => (group.hasMeant(domain) ? 0 : 1),
  };
}

function repulsionRule(key: string, isHeld: (domain: string) => boolean, who: string): DomainRule {
  return {
    key,
    // A node without the label is in no domain, hence in none with them.
    needsLabel: false,
    isFinal: true,
    admits: (domain) => !isHeld(domain),
    crowding: () => 0,
    explain: (domains) => {
      const message = `${who} in each ${key} where a node could start for it: ${describeDomains(domains)}`;
      return mendedBy('pod-anti-affinity-unsatisfiable', message, { kind: 'allow-another-domain', key });
    },
  };
}

function lacksLabel(code: Shortfall['code'], key: string): Shortfall {
  return mendedBy(code, `its nodes have no label ${key} of known value`, { kind: 'define-label', key });
}
