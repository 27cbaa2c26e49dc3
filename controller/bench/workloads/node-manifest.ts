import {
  ARCH_LABEL,
  CAPACITY_TYPE_LABEL,
  HOSTNAME_LABEL,
  INITIALIZED_LABEL,
  INSTANCE_TYPE_LABEL,
  OS_LABEL,
  PROVISIONER_NAME_LABEL,
  REGISTERED_LABEL,
  ZONE_LABEL,
} from '../../src/api/names.ts';
import type { NodeManifest, TaintManifest, TypeRecord } from '../problem/problem-file.ts';

interface NodeSpec {
  readonly name: string;
  readonly type: TypeRecord;
  readonly zone: string;
  readonly capacityType: string;
  readonly provisionerName: string;
  readonly providerId: string;
  /** What differs from the type's capacity. */
  readonly allocatable: Readonly<Record<string, string>>;
  /** Beside those that follow from the type and from the Provisioner's name. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly TaintManifest[];
}

/** A ready node that a Provisioner has bought and that is done with its start. */
export function nodeManifest(spec: NodeSpec): NodeManifest {
  const { name, type, zone, capacityType, provisionerName, providerId, allocatable, labels = {}, taints = [] } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: {
        ...type.labels,
        ...labels,
        [INSTANCE_TYPE_LABEL]: type.name,
        [ARCH_LABEL]: type.arch,
        [OS_LABEL]: 'linux',
        [ZONE_LABEL]: zone,
        [CAPACITY_TYPE_LABEL]: capacityType,
        [HOSTNAME_LABEL]: name,
        [PROVISIONER_NAME_LABEL]: provisionerName,
        [REGISTERED_LABEL]: 'true',
        [INITIALIZED_LABEL]: 'true',
      },
    },
    spec: { providerID: providerId, taints },
    status: {
      capacity: type.capacity,
      allocatable: { ...type.capacity, ...allocatable },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}
