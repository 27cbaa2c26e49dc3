import type { Machine } from '../api/machine.gen.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { LoopContext } from './context.ts';

/** Asks for the end of a Machine, once; its own loop carries it out. */
export async function deleteMachine(context: LoopContext, machine: Machine): Promise<void> {
  const { name, uid, deletionTimestamp } = machine.metadata;
  if (deletionTimestamp !== undefined || uid === undefined) return;
  await context.kube.delete({ kind: 'Machine', name }, uid);
}

/**
 * Applies a patch that presumes the object; one that is gone needs none. Returns false when it was gone.
 * Everything else the API says is passed on.
 */
export async function unlessGone(effect: () => Promise<unknown>): Promise<boolean> {
  try {
    await effect();
    return true;
  } catch (error) {
    if (error instanceof OperationError && error.code === 'not-found') return false;
    throw error;
  }
}
