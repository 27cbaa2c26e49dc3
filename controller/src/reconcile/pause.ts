import { LAUNCHES_PAUSED_SETTING } from '../api/names.ts';
import type { KnownMachine } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import { stateMachine } from './machine-status.ts';

/** What is told to whoever waits for a node meanwhile: pods, Machines, Provisioners. */
export const PAUSED_MESSAGE = `no node is launched while the setting ${LAUNCHES_PAUSED_SETTING} is "true"`;

/** True when the Machine waits for launches to go on. A change of the settings wakes it; until then no clock runs against it. */
export function isHeldByPause(context: LoopContext, { conditions }: KnownMachine): boolean {
  const launched = conditions.get('MachineLaunched');
  if (launched?.status === 'True') return false;
  // What the condition says counts until it is overtaken by a launch: nobody may find the Machine late in the moment the pause ends.
  return context.settings().launchesPaused || launched?.reason === 'LaunchesPaused';
}

/** States on a Machine without an instance that it has to wait, and tells it once. */
export async function statePause(context: LoopContext, machine: KnownMachine): Promise<void> {
  const { name, uid, provisionerName } = machine;
  if (machine.conditions.get('MachineLaunched')?.reason === 'LaunchesPaused') return;
  await stateMachine(context, name, [
    { type: 'MachineLaunched', status: 'Unknown', reason: 'LaunchesPaused', message: PAUSED_MESSAGE },
    { type: 'MachineRegistered', status: 'Unknown', reason: 'NotLaunched' },
  ]);
  context.reporter.report('machine.lifecycle', {
    code: 'LaunchesPaused',
    message: PAUSED_MESSAGE,
    about: [{ kind: 'Machine', metadata: { name, uid } }],
    fields: { machine: name, provisioner: provisionerName },
  });
}
