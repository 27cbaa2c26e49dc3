import type { DaemonDemand, NodeModel, ProvisionerModel } from '../cluster-snapshot.ts';
import { compatible } from '../compatibility.ts';
import type { InstanceType } from '../instance-type.ts';
import type { Requirements } from '../requirements.ts';
import { addResources, amountOf, NO_RESOURCES, type Resources, subtractResources } from '../resources.ts';
import { firstUntolerated } from '../taints.ts';
import { satisfiesRequirements } from './instance-type-filter.ts';
import { possiblySatisfies } from './node-match.ts';
import { alternativesOf } from './pod-shape.ts';

/**
 * Returns a function that tells what the daemons of a new node of this Provisioner will request on an instance type. A daemon counts
 * where it tolerates the Provisioner's taints and any of its node terms can hold: one for arm64 costs an amd64 type nothing.
 * What is open until launch, such as the zone, is counted as if it went the daemon's way.
 */
export function daemonOverhead(
  provisioner: ProvisionerModel,
  daemons: readonly DaemonDemand[],
  allowUndefined: ReadonlySet<string>,
): (type: InstanceType) => Resources {
  const relevant = daemons
    .filter((daemon) => firstUntolerated(provisioner.taints, daemon.tolerations) === undefined)
    .map((daemon) => ({
      requests: daemon.requests,
      alternatives: alternativesOf(daemon).filter(
        (wanted) => compatible(provisioner.requirements, wanted, allowUndefined) === undefined,
      ),
    }));
  const runsOn = (type: InstanceType) => (daemon: { readonly alternatives: readonly Requirements[] }) =>
    daemon.alternatives.some((wanted) => satisfiesRequirements(type, wanted));
  return (type) => sumOf(relevant.filter(runsOn(type)));
}

/** Returns what daemons will still request on a node that exists: those it should run less those it runs, never below 0. */
export function pendingDaemonRequests(
  node: NodeModel,
  daemons: readonly DaemonDemand[],
  wellKnown: ReadonlySet<string>,
): Resources {
  const expected = daemons.filter(
    (daemon) =>
      firstUntolerated(node.taints, daemon.tolerations) === undefined &&
      alternativesOf(daemon).some((wanted) => possiblySatisfies(node, wanted, wellKnown)),
  );
  const missing = subtractResources(sumOf(expected), node.daemonRequested);
  return Object.fromEntries(Object.keys(missing).map((name) => [name, Math.max(amountOf(missing, name), 0)]));
}

function sumOf(daemons: readonly { readonly requests: Resources }[]): Resources {
  return daemons.reduce((sum, daemon) => addResources(sum, daemon.requests), NO_RESOURCES);
}
