import { hasLostNode, type KnownMachine } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import { joinsFailingMessage } from './join-pace.ts';
import { deleteMachine } from './machine-deletion.ts';
import type { StepResult } from './machine-step.ts';
import { isHeldByPause } from './pause.ts';

/** How long a Machine may take from its launch, or from the first that failed, to its Node (ms). Nodes join in one to three minutes; upstream's number. */
const REGISTRATION_MS_MAX = 15 * 60_000;
/** How long a Machine whose Node has gone is kept (ms): a kubelet that is started anew registers within seconds. */
const NODE_LOSS_MS_MAX = 2 * 60_000;

/** Ends a Machine whose node has not joined in time, or has gone: it costs money and holds its share of the limits for nothing. */
export async function endUnlessRegistered(context: LoopContext, name: string): Promise<StepResult> {
  const record = context.state.machines.get(name);
  if (record === undefined) return {};
  const { machine, object } = record;
  if (machine.conditions.get('MachineRegistered')?.status === 'True') return 'done';
  if (isHeldByPause(context, machine) || context.clock.nowMs() < deadlineOf(machine)) return 'done';
  const minutes = patienceMs(machine) / 60_000;
  const outcome = hasLostNode(machine)
    ? ({ code: 'NodeGone', message: `its node was removed and has not come back within ${minutes} minutes` } as const)
    : ({
        code: 'RegistrationTimeout',
        message: `no node has joined within ${minutes} minutes${causeOf(machine)}`,
      } as const);
  context.reporter.report('machine.lifecycle', {
    ...outcome,
    about: [{ kind: 'Machine', metadata: object.metadata }],
    fields: { machine: name, 'provider-id': machine.providerId },
    labels: { reason: 'liveness', provisioner: machine.provisionerName },
  });
  // Before the deletion, which sets its pods free: they are planned for anew at once.
  if (outcome.code === 'RegistrationTimeout') countFailedJoin(context, machine);
  await deleteMachine(context, object);
  return {};
}

/** Counts a node that has not joined although its instance was there, and tells when its Provisioner's nodes are only tried out from now on. */
function countFailedJoin({ state, joinPace, reporter }: LoopContext, machine: KnownMachine): void {
  const { name, provisionerName, conditions } = machine;
  if (conditions.get('MachineLaunched')?.status !== 'True' || !joinPace.failed(provisionerName, name)) return;
  const metadata = state.provisioners.get(provisionerName)?.object.metadata;
  reporter.report('machine.lifecycle', {
    code: 'JoinsFailing',
    message: joinsFailingMessage(provisionerName),
    about: metadata === undefined ? [] : [{ kind: 'Provisioner', metadata }],
    fields: { provisioner: provisionerName },
  });
}

/** When the time for joining is over, from now (ms): when to look again although nothing changes. */
export function livenessDueMs(context: LoopContext, name: string): number {
  const machine = context.state.machines.get(name)?.machine;
  const dueMs = machine === undefined ? 0 : deadlineOf(machine) - context.clock.nowMs();
  return Math.max(1_000, dueMs);
}

/** What was found out while it was waited for. */
function causeOf({ conditions }: KnownMachine): string {
  const registered = conditions.get('MachineRegistered');
  return registered?.status === 'False' ? `: ${registered.message}` : '';
}

/** Counted from conditions whose status does not change while we wait; what is found out meanwhile gains no time. */
function deadlineOf(machine: KnownMachine): number {
  const since = machine.conditions.get(hasLostNode(machine) ? 'MachineRegistered' : 'MachineLaunched');
  return (since?.sinceMs ?? machine.createdAtMs) + patienceMs(machine);
}

function patienceMs(machine: KnownMachine): number {
  return hasLostNode(machine) ? NODE_LOSS_MS_MAX : REGISTRATION_MS_MAX;
}
