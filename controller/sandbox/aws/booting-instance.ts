import type { CloudModel } from './cloud-model.ts';
import type { Image, Instance } from './cloud-state.ts';
import { admitsNodes } from './eks/node-admission.ts';
import { requireImage } from './images.ts';
import type { BootingInstance } from './instance-events.ts';
import { reportNode } from './kubelet-report.ts';
import type { NodeBoot } from './node-boot.ts';
import { parseUserData } from './parse-user-data.ts';

const GIB = 1024 ** 3;
/** Size of the volume that holds pods, where the launch template does not say. */
export const VOLUME_GIB_DEFAULT = 20;
/** The device whose volume holds pods. */
export const POD_DEVICE = { AL2: '/dev/xvda', AL2023: '/dev/xvda', Bottlerocket: '/dev/xvdb' } as const;

/** What a machine that has just started is about to do: read its user data, and join if it can and may. */
export function bootingInstance(model: CloudModel, instance: Instance): BootingInstance {
  const hardware = model.catalogue.types.get(instance.instanceType);
  if (hardware === undefined) throw new Error(`${instance.id} is of unknown type ${instance.instanceType}`);
  const image = requireImage(model, instance.imageId);
  const boot = readBoot(image, instance);
  return {
    id: instance.id,
    providerId: providerId(instance),
    instanceType: instance.instanceType,
    zone: instance.zone,
    region: model.state.region,
    arch: hardware.arch,
    privateIp: instance.privateIp,
    privateDnsName: instance.privateDnsName,
    boot: boot?.join,
    mayJoin: mayJoin(model, instance, boot),
    ...reportNode(hardware, boot?.kubelet ?? {}, volumeBytes(image, instance)),
  };
}

/** `aws:///<zone>/<id>`, as the Node says it. */
export function providerId({ zone, id }: Pick<Instance, 'zone' | 'id'>): string {
  return `aws:///${zone}/${id}`;
}

function readBoot(image: Image, { data }: Instance): NodeBoot | undefined {
  return data.nodeBoot ?? (data.userData === undefined ? undefined : parseUserData(image.family, data.userData));
}

/** EC2 must still know a role for its instance profile, the cluster must let that role's machines in, and be this one. */
function mayJoin(model: CloudModel, { data }: Instance, boot: NodeBoot | undefined): boolean {
  const { iam, cluster } = model.state;
  const role = data.instanceProfile === undefined ? undefined : iam.profilesSeenByEc2[data.instanceProfile];
  const isAdmitted = typeof role === 'string' && admitsNodes(model, role);
  return isAdmitted && boot?.join.clusterName === cluster.name && !model.faults.nodesNeverJoin;
}

function volumeBytes(image: Image, { data }: Instance): number {
  const volume = data.volumes.find(({ deviceName }) => deviceName === POD_DEVICE[image.family]);
  return (volume?.sizeGiB ?? VOLUME_GIB_DEFAULT) * GIB;
}
