import type { DaemonDemand, NodeModel, ProvisionerModel } from '../cluster-snapshot.ts';
import { isCompatible } from '../compatibility.ts';
import type { HostPort } from '../host-port.ts';
import type { InstanceType } from '../instance-type.ts';
import type { Requirements } from '../requirements.ts';
import { addResources, amountOf, NO_RESOURCES, type Resources, subtractResources } from '../resources.ts';
import { firstUntolerated } from '../taints.ts';
import { satisfiesRequirements } from './instance-type-filter.ts';
import { possiblySatisfies } from './node-match.ts';
import { alternativesOf } from './pod-shape.ts';

/** What daemons take of a node. */
export interface DaemonLoad {
  readonly requests: Resources;
  readonly hostPorts: readonly HostPort[];
}

/**
 * Returns a function that tells what the daemons of a new node of this Provisioner will take on an instance type. A daemon counts
 * where it tolerates the Provisioner's taints and any of its node terms can hold: one for arm64 costs an amd64 type nothing.
 * What is open until launch, such as the zone, is counted as if it went the daemon's way.
 */
export function daemonLoad(
  provisioner: ProvisionerModel,
  daemons: readonly DaemonDemand[],
  allowUndefined: ReadonlySet<string>,
): (type: InstanceType) => DaemonLoad {
  const relevant = daemons
    .filter((daemon) => firstUntolerated(provisioner.taints, daemon.tolerations) === undefined)
    .map((daemon) => ({
      requests: daemon.requests,
      hostPorts: daemon.hostPorts,
      alternatives: alternativesOf(daemon).filter((wanted) =>
        isCompatible(provisioner.requirements, wanted, allowUndefined),
      ),
    }));
  const runsOn = (type: InstanceType) => (daemon: { readonly alternatives: readonly Requirements[] }) =>
    daemon.alternatives.some((wanted) => satisfiesRequirements(type, wanted));
  return (type) => loadOf(relevant.filter(runsOn(type)));
}

/**
 * Returns what daemons will still take of a node that exists: they request what those it should run do less what those it runs do, never
 * below 0; ports are those of all that it should run.
 */
export function pendingDaemonLoad(
  node: NodeModel,
  daemons: readonly DaemonDemand[],
  wellKnown: ReadonlySet<string>,
): DaemonLoad {
  const expected = daemons.filter(
    (daemon) =>
      firstUntolerated(node.taints, daemon.tolerations) === undefined &&
      alternativesOf(daemon).some((wanted) => possiblySatisfies(node, wanted, wellKnown)),
  );
  const { requests, hostPorts } = loadOf(expected);
  const missing = subtractResources(requests, node.daemonRequested);
  const atLeastNone = Object.keys(missing).map((name) => [name, Math.max(amountOf(missing, name), 0)]);
  return { requests: Object.fromEntries(atLeastNone), hostPorts };
}

function loadOf(daemons: readonly DaemonLoad[]): DaemonLoad {
  return {
    requests: daemons.reduce((sum, daemon) => addResources(sum, daemon.requests), NO_RESOURCES),
    hostPorts: daemons.flatMap((daemon) => daemon.hostPorts),
  };
}
