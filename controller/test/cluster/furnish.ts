import type { KubeObject } from '../../src/api/meta.ts';
import type { ControlPlane } from './control-plane.ts';
import { liveNode } from './live-node.ts';
import { createObject } from './live-object.ts';

const GIB = 1024 ** 3;
/** At the end of the subnets: the account's model gives addresses from the front, and a node is named by its own. */
const ADDRESSES = { 'us-east-1a': '10.0.31.250', 'us-east-1b': '10.0.63.250' };

/** Brings what a cluster has before the controller comes: two nodes of a managed group, in two zones, and the Service of its DNS. */
export async function furnish(request: ControlPlane['request']): Promise<void> {
  for (const [zone, address] of Object.entries(ADDRESSES)) {
    await createObject({ request }, '/api/v1/nodes', managedNode(zone, address));
  }
  await createObject({ request }, '/api/v1/namespaces/kube-system/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: 'kube-system' },
    spec: { clusterIP: '10.96.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
  });
}

function managedNode(zone: string, privateIp: string): KubeObject {
  const amounts = { cpu: 2000, memory: 7 * GIB, pods: 29, 'ephemeral-storage': 20 * GIB };
  const name = `ip-${privateIp.replaceAll('.', '-')}.ec2.internal`;
  return liveNode({
    name,
    providerId: `aws:///${zone}/i-${name}`,
    labels: { 'eks.amazonaws.com/nodegroup': 'system' },
    // As on a real system group: workloads stay off, so that they need nodes of their own.
    taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' }],
    instanceType: 'm5.large',
    zone,
    region: 'us-east-1',
    arch: 'amd64',
    privateIp,
    capacity: amounts,
    allocatable: amounts,
  });
}
