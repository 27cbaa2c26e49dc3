import { INITIALIZED_LABEL, PROVISIONER_NAME_LABEL } from '../api/names.ts';
import type { ClusterSnapshot, NodeModel, ProvisionerModel } from '../core/cluster-snapshot.ts';
import { addResources, NO_RESOURCES, type Resources } from '../core/resources.ts';
import { isEphemeralTaint, isSameTaint } from '../core/taints.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { snapshotOf } from '../state/snapshot.ts';
import type { ProvisionerTemplate } from './cluster-objects.ts';
import type { Problem } from './problem.ts';

/** A file has no present: as seen from here, every node in it had all the time it needed to start. */
const LONG_AFTER_MS = Number.MAX_SAFE_INTEGER;

/**
 * Returns what `solve` sees of the problem's cluster: the same as the controller would, but that a file holds no Machines. What their
 * conditions tell in a cluster, the labels and taints of the nodes tell here.
 */
export function snapshotOfProblem(problem: Problem): ClusterSnapshot {
  const { state, provisioners: templates, instanceTypes } = problem;
  const provisioners = templates.map(
    (template): ProvisionerModel => ({
      ...template,
      usage: usageOf(template.name, state),
      instanceTypes: instanceTypes.types,
    }),
  );
  const snapshot = snapshotOf(state, provisioners, new Map(), LONG_AFTER_MS);
  return { ...snapshot, nodes: snapshot.nodes.map((node) => asStated(node, templates)) };
}

/** Capacity of all nodes of a Provisioner, cordoned ones included: what its limits have been used for. */
function usageOf(provisionerName: string, state: ClusterState): Resources {
  return [...state.nodes.values()]
    .filter(({ node }) => node.labels[PROVISIONER_NAME_LABEL] === provisionerName)
    .reduce<Resources>((sum, { node }) => addResources(sum, node.capacity), NO_RESOURCES);
}

/** The node with the readiness it states: one of a Provisioner by its label, others have it. Until then passing taints do not count. */
function asStated(node: NodeModel, templates: readonly ProvisionerTemplate[]): NodeModel {
  const initialized = node.provisionerName === undefined || node.labels[INITIALIZED_LABEL] === 'true';
  if (initialized) return { ...node, initialized };
  const startupTaints = templates.find(({ name }) => name === node.provisionerName)?.startupTaints ?? [];
  const taints = node.taints.filter(
    (taint) => !isEphemeralTaint(taint) && !startupTaints.some((startup) => isSameTaint(startup, taint)),
  );
  return { ...node, initialized, taints };
}
