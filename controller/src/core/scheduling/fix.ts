import { formatHostPort, type HostPort } from '../host-port.ts';
import type { Offering } from '../instance-type.ts';
import type { Resources } from '../resources.ts';
import { formatTaint, type Taint } from '../taints.ts';
import { describeAmount, describeEnough } from './describe-amounts.ts';

/** One change, to the pod or to the Provisioner, that takes the obstacle of a miss away. */
export type Fix =
  /** The pod tolerates the taint. */
  | { readonly kind: 'tolerate'; readonly taint: Taint }
  /** The pod requests no more than this of each. */
  | { readonly kind: 'request-at-most'; readonly amounts: Resources }
  /** The pod meant so many thousandths of a cpu, and wrote as many millions of them. */
  | { readonly kind: 'write-milli-cpu'; readonly cpuMilli: number }
  /** The pod takes another port. */
  | { readonly kind: 'change-host-port'; readonly port: HostPort }
  /** The Provisioner's nodes get a label of this key, with a value that the pod asks for. */
  | { readonly kind: 'define-label'; readonly key: string }
  /** The pod does not name the nodes that it may go to. */
  | { readonly kind: 'drop-match-fields' }
  /** The pod asks for another label, which it has most likely meant. */
  | { readonly kind: 'ask-for-label'; readonly key: string; readonly instead: string }
  /** The pod's spread over this label goes up to so much. */
  | { readonly kind: 'raise-max-skew'; readonly topologyKey: string; readonly maxSkew: number }
  /** The Provisioner may start nodes with one of these values of the label, and the pod may go there. */
  | { readonly kind: 'allow-domains'; readonly key: string; readonly domains: readonly string[] }
  /** The same with any value that it could not have before. */
  | { readonly kind: 'allow-another-domain'; readonly key: string }
  /** Pod and Provisioner allow more; each of the places has suiting types in stock, where that is known. */
  | { readonly kind: 'allow-more'; readonly places: readonly Place[] }
  /** The Provisioner's limits go up. */
  | { readonly kind: 'raise-limits'; readonly by: Resources };

/** Where instance types are sold. */
export type Place = Pick<Offering, 'zone' | 'capacityType'>;

const SHOWN_DOMAINS_MAX = 5;

/** Returns the first few domains by name: `[a b c]`, `[a b c d e] and 3 more`. */
export function describeDomains(domains: readonly string[]): string {
  const shown = [...domains].sort().slice(0, SHOWN_DOMAINS_MAX);
  const more = domains.length - shown.length;
  return `[${shown.join(' ')}]${more > 0 ? ` and ${more} more` : ''}`;
}

/** Returns the change as one would ask for it: `tolerate team=a:NoSchedule`, `raise the cpu limit by 4`. */
export function describeFix(fix: Fix): string {
  switch (fix.kind) {
    case 'tolerate':
      return `tolerate ${formatTaint(fix.taint)}`;
    case 'request-at-most':
      return `request at most ${eachOf(fix.amounts, describeAmount)}`;
    case 'write-milli-cpu':
      return 'write thousandths of a cpu with "m"; "M" means a million';
    case 'change-host-port':
      return `take another host port than ${formatHostPort(fix.port)}`;
    case 'define-label':
      return `define "${fix.key}" in the Provisioner's labels or requirements`;
    case 'drop-match-fields':
      return 'drop its matchFields on metadata.name';
    case 'ask-for-label':
      return `ask for "${fix.instead}"`;
    case 'raise-max-skew':
      return `raise maxSkew to ${fix.maxSkew}`;
    case 'allow-domains':
      return `allow ${fix.key} ${describeDomains(fix.domains)}`;
    case 'allow-another-domain':
      return `allow another ${fix.key}`;
    case 'allow-more':
      return 'allow more zones, instance types or capacity types';
    case 'raise-limits':
      return `raise ${eachOf(fix.by, (name, amount) => `the ${name} limit by ${describeEnough(name, amount)}`)}`;
  }
}

function eachOf(amounts: Resources, describe: (name: string, amount: number) => string): string {
  const names = Object.keys(amounts).sort();
  return names.map((name) => describe(name, amounts[name] as number)).join(' and ');
}
