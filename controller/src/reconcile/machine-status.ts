import type { MachineStatus } from '../api/machine.gen.ts';
import { OperationError } from '../ports/operation-error.ts';
import { type Statement, withStatements } from './conditions.ts';
import type { LoopContext } from './context.ts';

const LIVING = ['MachineLaunched', 'MachineRegistered', 'MachineInitialized'] as const;

/**
 * Writes statements about a Machine, and `Ready` as what follows from them, unless its status says so already. Presumes the version
 * we have seen: a conflict means that we must look again.
 */
export async function stateMachine(
  context: LoopContext,
  name: string,
  statements: readonly Statement[],
  rest: Omit<MachineStatus, 'conditions'> = {},
): Promise<void> {
  const object = context.state.machines.get(name)?.object;
  if (object === undefined) throw new OperationError('not-found', 'refresh', `machine ${name} is gone`);
  const about = { nowMs: context.clock.nowMs(), generation: object.metadata.generation };
  const old = object.status?.conditions ?? [];
  const stated = withStatements(old, statements, about);
  const conditions = withStatements(stated, [readyStatement(stated)], about);
  if (conditions === old && Object.keys(rest).length === 0) return;
  const { resourceVersion } = object.metadata;
  await context.kube.patch(
    { kind: 'Machine', name },
    { status: { ...rest, conditions: [...conditions] } },
    { subresource: 'status', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  );
}

function readyStatement(conditions: ReturnType<typeof withStatements>): Statement {
  for (const type of LIVING) {
    const condition = conditions.find((each) => each.type === type);
    if (condition?.status === 'True') continue;
    const { status = 'Unknown', reason = 'Pending', message = '' } = condition ?? {};
    return { type: 'Ready', status: status === 'True' ? 'Unknown' : status, reason, message };
  }
  return { type: 'Ready', status: 'True', reason: 'Initialized' };
}
