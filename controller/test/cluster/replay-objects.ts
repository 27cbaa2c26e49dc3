import type { ContainerManifest, NodeManifest, PodManifest, Problem } from '../../bench/problem/problem-file.ts';
import { daemonsOn } from '../../bench/validator/daemons.ts';
import type { Execution } from '../../bench/validator/validate-plan.ts';
import { HOSTNAME_LABEL } from '../../src/api/names.ts';

const NANO_PER_UNIT = 1_000_000_000n;
const NANO_PER_MILLI = 1_000_000n;

/** The planned nodes as they join, named `<prefix>-<index>`, with the room that their cheapest types have for pods and daemons. */
export function joiningNodes({ joining }: Execution, prefix: string): NodeManifest[] {
  return joining.map(({ standing: { labels, taints }, allocatable }, index) => {
    const name = `${prefix}-${index}`;
    const room = Object.fromEntries([...allocatable].map(([resource, nano]) => [resource, written(resource, nano)]));
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { ...labels, [HOSTNAME_LABEL]: name } },
      spec: { taints },
      status: { capacity: room, allocatable: room, conditions: [{ type: 'Ready', status: 'True' }] },
    };
  });
}

/** Nodes offer millicores, and whole pieces of everything else. */
function written(resource: string, nano: bigint): string {
  return resource === 'cpu' ? `${nano / NANO_PER_MILLI}m` : `${nano / NANO_PER_UNIT}`;
}

/** A pod of each DaemonSet that means the node, bound to it. */
export function daemonPods(problem: Problem, { metadata: { name, labels = {} }, spec }: NodeManifest): PodManifest[] {
  return daemonsOn(problem, { labels, taints: spec?.taints ?? [] }).map((daemon) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${daemon.name}-${name}`,
      namespace: 'kube-system',
      labels: { app: daemon.name },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: daemon.name, uid: daemon.name, controller: true },
      ],
    },
    spec: { ...daemon.spec, nodeName: name },
    status: { phase: 'Running' },
  }));
}

/** The pod as an API server takes it: without what that makes itself, and with the limits that it wants for devices. */
export function livePod({ apiVersion, kind, metadata, spec }: PodManifest): PodManifest {
  const { name, namespace = 'default', labels = {}, ownerReferences = [] } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels, ownerReferences },
    spec: { ...spec, containers: spec.containers.map(withDeviceLimits) },
  };
}

/** A device cannot be promised twice, so its request needs an equal limit. */
function withDeviceLimits(container: ContainerManifest): ContainerManifest {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const devices = Object.entries(requests).filter(([resource]) => resource.includes('/'));
  return { ...container, resources: { ...container.resources, limits: { ...Object.fromEntries(devices), ...limits } } };
}
