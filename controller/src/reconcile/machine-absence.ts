import type { NodeAccess } from '../ports/cloud.ts';
import { OperationError } from '../ports/operation-error.ts';
import { hasLostNode, type KnownMachine, type MachineRecord } from '../state/records.ts';
import { absenceCause } from './absence-cause.ts';
import type { Statement } from './conditions.ts';
import type { LoopContext } from './context.ts';
import { stateMachine } from './machine-status.ts';
import type { StepResult } from './machine-step.ts';
import { machineTemplateOf } from './machine-template.ts';
import type { ReasonCode } from './report.ts';
import { machineAndProvisioner } from './subjects.ts';

/** How long after its launch a node may be on its way before anybody wonders (ms): nodes join in one to three minutes. */
const JOINING_MS_EXPECTED = 3 * 60_000;
/** How soon the question is asked anew (ms): the cause may have been mended, or be another one. */
const ASK_AGAIN_MS = 3 * 60_000;

/** Where EKS keeps the mappings of roles. */
const AWS_AUTH = { kind: 'ConfigMap', namespace: 'kube-system', name: 'aws-auth' } as const;

/** How messages begin that accuse nobody. */
const LATE = 'the node is late: ';
const SEE_CONSOLE = "see the instance's console output";

/**
 * States why a node that is late does not join: whether its instance has credentials, and whether the cluster knows its role. The
 * Machine is awaited all the same, in case somebody mends it, and ended in time by liveness.
 */
export async function explainAbsence(context: LoopContext, name: string): Promise<StepResult> {
  const record = context.state.machines.get(name);
  if (record === undefined) return {};
  const { machine } = record;
  if (lateInMs(context, machine) > 0) return 'done';
  if (context.state.nodeByProviderId(machine.providerId ?? '') !== undefined) return 'done';
  const finding = await findCause(context, record);
  if (finding === undefined) return 'done';
  const before = machine.conditions.get('MachineRegistered');
  await stateMachine(context, name, [finding]);
  if (finding.status !== 'False' || before?.reason === finding.reason) return 'done';
  context.reporter.report('machine.lifecycle', {
    code: finding.reason,
    message: finding.message,
    about: machineAndProvisioner(context, machine),
    fields: { machine: name, provisioner: machine.provisionerName, 'provider-id': machine.providerId },
  });
  return 'done';
}

/** When the absence of a node has to be looked into, from now (ms). */
export function absenceDueMs(context: LoopContext, name: string): number {
  const machine = context.state.machines.get(name)?.machine;
  const dueMs = machine === undefined ? Number.POSITIVE_INFINITY : lateInMs(context, machine);
  return dueMs > 0 ? dueMs : ASK_AGAIN_MS;
}

/** Infinite for a Machine that waits for no node. */
function lateInMs({ clock }: LoopContext, machine: KnownMachine): number {
  const launched = machine.conditions.get('MachineLaunched');
  const isAwaited = machine.conditions.get('MachineRegistered')?.status !== 'True' && !hasLostNode(machine);
  if (launched?.status !== 'True' || !isAwaited) return Number.POSITIVE_INFINITY;
  return (launched.sinceMs ?? machine.createdAtMs) + JOINING_MS_EXPECTED - clock.nowMs();
}

type Finding = Statement & { readonly message: string } & (
    | { readonly status: 'False'; readonly reason: ReasonCode }
    | { readonly status: 'Unknown'; readonly reason: 'NodeNotFound' }
  );

/** Undefined when there is nothing new to say: a question that fails takes back nothing that was found out before. */
async function findCause(context: LoopContext, { machine, object }: MachineRecord): Promise<Finding | undefined> {
  const template = machineTemplateOf(context, object);
  if (template === undefined) return unknown('the AWSNodeTemplate it was launched with is gone');
  if (template.spec.launchTemplate !== undefined) return unknown(`its launch template is your own; ${SEE_CONSOLE}`);
  try {
    const access = await context.cloud.nodeAccess(template);
    const cause = absenceCause({ access, mapRoles: await mapRolesFor(context, access) });
    if (cause === undefined) return unknown(`its role may join; ${SEE_CONSOLE}`);
    return { type: 'MachineRegistered', status: 'False', reason: cause.code, message: cause.message };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return wasExplained(machine) ? undefined : unknown(`whether its role may join cannot be asked: ${error.message}`);
  }
}

function unknown(what: string): Finding {
  return { type: 'MachineRegistered', status: 'Unknown', reason: 'NodeNotFound', message: `${LATE}${what}` };
}

function wasExplained({ conditions }: KnownMachine): boolean {
  const registered = conditions.get('MachineRegistered');
  return registered?.status === 'False' || registered?.message.startsWith(LATE) === true;
}

/** The text of aws-auth, where the cluster would ask it; empty where there is none. */
async function mapRolesFor({ kube }: LoopContext, access: NodeAccess): Promise<string> {
  const isAsked = access.kind === 'role' && access.authenticationMode !== 'API' && access.accessEntryType === undefined;
  if (!isAsked) return '';
  const { mapRoles = '' } = ((await kube.get(AWS_AUTH))?.data ?? {}) as { mapRoles?: string };
  return mapRoles;
}
