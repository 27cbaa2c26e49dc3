import type { LoopContext } from './context.ts';
import { explainAbsence } from './machine-absence.ts';
import { stateDisruption } from './machine-disruption.ts';
import { initializeMachine } from './machine-initialization.ts';
import { launchMachine } from './machine-launch.ts';
import { endUnlessRegistered } from './machine-liveness.ts';
import { noticeNodeLoss } from './machine-node-loss.ts';
import { registerMachine } from './machine-registration.ts';
import { terminateMachine } from './machine-termination.ts';
import type { Nominations } from './nominations.ts';
import type { Again } from './work-queue.ts';

/**
 * Carries one Machine on from wherever it stands: launched, registered, initialized, kept an eye on, or brought to its end.
 * One loop and one key for all of it, so that launch and termination of a Machine never overlap.
 */
export async function reconcileMachine(context: LoopContext, nominations: Nominations, name: string): Promise<Again> {
  const record = context.state.machines.get(name);
  if (record === undefined) return {};
  if (record.machine.deletionAtMs !== undefined) return terminateMachine(context, name);
  const steps = [
    () => endUnlessRegistered(context, name),
    () => launchMachine(context, name),
    () => noticeNodeLoss(context, name),
    () => explainAbsence(context, name),
    () => registerMachine(context, name),
    () => initializeMachine(context, name),
    () => stateDisruption(context, nominations, name),
  ];
  for (const step of steps) {
    const result = await step();
    if (result !== 'done') return result;
  }
  return {};
}
