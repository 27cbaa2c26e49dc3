import type { KubeObject } from '../../src/api/meta.ts';
import {
  ARCH_LABEL,
  HOSTNAME_LABEL,
  INSTANCE_TYPE_LABEL,
  OS_LABEL,
  REGION_LABEL,
  ZONE_LABEL,
} from '../../src/api/names.ts';
import type { Resources } from '../../src/core/resources.ts';
import type { BootingInstance } from '../aws/instance-events.ts';
import type { KubeCondition, KubeTaint } from '../kube/built-in-kinds.ts';
import { timestamp } from '../kube/timestamp.ts';
import { formatQuantities } from './quantity.ts';

export const NOT_READY_TAINT = 'node.kubernetes.io/not-ready';
export const UNREACHABLE_TAINT = 'node.kubernetes.io/unreachable';

/** The version its kubelets tell; a minor below the newest that the stand-in's API could be taken for. */
const KUBELET_VERSION = 'v1.31.4-eks-aeac579';

/** A machine with a kubelet on it, whoever bought it. */
export interface NodeDescription {
  readonly name: string;
  readonly providerId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly KubeTaint[];
  readonly instanceType: string;
  readonly zone: string;
  readonly region: string;
  readonly arch: 'amd64' | 'arm64';
  readonly privateIp: string;
  readonly capacity: Resources;
  readonly allocatable: Resources;
}

/** The instance as the node that its boot instructions make of it. */
export function describeInstance(instance: BootingInstance): NodeDescription {
  const taints = (instance.boot?.taints ?? []).filter(({ effect }) => effect !== '');
  return {
    ...instance,
    name: instance.privateDnsName,
    labels: instance.boot?.labels ?? {},
    taints: taints.map(({ key, value, effect }) => (value === '' ? { key, effect } : { key, value, effect })),
  };
}

/** The Node as its kubelet registers it: not Ready, and tainted for that, as kube-apiserver's admission does. */
export function nodeObject(node: NodeDescription, nowMs: number): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: { ...node.labels, ...kubeletLabels(node) },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
    },
    spec: { providerID: node.providerId, taints: [...node.taints, { key: NOT_READY_TAINT, effect: 'NoSchedule' }] },
    status: {
      capacity: formatQuantities(node.capacity),
      allocatable: formatQuantities(node.allocatable),
      conditions: nodeConditions(false, nowMs),
      addresses: [
        { type: 'InternalIP', address: node.privateIp },
        { type: 'InternalDNS', address: node.name },
        { type: 'Hostname', address: node.name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: node.arch,
        operatingSystem: 'linux',
        osImage: 'Amazon Linux (sandbox)',
        kernelVersion: '6.1.0-sandbox',
        containerRuntimeVersion: 'containerd://1.7.25',
        kubeletVersion: KUBELET_VERSION,
        kubeProxyVersion: KUBELET_VERSION,
        machineID: '',
        systemUUID: '',
        bootID: '',
      },
    },
  };
}

/** What kubelet says of itself. */
export function nodeConditions(isReady: boolean, nowMs: number): readonly KubeCondition[] {
  const time = { lastHeartbeatTime: timestamp(nowMs), lastTransitionTime: timestamp(nowMs) };
  const fine = (type: string, reason: string, what: string): KubeCondition => {
    return { type, status: 'False', reason, message: `kubelet has ${what}`, ...time };
  };
  return [
    fine('MemoryPressure', 'KubeletHasSufficientMemory', 'sufficient memory available'),
    fine('DiskPressure', 'KubeletHasNoDiskPressure', 'no disk pressure'),
    fine('PIDPressure', 'KubeletHasSufficientPID', 'sufficient PID available'),
    isReady
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status', ...time }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: NETWORK_NOT_READY, ...time },
  ];
}

const NETWORK_NOT_READY =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message: cni plugin not initialized';

/** Labels that kubelet and the cloud provider set themselves, the deprecated ones that old selectors use included. */
function kubeletLabels(node: NodeDescription): Record<string, string> {
  return {
    [HOSTNAME_LABEL]: node.name,
    [ARCH_LABEL]: node.arch,
    [OS_LABEL]: 'linux',
    [INSTANCE_TYPE_LABEL]: node.instanceType,
    [ZONE_LABEL]: node.zone,
    [REGION_LABEL]: node.region,
    'beta.kubernetes.io/arch': node.arch,
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/instance-type': node.instanceType,
    'failure-domain.beta.kubernetes.io/zone': node.zone,
    'failure-domain.beta.kubernetes.io/region': node.region,
  };
}
