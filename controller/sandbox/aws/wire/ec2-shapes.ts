import type { CloudModel } from '../cloud-model.ts';
import type {
  CloudState,
  Image,
  Instance,
  LaunchTemplate,
  NetworkInterface,
  SecurityGroup,
  Subnet,
} from '../cloud-state.ts';
import { ec2Architecture } from '../images.ts';
import { freeAddressCount } from '../subnets.ts';
import type { XmlRecord, XmlValue } from './xml.ts';

/** EC2's code of each instance state. */
const STATE_CODES = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

/** Tags in EC2's form, by key. */
function tagSet(tags: Readonly<Record<string, string>>): XmlValue {
  return Object.keys(tags)
    .sort()
    .map((key) => ({ key, value: tags[key] }));
}

function groupSet({ securityGroups }: CloudState, ids: readonly string[]): XmlValue {
  return securityGroups.filter(({ id }) => ids.includes(id)).map(({ id, name }) => ({ groupId: id, groupName: name }));
}

export function subnetShape({ state }: CloudModel, subnet: Subnet): XmlRecord {
  return {
    subnetId: subnet.id,
    subnetArn: `arn:aws:ec2:${state.region}:${state.accountId}:subnet/${subnet.id}`,
    state: 'available',
    vpcId: state.vpcId,
    ownerId: state.accountId,
    cidrBlock: subnet.cidr,
    availableIpAddressCount: freeAddressCount(subnet),
    availabilityZone: subnet.zone,
    defaultForAz: false,
    mapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    tagSet: tagSet(subnet.tags),
  };
}

export function securityGroupShape({ state }: CloudModel, group: SecurityGroup): XmlRecord {
  return {
    groupId: group.id,
    groupName: group.name,
    groupDescription: group.description,
    vpcId: state.vpcId,
    ownerId: state.accountId,
    tagSet: tagSet(group.tags),
  };
}

/** The network interface as EC2 words it: `available` when it hangs on nothing. */
export function networkInterfaceShape({ state }: CloudModel, networkInterface: NetworkInterface): XmlRecord {
  const { id, attachment, securityGroupIds, ...rest } = networkInterface;
  return {
    networkInterfaceId: id,
    subnetId: rest.subnetId,
    vpcId: state.vpcId,
    availabilityZone: rest.zone,
    description: rest.description,
    ownerId: state.accountId,
    requesterManaged: false,
    status: attachment === undefined ? 'available' : 'in-use',
    privateIpAddress: rest.privateIp,
    sourceDestCheck: true,
    interfaceType: 'interface',
    groupSet: groupSet(state, securityGroupIds),
    attachment: attachment && {
      attachmentId: id.replace('eni-', 'eni-attach-'),
      instanceId: attachment.instanceId,
      instanceOwnerId: state.accountId,
      deviceIndex: attachment.deviceIndex,
      status: 'attached',
      deleteOnTermination: attachment.deleteOnTermination,
    },
    tagSet: tagSet(rest.tags),
  };
}

export function imageShape(image: Image): XmlRecord {
  return {
    imageId: image.id,
    name: image.name,
    imageLocation: `${image.ownerAlias}/${image.name}`,
    imageState: 'available',
    imageOwnerId: image.ownerId,
    imageOwnerAlias: image.ownerAlias,
    isPublic: true,
    architecture: ec2Architecture(image.arch),
    imageType: 'machine',
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    creationDate: image.createdAt,
    tagSet: tagSet(image.tags),
  };
}

export function launchTemplateShape({ state }: CloudModel, template: LaunchTemplate): XmlRecord {
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    createTime: new Date(template.createdAtMs).toISOString(),
    createdBy: `arn:aws:iam::${state.accountId}:root`,
    defaultVersionNumber: template.defaultVersion,
    latestVersionNumber: template.versions.length,
    tagSet: tagSet(template.tags),
  };
}

export function instanceShape({ state, catalogue }: CloudModel, instance: Instance): XmlRecord {
  const { instanceProfile, securityGroupIds } = instance.data;
  const arch = catalogue.types.get(instance.instanceType)?.arch ?? 'amd64';
  const isGone = instance.state === 'terminated';
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: instanceStateShape(instance.state),
    // EC2 takes the addresses away from a terminated instance.
    privateDnsName: isGone ? '' : instance.privateDnsName,
    privateIpAddress: isGone ? undefined : instance.privateIp,
    instanceType: instance.instanceType,
    launchTime: new Date(instance.launchedAtMs).toISOString(),
    placement: { availabilityZone: instance.zone, tenancy: 'default' },
    monitoring: { state: 'disabled' },
    subnetId: isGone ? undefined : instance.subnetId,
    vpcId: isGone ? undefined : state.vpcId,
    architecture: ec2Architecture(arch),
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    virtualizationType: 'hvm',
    instanceLifecycle: instance.capacityType === 'spot' ? 'spot' : undefined,
    clientToken: instance.clientToken,
    iamInstanceProfile:
      instanceProfile === undefined
        ? undefined
        : { arn: `arn:aws:iam::${state.accountId}:instance-profile/${instanceProfile}` },
    groupSet: groupSet(state, securityGroupIds),
    networkInterfaceSet: Object.values(state.networkInterfaces)
      .filter(({ attachment }) => attachment?.instanceId === instance.id)
      .map(({ id }) => ({ networkInterfaceId: id })),
    tagSet: tagSet(instance.tags),
  };
}

export function instanceStateShape(state: Instance['state']): XmlRecord {
  return { code: STATE_CODES[state], name: state };
}
