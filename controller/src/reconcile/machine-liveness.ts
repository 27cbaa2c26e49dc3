import type { LoopContext } from './context.ts';
import { deleteMachine } from './machine-deletion.ts';
import type { StepResult } from './machine-loop.ts';

/** How long a Machine may take from its making to its Node (ms). Nodes join in one to three minutes; upstream's number. */
export const REGISTRATION_MS_MAX = 15 * 60_000;

/** Ends a Machine whose node has not joined in time: it costs money and holds its share of the limits for nothing. */
export async function endUnlessRegistered(context: LoopContext, name: string): Promise<StepResult> {
  const record = context.state.machines.get(name);
  if (record === undefined) return {};
  const { machine, object } = record;
  const registered = machine.conditions.get('MachineRegistered');
  if (registered?.status === 'True') return 'done';
  const sinceMs = registered?.sinceMs ?? machine.createdAtMs;
  if (context.clock.nowMs() - sinceMs < REGISTRATION_MS_MAX) return 'done';
  context.reporter.report('machine.lifecycle', {
    code: 'RegistrationTimeout',
    message: `no node has joined within ${REGISTRATION_MS_MAX / 60_000} minutes`,
    about: [{ kind: 'Machine', metadata: object.metadata }],
    fields: { machine: name, 'provider-id': machine.providerId },
    labels: { reason: 'liveness', provisioner: machine.provisionerName },
  });
  await deleteMachine(context, object);
  return {};
}

/** When the time for joining is over, from now (ms): when to look again although nothing changes. */
export function livenessDueMs(context: LoopContext, name: string): number {
  const machine = context.state.machines.get(name)?.machine;
  const sinceMs = machine?.conditions.get('MachineRegistered')?.sinceMs ?? machine?.createdAtMs ?? 0;
  return Math.max(1_000, sinceMs + REGISTRATION_MS_MAX - context.clock.nowMs());
}
