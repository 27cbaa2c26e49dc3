import type { KubeObject } from '../../src/api/meta.ts';
import { PROVISIONER_NAME_LABEL, RESERVED_CAPACITY_ANNOTATION } from '../../src/api/names.ts';
import type { Resources } from '../../src/core/resources.ts';
import type { InstanceEvents } from '../aws/instance-events.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import { beyond, type ExactQuantities, exactMax, exactQuantities, exactSum, showExact } from './exact-quantity.ts';
import type { Monitor } from './monitor.ts';

interface RunningInstance {
  readonly provisionerName: string;
  readonly capacity: ExactQuantities;
}

/**
 * Watches that nothing bought exceeds a Provisioner's limits: at each new or grown Machine the sum of what its Machines
 * have or reserve, at each new instance the sum of what its instances really have. A limit that somebody lowers below
 * what runs already is no violation; a launch after it is.
 */
export function watchLimits(store: ObjectStore, instances: InstanceEvents): Monitor {
  const violations: string[] = [];
  const running = new Map<string, RunningInstance>();
  const counted = new Map<string, ExactQuantities>();
  const check = (provisionerName: string, what: string, amounts: readonly ExactQuantities[]): void => {
    violations.push(...excess(store.get('Provisioner', provisionerName), what, exactSum(amounts)));
  };

  instances.onRunning(({ id, boot, capacity }) => {
    const provisionerName = boot?.labels[PROVISIONER_NAME_LABEL];
    if (provisionerName === undefined) return;
    running.set(id, { provisionerName, capacity: fromCoreUnits(capacity) });
    const own = [...running.values()].filter((each) => each.provisionerName === provisionerName);
    check(
      provisionerName,
      `instance ${id} makes`,
      own.map((each) => each.capacity),
    );
  });
  instances.onTerminating((id) => void running.delete(id));

  const stop = store.watch('Machine', ({ type, object }) => {
    const uid = object.metadata.uid ?? '';
    if (type === 'DELETED') {
      counted.delete(uid);
      return;
    }
    const before = counted.get(uid) ?? new Map<string, bigint>();
    const now = capacityOf(object);
    counted.set(uid, now);
    const provisionerName = object.metadata.labels?.[PROVISIONER_NAME_LABEL];
    if (provisionerName === undefined || beyond(now, before, false).length === 0) return;
    const own = store
      .list('Machine')
      .filter(({ metadata }) => metadata.labels?.[PROVISIONER_NAME_LABEL] === provisionerName);
    check(provisionerName, `Machine ${object.metadata.name} makes`, own.map(capacityOf));
  });
  return { violations: () => violations, stop };
}

function excess(provisioner: KubeObject | undefined, what: string, sum: ExactQuantities): readonly string[] {
  const { limits } = (provisioner?.['spec'] ?? {}) as {
    readonly limits?: { readonly resources?: Readonly<Record<string, string>> };
  };
  const bound = exactQuantities(limits?.resources);
  return beyond(sum, bound, true).map((resource) => {
    const [used, limit] = [sum, bound].map((amounts) => showExact(amounts.get(resource) ?? 0n));
    return `${what} ${used} ${resource} of Provisioner ${provisioner?.metadata.name}, whose limit is ${limit}`;
  });
}

/** What a Machine has, and until that is known what it may turn out to have. */
function capacityOf({ metadata, status }: KubeObject): ExactQuantities {
  const { capacity } = (status ?? {}) as { readonly capacity?: Readonly<Record<string, string>> };
  if (capacity !== undefined && Object.keys(capacity).length > 0) return exactQuantities(capacity);
  const reserved = JSON.parse(metadata.annotations?.[RESERVED_CAPACITY_ANNOTATION] ?? '{}') as Record<
    string,
    string | number
  >;
  const inCoreUnits = Object.entries(reserved).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  const asQuantities = Object.entries(reserved).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return exactMax([fromCoreUnits(Object.fromEntries(inCoreUnits)), exactQuantities(Object.fromEntries(asQuantities))]);
}

/** The core counts cpu in thousandths. */
function fromCoreUnits(resources: Resources): ExactQuantities {
  return exactQuantities(
    Object.fromEntries(
      Object.entries(resources).map(([name, amount]) => [name, name === 'cpu' ? `${amount}m` : amount]),
    ),
  );
}
