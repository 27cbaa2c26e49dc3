import type { KubeObject } from '../../src/api/meta.ts';
import { age, ageColumn, count, mapText, nameColumn, text } from './columns.ts';
import { listOf, recordOf, valueAt } from './json-value.ts';
import type { Column } from './served-kind.ts';

export const namespaceColumns: readonly Column[] = [
  nameColumn,
  text('Status', (object) => valueAt(object.status, 'phase')),
  ageColumn,
];

export const configMapColumns: readonly Column[] = [
  nameColumn,
  {
    name: 'Data',
    type: 'integer',
    priority: 0,
    cell: (object) => entries(object, 'data') + entries(object, 'binaryData'),
  },
  ageColumn,
];

export const secretColumns: readonly Column[] = [
  nameColumn,
  text('Type', (object) => object.type),
  { name: 'Data', type: 'integer', priority: 0, cell: (object) => entries(object, 'data') },
  ageColumn,
];

export const serviceAccountColumns: readonly Column[] = [
  nameColumn,
  { name: 'Secrets', type: 'integer', priority: 0, cell: (object) => listOf(object.secrets).length },
  ageColumn,
];

export const serviceColumns: readonly Column[] = [
  nameColumn,
  text('Type', (service) => valueAt(service.spec, 'type')),
  text('Cluster-IP', (service) => valueAt(service.spec, 'clusterIP')),
  text('External-IP', (service) => (valueAt(service.spec, 'type') === 'LoadBalancer' ? '<pending>' : undefined)),
  text('Port(s)', (service) => {
    const ports = listOf(valueAt(service.spec, 'ports')).map(
      (port) => `${valueAt(port, 'port')}/${valueAt(port, 'protocol')}`,
    );
    return ports.join(',') || undefined;
  }),
  ageColumn,
  text('Selector', (service) => mapText(valueAt(service.spec, 'selector')), 'wide'),
];

export const endpointsColumns: readonly Column[] = [nameColumn, ageColumn];

export const leaseColumns: readonly Column[] = [
  nameColumn,
  text('Holder', (lease) => valueAt(lease.spec, 'holderIdentity') ?? ''),
  ageColumn,
];

export const eventColumns: readonly Column[] = [
  text('Last Seen', (event, nowMs) => age(lastSeen(event), nowMs)),
  text('Type', (event) => event.type),
  text('Reason', (event) => event.reason),
  text('Object', (event) => {
    const { kind, name } = recordOf(event.involvedObject);
    return kind === undefined || kind === '' ? String(name) : `${String(kind).toLowerCase()}/${name}`;
  }),
  text('Subobject', (event) => valueAt(event.involvedObject, 'fieldPath') ?? '', 'wide'),
  text('Source', (event) => source(event), 'wide'),
  text('Message', (event) => String(event.message ?? '').trim()),
  text('First Seen', (event, nowMs) => age(event.firstTimestamp ?? event.eventTime, nowMs), 'wide'),
  { name: 'Count', type: 'integer', priority: 1, cell: (event) => valueAt(event.series, 'count') ?? event.count ?? 1 },
  { ...text('Name', (event) => event.metadata.name, 'wide'), format: 'name' },
];

export const volumeColumns: readonly Column[] = [
  nameColumn,
  text('Capacity', (volume) => valueAt(volume.spec, 'capacity', 'storage') ?? ''),
  text('Access Modes', (volume) => accessModes(volume)),
  text('Reclaim Policy', (volume) => valueAt(volume.spec, 'persistentVolumeReclaimPolicy')),
  text('Status', (volume) => valueAt(volume.status, 'phase')),
  text('Claim', (volume) => {
    const claim = recordOf(valueAt(volume.spec, 'claimRef'));
    return claim.name === undefined ? '' : `${claim.namespace}/${claim.name}`;
  }),
  text('StorageClass', (volume) => valueAt(volume.spec, 'storageClassName') ?? ''),
  ageColumn,
  text('VolumeMode', (volume) => valueAt(volume.spec, 'volumeMode'), 'wide'),
];

export const claimColumns: readonly Column[] = [
  nameColumn,
  text('Status', (claim) => valueAt(claim.status, 'phase')),
  text('Volume', (claim) => valueAt(claim.spec, 'volumeName') ?? ''),
  text('Capacity', (claim) => valueAt(claim.status, 'capacity', 'storage') ?? ''),
  text('Access Modes', (claim) => accessModes(claim)),
  text('StorageClass', (claim) => valueAt(claim.spec, 'storageClassName') ?? ''),
  ageColumn,
  text('VolumeMode', (claim) => valueAt(claim.spec, 'volumeMode'), 'wide'),
];

export const storageClassColumns: readonly Column[] = [
  nameColumn,
  text('Provisioner', (object) => object.provisioner),
  text('ReclaimPolicy', (object) => object.reclaimPolicy),
  text('VolumeBindingMode', (object) => object.volumeBindingMode),
  text('AllowVolumeExpansion', (object) => String(object.allowVolumeExpansion ?? false)),
  ageColumn,
];

export const csiNodeColumns: readonly Column[] = [
  nameColumn,
  { name: 'Drivers', type: 'integer', priority: 0, cell: (object) => listOf(valueAt(object.spec, 'drivers')).length },
  ageColumn,
];

export const definitionColumns: readonly Column[] = [
  nameColumn,
  text('Created At', (object) => object.metadata.creationTimestamp),
];

export const priorityClassColumns: readonly Column[] = [
  nameColumn,
  count('Value', 'value'),
  text('Global-Default', (object) => String(object.globalDefault ?? false)),
  ageColumn,
];

function entries(object: KubeObject, field: string): number {
  return Object.keys(recordOf(object[field])).length;
}

const SHORT_ACCESS_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(object: KubeObject): string {
  return listOf(valueAt(object.spec, 'accessModes'))
    .map((mode) => SHORT_ACCESS_MODES[String(mode)] ?? mode)
    .join(',');
}

function lastSeen(event: KubeObject): unknown {
  return (
    valueAt(event.series, 'lastObservedTime') ??
    event.lastTimestamp ??
    event.firstTimestamp ??
    event.eventTime ??
    event.metadata.creationTimestamp
  );
}

function source(event: KubeObject): string {
  const { component, host } = recordOf(event.source);
  const name = String(component ?? event.reportingComponent ?? '');
  return host === undefined || host === '' ? name : `${name}, ${host}`;
}
