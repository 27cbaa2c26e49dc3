import type { KubeObject } from '../../src/api/meta.ts';
import type { ObjectStore } from '../kube/object-store.ts';

/** One launch ever, as AWS remembers it. */
export interface LaunchRecord {
  readonly instanceId: string;
  readonly machineName?: string;
  readonly machineUid?: string;
  /** Undefined while the instance lives. */
  readonly endedAtMs?: number;
}

/**
 * Violations of the one rule that money hangs on: every living instance has exactly one Machine, and no Machine has ever
 * had two instances. `launches` must hold every launch of the whole run.
 */
export function checkInstances(store: ObjectStore, launches: readonly LaunchRecord[]): readonly string[] {
  const machines = store.list('Machine');
  const living = launches.filter(({ endedAtMs }) => endedAtMs === undefined);
  return [
    ...launchedTwice(launches),
    ...living.flatMap((launch) => wrongOwners(launch, machines)),
    ...withoutLaunch(machines, launches),
  ];
}

function launchedTwice(launches: readonly LaunchRecord[]): readonly string[] {
  const byMachine = Map.groupBy(launches, ({ machineUid }) => machineUid);
  return [...byMachine].flatMap(([uid, all]) => {
    if (uid === undefined) return all.map(({ instanceId }) => `instance ${instanceId} was launched for no Machine`);
    const ids = all.map(({ instanceId }) => instanceId);
    return ids.length < 2
      ? []
      : [`Machine ${all[0]?.machineName} (${uid}) has had ${ids.length} instances: ${ids.join(', ')}`];
  });
}

function wrongOwners({ instanceId, machineUid }: LaunchRecord, machines: readonly KubeObject[]): readonly string[] {
  const owners = machines.filter(
    (machine) => machine.metadata.uid === machineUid || instanceIdOf(machine) === instanceId,
  );
  if (owners.length === 1) return [];
  const names = owners.map(({ metadata }) => metadata.name).join(', ');
  return [
    owners.length === 0
      ? `instance ${instanceId} lives without a Machine`
      : `instance ${instanceId} has several Machines: ${names}`,
  ];
}

function withoutLaunch(machines: readonly KubeObject[], launches: readonly LaunchRecord[]): readonly string[] {
  const known = new Map(launches.map((launch) => [launch.instanceId, launch]));
  return machines.flatMap((machine) => {
    const id = instanceIdOf(machine);
    if (id === undefined) return [];
    const launch = known.get(id);
    if (launch === undefined)
      return [`Machine ${machine.metadata.name} names instance ${id}, which was never launched`];
    return launch.machineUid === machine.metadata.uid
      ? []
      : [`Machine ${machine.metadata.name} names instance ${id} of another Machine`];
  });
}

/** The last part of `aws:///<zone>/<id>`. */
function instanceIdOf(machine: KubeObject): string | undefined {
  const { providerID } = (machine['status'] ?? {}) as { readonly providerID?: string };
  return providerID?.split('/').at(-1);
}
