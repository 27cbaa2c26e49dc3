import { type EC2Client, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import type { Clock } from '../ports/clock.ts';
import { collectPages } from './answer-pages.ts';
import { createCachedAnswers } from './cached-answers.ts';
import { type Selector, selectorFilters, selectorText } from './selector-filters.ts';

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  /** Free when we last asked, less what launches since then take. */
  readonly freeAddresses: number;
  readonly givesPublicAddresses: boolean;
}

/** Addresses come and go with every launch; tags rarely change. */
const SUBNETS_TTL_MS = 60_000;

/** Subnets by selector, with an estimate of the addresses that launches under way will take. */
export interface Subnets {
  /** Those a selector matches: most free addresses first, then by id. An empty selector matches none. */
  matching(selector: Selector): Promise<readonly Subnet[]>;
  /** Takes addresses from a subnet, or gives them back when negative, until EC2's own count is read anew. */
  take(subnetId: string, addresses: number): void;
}

/** Subnets as EC2 tells them, at most once a minute and selector. */
export function createSubnets(ec2: EC2Client, clock: Pick<Clock, 'nowMs'>): Subnets {
  const answers = createCachedAnswers<readonly Subnet[]>(clock, SUBNETS_TTL_MS);
  const takenBySubnet = new Map<string, number>();

  async function read(selector: Selector): Promise<readonly Subnet[]> {
    const subnets = await readSubnets(ec2, selector);
    for (const { id } of subnets) takenBySubnet.delete(id);
    return subnets;
  }

  return {
    async matching(selector) {
      const subnets = await answers.get(selectorText(selector), () => read(selector));
      return subnets
        .map((subnet) => ({ ...subnet, freeAddresses: subnet.freeAddresses - (takenBySubnet.get(subnet.id) ?? 0) }))
        .sort((a, b) => b.freeAddresses - a.freeAddresses || (a.id < b.id ? -1 : 1));
    },
    take(subnetId, addresses) {
      // Given back after a fresh count, addresses could make a subnet look roomier than it is: never below nothing taken.
      takenBySubnet.set(subnetId, Math.max((takenBySubnet.get(subnetId) ?? 0) + addresses, 0));
    },
  };
}

async function readSubnets(ec2: EC2Client, selector: Selector): Promise<readonly Subnet[]> {
  const filters = selectorFilters(selector, 'subnet-id');
  if (filters.length === 0) return [];
  const found = await collectPages(
    'DescribeSubnets',
    paginateDescribeSubnets({ client: ec2 }, { Filters: filters }),
    (page) => page.Subnets,
  );
  return found.map((subnet) => ({
    id: subnet.SubnetId ?? '',
    zone: subnet.AvailabilityZone ?? '',
    freeAddresses: subnet.AvailableIpAddressCount ?? 0,
    givesPublicAddresses: subnet.MapPublicIpOnLaunch ?? false,
  }));
}

/** Of each zone the subnet with the most free addresses. `subnets` come roomiest first. */
export function roomiestSubnetByZone(subnets: readonly Subnet[]): ReadonlyMap<string, Subnet> {
  const byZone = new Map<string, Subnet>();
  for (const subnet of subnets) if (!byZone.has(subnet.zone)) byZone.set(subnet.zone, subnet);
  return byZone;
}
