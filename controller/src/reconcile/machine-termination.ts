import { TERMINATION_FINALIZER } from '../api/names.ts';
import type { CloudInstance } from '../ports/cloud.ts';
import type { KnownMachine } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import { instanceIdOf } from './instance-id.ts';
import { unlessGone } from './machine-deletion.ts';
import type { Again } from './work-queue.ts';

/** How long after its launch an instance may be unknown to AWS, whose lists are late, and live all the same (ms). */
const UNSEEN_MS_MAX = 2 * 60_000;
/** How often an instance that is on its way out is looked at (ms). EC2 takes from seconds to minutes. */
const TERMINATION_POLL_MS = 2_000;

/**
 * Brings a Machine that is being deleted to its end: first its Node (which drains), then its instance, then our finalizer. The record
 * of an instance goes only when AWS says that the instance has ended.
 */
export async function terminateMachine(context: LoopContext, name: string): Promise<Again> {
  const record = context.state.machines.get(name);
  if (record === undefined) return {};
  const { machine, object } = record;
  if (!object.metadata.finalizers?.includes(TERMINATION_FINALIZER)) return {};

  const node = context.state.nodeByProviderId(machine.providerId ?? '');
  if (node !== undefined) {
    if (node.node.deletionAtMs === undefined) {
      await context.kube.delete({ kind: 'Node', name: node.node.name }, node.node.uid);
    }
    // The Node's own loop drains it; its removal brings us back here.
    return {};
  }
  const instance = await instanceOf(context, machine.providerId, machine.uid);
  if (instance !== undefined && instance.state !== 'terminated') {
    if (instance.state !== 'shutting-down') await context.cloud.terminate(instance.id);
    return { afterMs: TERMINATION_POLL_MS };
  }
  if (instance === undefined && isYoung(machine, context.clock.nowMs())) {
    const instanceId = instanceIdOf(machine.providerId);
    if (instanceId !== undefined) await context.cloud.terminate(instanceId);
    return { afterMs: TERMINATION_POLL_MS };
  }
  await releaseMachine(context, name);
  return {};
}

/** True while AWS may not show yet what was launched for the Machine. A launch that was refused leaves nothing to be shown. */
function isYoung({ conditions }: KnownMachine, nowMs: number): boolean {
  const launched = conditions.get('MachineLaunched');
  return launched?.status === 'True' && nowMs - (launched.sinceMs ?? 0) < UNSEEN_MS_MAX;
}

/** The instance of a Machine: by the id it was given, or, when a crash kept that from being written, by the Machine's UID on its tags. */
async function instanceOf(
  context: LoopContext,
  providerId: string | undefined,
  machineUid: string,
): Promise<CloudInstance | undefined> {
  const instanceId = instanceIdOf(providerId);
  if (instanceId !== undefined) return context.cloud.instance(instanceId);
  const instances = await context.cloud.instances();
  return instances.find((instance) => instance.machineUid === machineUid);
}

async function releaseMachine(context: LoopContext, name: string): Promise<void> {
  const { finalizers = [], resourceVersion } = context.state.machines.get(name)?.object.metadata ?? {};
  const rest = finalizers.filter((each) => each !== TERMINATION_FINALIZER);
  const isReleased = await unlessGone(() =>
    context.kube.patch(
      { kind: 'Machine', name },
      { metadata: { finalizers: rest } },
      resourceVersion === undefined ? {} : { resourceVersion },
    ),
  );
  if (rest.length === 0) context.state.forgetMachine(name);
  // A late watch event can bring a Machine back that has gone: that is no second end.
  if (!isReleased) return;
  context.reporter.report('machine.termination', {
    code: 'MachineTerminated',
    message: `machine ${name} is gone, and its instance with it`,
    fields: { machine: name },
  });
}
