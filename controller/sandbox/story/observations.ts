import type { KubeObject } from '../../src/api/meta.ts';
import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import type { WireCluster } from '../wire-cluster.ts';

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly { readonly type: string; readonly reason?: string; readonly message?: string }[];
}

function pods(cluster: WireCluster): readonly KubeObject[] {
  return cluster.store.list('Pod', 'default').filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** How many pods run. */
export function running(cluster: WireCluster): number {
  return pods(cluster).filter((pod) => (pod.status as PodStatus | undefined)?.phase === 'Running').length;
}

function verdicts(cluster: WireCluster): string[] {
  return pods(cluster).flatMap((pod) =>
    ((pod.status as PodStatus | undefined)?.conditions ?? [])
      .filter(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable')
      .map(({ message = '' }) => message),
  );
}

/** How many pods kube-scheduler found no node for. */
export function pending(cluster: WireCluster): number {
  return verdicts(cluster).length;
}

/** What it says of the first of them. */
export function whyPending(cluster: WireCluster): string {
  return verdicts(cluster)[0] ?? '';
}

/** The nodes that a Provisioner made; the cluster's own stay. */
function ownNodes(cluster: WireCluster): number {
  return cluster.store.list('Node').filter((node) => node.metadata.labels?.[PROVISIONER_NAME_LABEL]).length;
}

function liveInstances(cluster: WireCluster): number {
  return Object.values(cluster.model.state.instances).filter((instance) => instance.state !== 'terminated').length;
}

/** True when nothing of ours is left: no node, no Machine, no instance that is not terminated. */
export function isBare(cluster: WireCluster): boolean {
  return ownNodes(cluster) === 0 && cluster.store.list('Machine').length === 0 && liveInstances(cluster) === 0;
}

/** What is left, in words. */
export function leftovers(cluster: WireCluster): string {
  const machines = cluster.store.list('Machine').length;
  return `${ownNodes(cluster)} nodes, ${machines} machines, ${liveInstances(cluster)} instances left`;
}
