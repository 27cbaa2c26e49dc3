import { AwsError } from './aws-error.ts';
import type { CloudModel } from './cloud-model.ts';
import type { Instance, NetworkInterface } from './cloud-state.ts';
import type { Filter } from './filters.ts';
import { filterTest } from './filters.ts';
import { freeAddressCount, leaseAddress, releaseAddress, requireSubnet } from './subnets.ts';

/** The interface that an instance is born with, and that ends with it. Its address is the instance's. */
export function attachPrimaryInterface(model: CloudModel, instance: Instance): void {
  const specified = instance.data.tagSpecifications.filter(({ resourceType }) => resourceType === 'network-interface');
  // Named after its instance and not by `nextId`: the ids of a seed stay what they were.
  const id = instance.id.replace('i-', 'eni-');
  model.state.networkInterfaces[id] = {
    id,
    subnetId: instance.subnetId,
    zone: instance.zone,
    privateIp: instance.privateIp,
    description: '',
    securityGroupIds: instance.data.securityGroupIds,
    attachment: { instanceId: instance.id, deviceIndex: 0, deleteOnTermination: true },
    tags: Object.assign({}, ...specified.map(({ tags }) => tags)),
  };
}

/**
 * Attaches one more interface for pods, as the VPC CNI of a node does. It outlives its instance: nobody is left to remove it,
 * and it stays behind as `available`.
 */
export function attachPodInterface(model: CloudModel, instance: Instance): NetworkInterface {
  const { networkInterfaces, cluster } = model.state;
  const subnet = requireSubnet(model, instance.subnetId);
  if (freeAddressCount(subnet) < 1) {
    throw new AwsError('InsufficientFreeAddressesInSubnet', `The subnet '${subnet.id}' has no free addresses`);
  }
  const id = model.nextId('eni-');
  const deviceIndex = interfacesOf(model, instance.id).length;
  const networkInterface: NetworkInterface = {
    id,
    subnetId: subnet.id,
    zone: subnet.zone,
    privateIp: leaseAddress(subnet, id),
    description: `aws-K8S-${instance.id}`,
    securityGroupIds: instance.data.securityGroupIds,
    attachment: { instanceId: instance.id, deviceIndex, deleteOnTermination: false },
    tags: {
      'cluster.k8s.amazonaws.com/name': cluster.name,
      'node.k8s.amazonaws.com/instance_id': instance.id,
    },
  };
  networkInterfaces[id] = networkInterface;
  return networkInterface;
}

/** What was attached to an instance that is no more: interfaces of its own end with it, others are left `available`. */
export function releaseInterfacesOf(model: CloudModel, instanceId: string): void {
  for (const networkInterface of interfacesOf(model, instanceId)) {
    if (networkInterface.attachment?.deleteOnTermination) remove(model, networkInterface);
    else delete networkInterface.attachment;
  }
}

function interfacesOf({ state }: CloudModel, instanceId: string): readonly NetworkInterface[] {
  return Object.values(state.networkInterfaces).filter(({ attachment }) => attachment?.instanceId === instanceId);
}

/** Interfaces that pass all filters, by id. `ids` that do not exist throw InvalidNetworkInterfaceID.NotFound. */
export function describeNetworkInterfaces(
  model: CloudModel,
  filters: readonly Filter[],
  ids: readonly string[] = [],
): readonly NetworkInterface[] {
  ids.forEach((id) => requireNetworkInterface(model, id));
  const passes = filterTest<NetworkInterface>(
    filters,
    ({ tags }) => tags,
    (networkInterface, name) => interfaceField(model, networkInterface, name),
  );
  return Object.values(model.state.networkInterfaces)
    .filter((networkInterface) => (ids.length === 0 || ids.includes(networkInterface.id)) && passes(networkInterface))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function interfaceField(
  { state }: CloudModel,
  { id, attachment, ...rest }: NetworkInterface,
  name: string,
): readonly string[] | undefined {
  switch (name) {
    case 'network-interface-id':
      return [id];
    case 'status':
      return [attachment === undefined ? 'available' : 'in-use'];
    case 'attachment.instance-id':
      return attachment === undefined ? [] : [attachment.instanceId];
    case 'description':
      return [rest.description];
    case 'subnet-id':
      return [rest.subnetId];
    case 'vpc-id':
      return [state.vpcId];
    case 'availability-zone':
      return [rest.zone];
    case 'group-id':
      return rest.securityGroupIds;
    case 'private-ip-address':
      return [rest.privateIp];
    default:
      return undefined;
  }
}

/** Removes an interface that hangs on nothing. */
export function deleteNetworkInterface(model: CloudModel, id: string): void {
  const networkInterface = requireNetworkInterface(model, id);
  if (networkInterface.attachment !== undefined) {
    throw new AwsError('InvalidParameterValue', `Network interface '${id}' is currently in use.`);
  }
  remove(model, networkInterface);
}

function remove(model: CloudModel, { id, subnetId, privateIp }: NetworkInterface): void {
  delete model.state.networkInterfaces[id];
  const subnet = model.state.subnets.find((candidate) => candidate.id === subnetId);
  if (subnet !== undefined) releaseAddress(subnet, privateIp);
}

function requireNetworkInterface({ state }: CloudModel, id: string): NetworkInterface {
  const found = Object.hasOwn(state.networkInterfaces, id) ? state.networkInterfaces[id] : undefined;
  if (found !== undefined) return found;
  throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
}
