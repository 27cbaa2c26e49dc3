import type { Machine } from '../api/machine.gen.ts';
import type { ObjectMeta } from '../api/meta.ts';
import { PROVISIONER_NAME_LABEL } from '../api/names.ts';
import type { Provisioner, TaintSpec } from '../api/provisioner.gen.ts';
import { NO_REQUIREMENTS } from '../core/requirements.ts';
import { NO_RESOURCES } from '../core/resources.ts';
import { type DecodedMachine, decodeMachine } from '../decode/machine.ts';
import type { DecodedNode } from '../decode/node.ts';
import type { DecodedPod } from '../decode/pod.ts';
import { type DecodedProvisioner, decodeProvisioner } from '../decode/provisioner.ts';
import type { SharedValues } from '../decode/shared-values.ts';
import { isUndecodable } from '../decode/undecodable.ts';

// What the state keeps of an object: what decisions read, and of the kinds that we write also what patches start from.

export type KnownPod = DecodedPod;
export type KnownNode = DecodedNode;
export type KnownMachine = DecodedMachine;

/** A Node. The object itself is dropped: its image list alone is 10 kB. */
export interface NodeRecord {
  readonly node: KnownNode;
  readonly metadata: ObjectMeta;
  /** `spec.taints` as they stand, for patches of the list. */
  readonly rawTaints: readonly TaintSpec[];
}

/** A Machine. */
export interface MachineRecord {
  readonly machine: KnownMachine;
  readonly object: Machine;
}

/** A Provisioner. */
export interface ProvisionerRecord {
  readonly object: Provisioner;
  /** Undefined when it cannot be computed with; validation says why. */
  readonly decoded?: DecodedProvisioner;
}

/** A pod that cannot be read: refused alone, with the path of the field. */
export interface BrokenPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly message: string;
}

/** True once the Node of a Machine has been there and gone; a node that has merely not joined is still awaited. */
export function hasLostNode({ conditions }: KnownMachine): boolean {
  return conditions.get('MachineRegistered')?.reason === 'NodeGone';
}

export function provisionerRecord(object: Provisioner): ProvisionerRecord {
  const decoded = decodeProvisioner(object);
  return isUndecodable(decoded) ? { object } : { object, decoded };
}

/**
 * A Machine that somebody has made unreadable keeps what finds its instance and ends it. Its requirements, a hundred instance types and more,
 * are one object with those of all Machines that have the same: they were most of what a Machine takes.
 */
export function machineRecord(object: Machine, values: SharedValues): MachineRecord {
  const decoded = decodeMachine(object);
  if (isUndecodable(decoded)) return { machine: remainsOf(object), object };
  const { requirements: expressions } = object.spec ?? {};
  if (expressions === undefined) return { machine: decoded, object };
  const shared = values.shared(expressions);
  const requirements = values.made(JSON.stringify(shared), () => decoded.requirements);
  return {
    machine: { ...decoded, requirements },
    object: { ...object, spec: { ...object.spec, requirements: shared } },
  };
}

function remainsOf({ metadata, status }: Machine): KnownMachine {
  const providerId = status?.providerID;
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    provisionerName: metadata.labels?.[PROVISIONER_NAME_LABEL] ?? '',
    labels: metadata.labels ?? {},
    requirements: NO_REQUIREMENTS,
    taints: [],
    startupTaints: [],
    requests: NO_RESOURCES,
    ...(providerId ? { providerId } : {}),
    capacity: NO_RESOURCES,
    allocatable: NO_RESOURCES,
    countedCapacity: NO_RESOURCES,
    conditions: new Map(),
    createdAtMs: Date.parse(metadata.creationTimestamp ?? '') || 0,
    ...(metadata.deletionTimestamp === undefined ? {} : { deletionAtMs: Date.parse(metadata.deletionTimestamp) || 0 }),
  };
}
