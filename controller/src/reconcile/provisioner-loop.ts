import { provisionerHash } from '../api/hash.ts';
import { PROVISIONER_HASH_ANNOTATION, TERMINATION_FINALIZER } from '../api/names.ts';
import type { Provisioner, ProvisionerStatus } from '../api/provisioner.gen.ts';
import type { LoopContext } from './context.ts';
import { deleteMachine, unlessGone } from './machine-deletion.ts';
import { PAUSED_MESSAGE } from './pause.ts';
import type { ProvisionerCatalogue } from './provisioner-catalogue.ts';
import { provisionerStatus } from './provisioner-status.ts';
import { measureUsage, USAGE_METRICS } from './provisioner-usage.ts';
import type { Again } from './work-queue.ts';

/** How often what AWS says of a Provisioner's selectors is looked at again (ms). */
const REEXAMINE_MS = 5 * 60_000;
/** The same while the verdict is bad or unknown: a human may have mended it in AWS, which tells us nothing. */
const REEXAMINE_TROUBLED_MS = 30_000;

/** Keeps one Provisioner's finalizer, hash annotation and status, and carries out its deletion. */
export async function reconcileProvisioner(
  context: LoopContext,
  catalogue: ProvisionerCatalogue,
  name: string,
): Promise<Again> {
  const provisioner = context.state.provisioners.get(name)?.object;
  if (provisioner === undefined) {
    catalogue.forget(name);
    for (const metric of USAGE_METRICS) context.telemetry.forget(metric, { provisioner: name });
    return {};
  }
  if (provisioner.metadata.deletionTimestamp !== undefined) return deleteProvisioner(context, provisioner);
  await claim(context, provisioner);
  const verdict = await catalogue.examine(provisioner);
  await writeStatus(context, name, verdict);
  measureUsage(context, context.state.provisioners.get(name) ?? { object: provisioner });
  return { afterMs: verdict.kind === 'ready' ? REEXAMINE_MS : REEXAMINE_TROUBLED_MS };
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

async function writeStatus(
  context: LoopContext,
  name: string,
  verdict: Awaited<ReturnType<ProvisionerCatalogue['examine']>>,
): Promise<void> {
  const record = context.state.provisioners.get(name);
  if (record === undefined) return;
  const provisioner = record.object;
  const about = {
    nowMs: context.clock.nowMs(),
    launchesPaused: context.settings().launchesPaused,
    joinsFail: context.joinPace.isTrying(name),
  };
  const status = provisionerStatus(context.state, record, verdict, about);
  if (status === undefined) return;
  const { resourceVersion } = provisioner.metadata;
  await unlessGone(() =>
    context.kube.patch(
      { kind: 'Provisioner', name },
      { status },
      { subresource: 'status', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    ),
  );
  reportPause(context, provisioner, status);
  if (verdict.kind !== 'stalled') return;
  context.reporter.report('provisioner', {
    code: verdict.code,
    message: verdict.message,
    about: [{ kind: 'Provisioner', metadata: provisioner.metadata }],
    fields: { provisioner: name },
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
