import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Subnet } from './cloud-state.ts';
import type { Filter } from './filters.ts';
import { filterTest } from './filters.ts';

/** AWS keeps the first four addresses of a subnet and the last one for itself. */
const FIRST_HOST_OFFSET = 4;
const RESERVED_ADDRESSES = 5;

/** Subnets that pass all filters, by id of creation. `ids` that do not exist throw InvalidSubnetID.NotFound. */
export function describeSubnets(
  model: CloudModel,
  filters: readonly Filter[],
  ids: readonly string[] = [],
): readonly Subnet[] {
  ids.forEach((id) => requireSubnet(model, id));
  const passes = filterTest<Subnet>(
    filters,
    (subnet) => subnet.tags,
    (subnet, name) => subnetField(model, subnet, name),
  );
  return model.state.subnets.filter((subnet) => (ids.length === 0 || ids.includes(subnet.id)) && passes(subnet));
}

function subnetField(model: CloudModel, subnet: Subnet, name: string): readonly string[] | undefined {
  switch (name) {
    case 'subnet-id':
      return [subnet.id];
    case 'availability-zone':
      return [subnet.zone];
    case 'vpc-id':
      return [model.state.vpcId];
    case 'cidr-block':
      return [subnet.cidr];
    case 'state':
      return ['available'];
    default:
      return undefined;
  }
}

/** The subnet, or a thrown InvalidSubnetID.NotFound. */
export function requireSubnet(model: CloudModel, id: string): Subnet {
  const subnet = model.state.subnets.find((candidate) => candidate.id === id);
  if (subnet === undefined) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  return subnet;
}

/** Addresses that new instances can still have. */
export function freeAddressCount(subnet: Subnet): number {
  return parseCidr(subnet.cidr).size - RESERVED_ADDRESSES - Object.keys(subnet.leases).length;
}

/** Gives the instance or network interface the next free address of the subnet. Callers check `freeAddressCount` first. */
export function leaseAddress(subnet: Subnet, holderId: string): string {
  const { base, size } = parseCidr(subnet.cidr);
  const hosts = size - RESERVED_ADDRESSES;
  for (let tried = 0; tried < hosts; tried++) {
    const address = formatAddress(base + FIRST_HOST_OFFSET + subnet.nextOffset);
    subnet.nextOffset = (subnet.nextOffset + 1) % hosts;
    if (subnet.leases[address] === undefined) {
      subnet.leases[address] = holderId;
      return address;
    }
  }
  throw new AwsError('InsufficientFreeAddressesInSubnet', `The subnet '${subnet.id}' has no free addresses`);
}

/** Makes the address free again. */
export function releaseAddress(subnet: Subnet, address: string): void {
  delete subnet.leases[address];
}

function parseCidr(cidr: string): { base: number; size: number } {
  const [address = '', prefix = ''] = cidr.split('/');
  const base = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return { base, size: 2 ** (32 - Number(prefix)) };
}

function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}
