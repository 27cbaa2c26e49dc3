import type { KubeObject } from '../api/meta.ts';
import type { DaemonDemand } from '../core/cluster-snapshot.ts';
import { NO_VOLUMES } from '../core/pod-volumes.ts';
import type { Toleration } from '../core/taints.ts';
import { Field } from './field.ts';
import { readPodConstraints } from './pod-constraints.ts';
import { readPodRequests } from './pod-requests.ts';
import { attempt, type Undecodable } from './undecodable.ts';

/** What the DaemonSet controller lets every daemon tolerate. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  exists('node.kubernetes.io/not-ready', 'NoExecute'),
  exists('node.kubernetes.io/unreachable', 'NoExecute'),
  exists('node.kubernetes.io/disk-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/memory-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/pid-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/unschedulable', 'NoSchedule'),
];
const HOST_NETWORK_TOLERATION = exists('node.kubernetes.io/network-unavailable', 'NoSchedule');

/**
 * Returns the pod that every matching node will run for an apps/v1 DaemonSet, or the field that cannot be read. Its required node
 * affinity stands as in the template; what the scheduler cannot weigh in it is listed as in a pod, and counting it anyway is safe. Claims of
 * daemons are not looked at: one that keeps daemons from a node would only leave room that was reserved for nothing.
 */
export function decodeDaemonSet(object: KubeObject): DaemonDemand | Undecodable {
  return attempt(() => {
    const daemonSet = new Field('', object);
    const metadata = daemonSet.at('metadata');
    const template = daemonSet.at('spec').at('template');
    const spec = template.at('spec');
    const namespace = metadata.at('namespace').text('default');
    const labels = template.at('metadata').at('labels').textMap();
    const constraints = readPodConstraints(spec, { namespace, labels });
    const hostNetwork = spec.at('hostNetwork').flag() ? [HOST_NETWORK_TOLERATION] : [];
    return {
      uid: metadata.at('uid').text(),
      namespace,
      name: metadata.at('name').text(),
      labels,
      createdAtMs: metadata.at('creationTimestamp').optionalTimeMs() ?? 0,
      priority: spec.at('priority').integer(0),
      requests: readPodRequests(spec),
      ...constraints,
      ...NO_VOLUMES,
      tolerations: [...constraints.tolerations, ...DAEMON_TOLERATIONS, ...hostNetwork],
    };
  });
}

function exists(key: string, effect: 'NoSchedule' | 'NoExecute'): Toleration {
  return { key, operator: 'Exists', value: '', effect };
}
