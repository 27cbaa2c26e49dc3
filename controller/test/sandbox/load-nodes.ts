import { bootingInstance } from '../../sandbox/aws/booting-instance.ts';
import type { CloudModel } from '../../sandbox/aws/cloud-model.ts';
import type { Instance } from '../../sandbox/aws/cloud-state.ts';
import { leaseAddress } from '../../sandbox/aws/subnets.ts';
import { describeInstance, type NodeDescription } from '../../sandbox/world/node-object.ts';
import { formatQuantities } from '../../sandbox/world/quantity.ts';
import { provisionerHash } from '../../src/api/hash.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import {
  CAPACITY_TYPE_LABEL,
  CLUSTER_UID_TAG,
  clusterTag,
  INITIALIZED_LABEL,
  INSTANCE_TYPE_LABEL,
  MACHINE_NAME_TAG,
  MACHINE_UID_TAG,
  MANAGED_BY_TAG,
  PROVIDER_ANNOTATION,
  PROVISIONER_HASH_ANNOTATION,
  PROVISIONER_NAME_LABEL,
  REGISTERED_LABEL,
  TERMINATION_FINALIZER,
  ZONE_LABEL,
} from '../../src/api/names.ts';

/** What the load's nodes are: eight cores, and room for ten of its pods with something to spare. */
const INSTANCE_TYPE = 'm5.2xlarge';
const CAPACITY_TYPE = 'on-demand';
/** Instance types that a Machine's purchase was open to; the controller writes at most a hundred. */
const TYPES_ON_SALE = 100;
const BOUGHT_AT = '2026-11-20T07:00:00Z';

/** The Provisioner that has bought the load's nodes, and buys more: the one of `manifests/overlays/dev`. */
export const LOAD_PROVISIONER = {
  apiVersion: 'karpenter.sh/v1alpha5',
  kind: 'Provisioner',
  metadata: { name: 'default' },
  spec: { provider: {}, ttlSecondsAfterEmpty: 30 },
};

/** Launches an instance of the load, long ago: it runs, and nobody boots it. The caller tags it when its Machine is known. */
export function runningInstance(model: CloudModel, index: number): Instance {
  const { subnets, images, instances } = model.state;
  const subnet = subnets[index % subnets.length];
  const image = images.find(({ arch }) => arch === 'amd64');
  if (subnet === undefined || image === undefined) throw new Error('the account has no subnet, or no image');
  const id = model.nextId('i-');
  const privateIp = leaseAddress(subnet, id);
  const instance: Instance = {
    id,
    instanceType: INSTANCE_TYPE,
    zone: subnet.zone,
    subnetId: subnet.id,
    capacityType: CAPACITY_TYPE,
    imageId: image.id,
    launchTemplate: { id: 'lt-0', name: 'load', version: 1 },
    launchedAtMs: Date.parse(BOUGHT_AT),
    privateIp,
    privateDnsName: `ip-${privateIp.replaceAll('.', '-')}.ec2.internal`,
    clientToken: `load-${index}`,
    data: { securityGroupIds: [], volumes: [], tagSpecifications: [] },
    state: 'running',
    tags: {},
  };
  instances[id] = instance;
  return instance;
}

/** Makes the instance the Provisioner's, bought for this Machine. */
export function tagAsBought(instance: Instance, model: CloudModel, machine: KubeObject, clusterUid: string): void {
  const clusterName = model.state.cluster.name;
  instance.tags = {
    Name: `${PROVISIONER_NAME_LABEL}/${LOAD_PROVISIONER.metadata.name}`,
    [clusterTag(clusterName)]: 'owned',
    [PROVISIONER_NAME_LABEL]: LOAD_PROVISIONER.metadata.name,
    [MANAGED_BY_TAG]: clusterName,
    [CLUSTER_UID_TAG]: clusterUid,
    [MACHINE_NAME_TAG]: machine.metadata.name,
    [MACHINE_UID_TAG]: machine.metadata.uid ?? '',
  };
}

/** The instance as a node with a kubelet. */
export function nodeOf(model: CloudModel, instance: Instance): NodeDescription {
  return describeInstance(bootingInstance(model, instance));
}

