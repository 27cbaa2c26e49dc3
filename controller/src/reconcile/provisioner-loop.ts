import { provisionerHash } from '../api/hash.ts';
import { PROVISIONER_HASH_ANNOTATION, TERMINATION_FINALIZER } from '../api/names.ts';
import type { Provisioner, ProvisionerStatus } from '../api/provisioner.gen.ts';
import type { LoopContext } from './context.ts';
import { deleteMachine, unlessGone } from './machine-deletion.ts';
import { PAUSED_MESSAGE } from './pause.ts';
import type { ProvisionerCatalogue, Verdict } from './provisioner-catalogue.ts';
import { provisionerStatus } from './provisioner-status.ts';
import { measureUsage, USAGE_METRICS } from './provisioner-usage.ts';
import type { StatusPace } from './status-pace.ts';
import type { Again } from './work-queue.ts';

/** How often what AWS says of a Provisioner's selectors is looked at again (ms). */
const REEXAMINE_MS = 5 * 60_000;
/** The same while the verdict is bad or unknown: a human may have mended it in AWS, which tells us nothing. */
const REEXAMINE_TROUBLED_MS = 30_000;

/** Keeps one Provisioner's finalizer, hash annotation and status, and carries out its deletion. */
export async function reconcileProvisioner(
  context: LoopContext,
  catalogue: ProvisionerCatalogue,
  statusPace: StatusPace,
  name: string,
): Promise<Again> {
  const provisioner = context.state.provisioners.get(name)?.object;
  if (provisioner === undefined) {
    catalogue.forget(name);
    statusPace.forget(name);
    for (const metric of USAGE_METRICS) context.telemetry.forget(metric, { provisioner: name });
    return {};
  }
  if (provisioner.metadata.deletionTimestamp !== undefined) return deleteProvisioner(context, provisioner);
  await claim(context, provisioner);
  const verdict = await catalogue.examine(provisioner);
  const waitMs = await writeStatus(context, statusPace, name, verdict);
  measureUsage(context, context.state.provisioners.get(name) ?? { object: provisioner });
  return { afterMs: waitMs ?? (verdict.kind === 'ready' ? REEXAMINE_MS : REEXAMINE_TROUBLED_MS) };
}

/**
 * Nothing is launched for a Provisioner that is being deleted. Its Machines are deleted, which drains their nodes; when the
 * last has gone, so does our finalizer.
 */
async function deleteProvisioner(context: LoopContext, provisioner: Provisioner): Promise<Again> {
  const { name, finalizers = [], resourceVersion } = provisioner.metadata;
  if (!finalizers.includes(TERMINATION_FINALIZER)) return {};
  const machines = context.state.machinesOf(name);
  for (const { object: machine } of machines) {
    if (machine.metadata.deletionTimestamp !== undefined) continue;
    await deleteMachine(context, machine);
    context.reporter.report('provisioner', {
      code: 'ProvisionerDeleted',
      message: `removing ${machine.metadata.name}: its Provisioner ${name} was deleted`,
      about: [{ kind: 'Machine', metadata: machine.metadata }],
      fields: { provisioner: name, machine: machine.metadata.name },
      labels: { reason: 'provisioner_deleted', provisioner: name },
    });
  }
  if (machines.length > 0) return {};
  await unlessGone(() =>
    context.kube.patch(
      { kind: 'Provisioner', name },
      { metadata: { finalizers: finalizers.filter((each) => each !== TERMINATION_FINALIZER) } },
      resourceVersion === undefined ? {} : { resourceVersion },
    ),
  );
  return {};
}

/** Puts our finalizer and our hash annotation on the object, nothing else: the rest of it belongs to git. */
async function claim(context: LoopContext, provisioner: Provisioner): Promise<void> {
  const { name, finalizers = [], annotations, resourceVersion } = provisioner.metadata;
  const hash = provisionerHash(provisioner.spec ?? {});
  const isClaimed = finalizers.includes(TERMINATION_FINALIZER);
  if (isClaimed && annotations?.[PROVISIONER_HASH_ANNOTATION] === hash) return;
  await context.kube.patch(
    { kind: 'Provisioner', name },
    {
      metadata: {
        annotations: { [PROVISIONER_HASH_ANNOTATION]: hash },
        ...(isClaimed ? {} : { finalizers: [...finalizers, TERMINATION_FINALIZER] }),
      },
    },
    resourceVersion === undefined ? {} : { resourceVersion },
  );
}

/**
 * Writes the status where it is not as it should be. Returns how long the count of ready nodes has to wait (ms), when it is all that is to
 * be written and its time has not come.
 */
async function writeStatus(
  context: LoopContext,
  statusPace: StatusPace,
  name: string,
  verdict: Verdict,
): Promise<number | undefined> {
  const record = context.state.provisioners.get(name);
  if (record === undefined) return undefined;
  const provisioner = record.object;
  const nowMs = context.clock.nowMs();
  const about = {
    nowMs,
    launchesPaused: context.settings().launchesPaused,
    joinsFail: context.joinPace.isTrying(name),
  };
  const change = provisionerStatus(context.state, record, verdict, about);
  if (change === undefined) return undefined;
  const waitMs = change.onlyReadyCount ? statusPace.waitMs(name, nowMs) : 0;
  if (waitMs > 0) return waitMs;
  const { status } = change;
  const { resourceVersion } = provisioner.metadata;
  await unlessGone(() =>
    context.kube.patch(
      { kind: 'Provisioner', name },
      { status },
      { subresource: 'status', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    ),
  );
  if (change.onlyReadyCount) statusPace.written(name, nowMs);
  reportPause(context, provisioner, status);
  if (verdict.kind === 'stalled') reportStalled(context, provisioner, verdict);
  return undefined;
}

function reportStalled(
  context: LoopContext,
  { metadata }: Provisioner,
  verdict: Extract<Verdict, { kind: 'stalled' }>,
): void {
  context.reporter.report('provisioner', {
    code: verdict.code,
    message: verdict.message,
    about: [{ kind: 'Provisioner', metadata }],
    fields: { provisioner: metadata.name },
  });
}

/** Tells a pause when it begins. */
function reportPause(context: LoopContext, { metadata, status: before }: Provisioner, after: ProvisionerStatus): void {
  if (!saysPaused(after) || saysPaused(before)) return;
  context.reporter.report('provisioner', {
    code: 'LaunchesPaused',
    message: PAUSED_MESSAGE,
    about: [{ kind: 'Provisioner', metadata }],
    fields: { provisioner: metadata.name },
  });
}

function saysPaused(status: ProvisionerStatus | undefined): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'LaunchesPaused' && is === 'True') ?? false;
}
