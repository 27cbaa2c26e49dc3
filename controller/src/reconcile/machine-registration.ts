import type { Machine } from '../api/machine.gen.ts';
import {
  KARPENTER_GROUP,
  KARPENTER_VERSION,
  PROVIDER_ANNOTATION,
  REGISTERED_LABEL,
  RESERVED_CAPACITY_ANNOTATION,
  TERMINATION_FINALIZER,
} from '../api/names.ts';
import type { TaintSpec } from '../api/provisioner.gen.ts';
import type { NodeRecord } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import { absenceDueMs } from './machine-absence.ts';
import { livenessDueMs } from './machine-liveness.ts';
import { stateMachine } from './machine-status.ts';
import type { StepResult } from './machine-step.ts';

/** Annotations of a Machine that speak of the Machine alone. */
const MACHINE_ONLY_ANNOTATIONS = new Set([PROVIDER_ANNOTATION, RESERVED_CAPACITY_ANNOTATION]);

/**
 * Recognises the Node of a Machine when it joins and gives it what its Machine says: finalizer, owner, labels, annotations, taints.
 */
export async function registerMachine(context: LoopContext, name: string): Promise<StepResult> {
  const record = context.state.machines.get(name);
  if (record === undefined) return {};
  const { machine, object } = record;
  if (machine.conditions.get('MachineRegistered')?.status === 'True') return 'done';
  const node = context.state.nodeByProviderId(machine.providerId ?? '');
  if (node === undefined) return { afterMs: Math.min(livenessDueMs(context, name), absenceDueMs(context, name)) };
  if (node.node.deletionAtMs !== undefined) return {};

  const patch = registrationPatch(node, object);
  const { resourceVersion } = node.metadata;
  await context.kube.patch(
    { kind: 'Node', name: node.node.name },
    patch,
    resourceVersion === undefined ? {} : { resourceVersion },
  );
  await stateMachine(
    context,
    name,
    [
      { type: 'MachineRegistered', status: 'True', reason: 'Registered' },
      { type: 'MachineInitialized', status: 'Unknown', reason: 'NodeNotReady' },
    ],
    { nodeName: node.node.name },
  );
  context.joinPace.joined(machine.provisionerName);
  context.reporter.report('machine.lifecycle', {
    code: 'Registered',
    message: `node ${node.node.name} joined`,
    fields: { machine: name, node: node.node.name, 'provider-id': machine.providerId },
    labels: { provisioner: machine.provisionerName },
  });
  return 'done';
}

/** What a Node gets from its Machine. Lists are complete: the patch is sent with the version they were read at. */
export function registrationPatch(node: NodeRecord, machine: Machine): Record<string, unknown> {
  const { finalizers = [], ownerReferences = [] } = node.metadata;
  const owners = ownerReferences.filter(({ kind, uid }) => kind !== 'Provisioner' && uid !== machine.metadata.uid);
  const annotations = Object.entries(machine.metadata.annotations ?? {}).filter(
    ([key]) => !MACHINE_ONLY_ANNOTATIONS.has(key),
  );
  return {
    metadata: {
      labels: { ...machine.metadata.labels, [REGISTERED_LABEL]: 'true' },
      annotations: Object.fromEntries(annotations),
      finalizers: finalizers.includes(TERMINATION_FINALIZER) ? finalizers : [...finalizers, TERMINATION_FINALIZER],
      ownerReferences: [
        ...owners,
        {
          apiVersion: `${KARPENTER_GROUP}/${KARPENTER_VERSION}`,
          kind: 'Machine',
          name: machine.metadata.name,
          uid: machine.metadata.uid ?? '',
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { taints: mergedTaints(node.rawTaints, machine) },
  };
}

/** The node's taints and those of its Machine it lacks; key and effect make a taint. */
function mergedTaints(present: readonly TaintSpec[], machine: Machine): TaintSpec[] {
  const promised = [...(machine.spec?.taints ?? []), ...(machine.spec?.startupTaints ?? [])];
  const missing = promised.filter(
    ({ key, effect }) => !present.some((taint) => taint.key === key && taint.effect === effect),
  );
  return [...present, ...missing];
}
