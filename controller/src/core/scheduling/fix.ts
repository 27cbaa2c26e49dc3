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
  /** Pod and Provisioner allow more; each of the places has suiting types in stock, where that is known. */
  | { readonly kind: 'allow-more'; readonly places: readonly Place[] }
  /** The Provisioner's limits go up. */
  | { readonly kind: 'raise-limits'; readonly by: Resources };

/** Where instance types are sold. */
export type Place = Pick<Offering, 'zone' | 'capacityType'>;

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
