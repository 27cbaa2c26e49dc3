import type { KubeObject } from '../../src/api/meta.ts';
import { PROVISIONER_NAME_LABEL } from '../../src/api/names.ts';
import { isTerminal, listOf, type Pod } from '../kube/built-in-kinds.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import type { LaunchRecord } from './instances.ts';

/** What is left of ours although nothing should be: nodes, Machines, living instances. */
export function checkNothingLeft(store: ObjectStore, launches: readonly LaunchRecord[]): readonly string[] {
  return [
    ...managedNodes(store).map(({ metadata }) => `node ${metadata.name} is left`),
    ...store.list('Machine').map(({ metadata }) => `Machine ${metadata.name} is left`),
    ...launches
      .filter(({ endedAtMs }) => endedAtMs === undefined)
      .map(({ instanceId }) => `instance ${instanceId} is left`),
  ];
}

/** Managed nodes that run nothing but daemons, and Machines that have not become nodes: at rest there are none. */
export function checkNoneEmpty(store: ObjectStore): readonly string[] {
  const pods = listOf(store, 'Pod').filter((pod) => !isTerminal(pod) && !isDaemon(pod));
  const nodes = managedNodes(store);
  const used = new Set(pods.map(({ spec }) => spec.nodeName));
  const providerIds = new Set(
    nodes.map((node) => (node['spec'] as { readonly providerID?: string } | undefined)?.providerID),
  );
  const machines = store
    .list('Machine')
    .filter(
      (machine) => !providerIds.has((machine['status'] as { readonly providerID?: string } | undefined)?.providerID),
    );
  return [
    ...nodes.filter(({ metadata }) => !used.has(metadata.name)).map(({ metadata }) => `node ${metadata.name} is empty`),
    ...machines.map(({ metadata }) => `Machine ${metadata.name} has no node`),
  ];
}

function managedNodes(store: ObjectStore): readonly KubeObject[] {
  return store.list('Node').filter(({ metadata }) => metadata.labels?.[PROVISIONER_NAME_LABEL] !== undefined);
}

/** A DaemonSet's pod, or a mirror of a static one. */
function isDaemon({ metadata }: Pod): boolean {
  return metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet' || kind === 'Node') ?? false;
}