/** The Machine of a node that the Provisioner bought days ago, as the controller wrote it. */
export function machineOf(node: NodeDescription, model: CloudModel, provisionerUid: string): KubeObject {
  const types = [...model.catalogue.types.keys()].slice(0, TYPES_ON_SALE - 1);
  const inList = (key: string, values: readonly string[]) => ({ key, operator: 'In', values });
  return {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Machine',
    metadata: {
      name: machineNameOf(node),
      labels: boughtLabels(node),
      annotations: {
        [PROVISIONER_HASH_ANNOTATION]: provisionerHash(LOAD_PROVISIONER.spec),
        [PROVIDER_ANNOTATION]: '{}',
      },
      finalizers: [TERMINATION_FINALIZER],
      ownerReferences: [ownerReference('Provisioner', LOAD_PROVISIONER.metadata.name, provisionerUid)],
    },
    spec: {
      requirements: [
        inList(INSTANCE_TYPE_LABEL, [...types, INSTANCE_TYPE].sort()),
        inList(
          ZONE_LABEL,
          model.state.subnets.map(({ zone }) => zone),
        ),
        inList(CAPACITY_TYPE_LABEL, [CAPACITY_TYPE]),
        inList('kubernetes.io/os', ['linux']),
        inList('kubernetes.io/arch', ['amd64']),
      ],
      resources: { requests: { cpu: '4', memory: '6Gi', pods: '10' } },
    },
  };
}

/** The status of such a Machine: its node joined and is in use. */
export function machineStatus(node: NodeDescription): Record<string, unknown> {
  const types = ['MachineLaunched', 'MachineRegistered', 'MachineInitialized', 'Ready'];
  return {
    providerID: node.providerId,
    nodeName: node.name,
    capacity: formatQuantities(node.capacity),
    allocatable: formatQuantities(node.allocatable),
    conditions: types.map((type) => {
      return { type, status: 'True', reason: type.replace('Machine', ''), message: '', lastTransitionTime: BOUGHT_AT };
    }),
  };
}

/** What registration and initialization gave the Node of a Machine, as its metadata. */
export function boughtMetadata(
  node: NodeDescription,
  machine: KubeObject,
): Pick<KubeObject['metadata'], 'labels' | 'finalizers' | 'ownerReferences' | 'annotations'> {
  const { name, uid = '' } = machine.metadata;
  return {
    labels: { ...boughtLabels(node), [REGISTERED_LABEL]: 'true', [INITIALIZED_LABEL]: 'true' },
    annotations: { [PROVISIONER_HASH_ANNOTATION]: provisionerHash(LOAD_PROVISIONER.spec) },
    finalizers: [TERMINATION_FINALIZER],
    ownerReferences: [ownerReference('Machine', name, uid)],
  };
}

/** `status.images` as kubelets report it: the longest part of most Nodes. */
export function imagesOnNode(): readonly object[] {
  return Array.from({ length: 25 }, (_, i) => ({
    names: [`registry.k8s.io/image-${i}@sha256:${String(i).padStart(64, '0')}`, `registry.k8s.io/image-${i}:v1.${i}`],
    sizeBytes: 100_000_000 + i,
  }));
}

function machineNameOf({ name }: NodeDescription): string {
  return `${LOAD_PROVISIONER.metadata.name}-${name.split('.')[0]}`;
}

function boughtLabels(node: NodeDescription): Record<string, string> {
  return {
    [PROVISIONER_NAME_LABEL]: LOAD_PROVISIONER.metadata.name,
    [INSTANCE_TYPE_LABEL]: node.instanceType,
    [ZONE_LABEL]: node.zone,
    [CAPACITY_TYPE_LABEL]: CAPACITY_TYPE,
    'karpenter.k8s.aws/instance-category': 'm',
    'karpenter.k8s.aws/instance-cpu': '8',
    'karpenter.k8s.aws/instance-family': 'm5',
    'karpenter.k8s.aws/instance-generation': '5',
    'karpenter.k8s.aws/instance-hypervisor': 'nitro',
    'karpenter.k8s.aws/instance-memory': '32768',
    'karpenter.k8s.aws/instance-network-bandwidth': '2500',
    'karpenter.k8s.aws/instance-pods': '58',
    'karpenter.k8s.aws/instance-size': '2xlarge',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
  };
}

function ownerReference(kind: string, name: string, uid: string) {
  return { apiVersion: 'karpenter.sh/v1alpha5', kind, name, uid, blockOwnerDeletion: true };
}
