import type { LoopContext } from './context.ts';
import { stateMachine } from './machine-status.ts';
import type { StepResult } from './machine-step.ts';

/** How soon a Node that the API has and we do not is looked for again (ms): our watch is behind. */
const WATCH_BEHIND_MS = 10_000;

/**
 * States that the Node of a registered Machine has gone, torn out past its finalizer. From then on nothing counts on the Machine; it is
 * ended unless its kubelet registers again in time.
 */
export async function noticeNodeLoss(context: LoopContext, name: string): Promise<StepResult> {
  const machine = context.state.machines.get(name)?.machine;
  if (machine === undefined) return {};
  if (machine.conditions.get('MachineRegistered')?.status !== 'True') return 'done';
  if (context.state.nodeByProviderId(machine.providerId ?? '') !== undefined) return 'done';
  // A list may be older than the Node: the API itself has the last word.
  const { nodeName } = machine;
  const live = nodeName === undefined ? undefined : await context.kube.get({ kind: 'Node', name: nodeName });
  if ((live?.spec as { providerID?: string } | undefined)?.providerID === machine.providerId) {
    return { afterMs: WATCH_BEHIND_MS };
  }
  await stateMachine(context, name, [
    { type: 'MachineRegistered', status: 'False', reason: 'NodeGone', message: `node ${nodeName} is gone` },
    { type: 'MachineInitialized', status: 'False', reason: 'NodeGone' },
  ]);
  return 'done';
}
