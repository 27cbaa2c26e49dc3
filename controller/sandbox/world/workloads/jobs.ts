import { isTerminal, type Job, type KubeCondition, type Pod } from '../../kube/built-in-kinds.ts';
import { timestamp } from '../../kube/timestamp.ts';
import { withCondition } from '../conditions.ts';
import { involved } from '../event-recorder.ts';
import type { Stage } from '../stage.ts';
import { controllerRef, createPod, deletePod, isActive, podsOf } from './owned-objects.ts';
import type { WorkloadController } from './workload-controller.ts';

/** Holds a pod until its end has been counted, so that no deletion loses a success. */
const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
const BACKOFF_LIMIT = 6;

interface JobCounts {
  readonly succeeded: number;
  readonly failed: number;
}

/** Jobs: `parallelism` pods at a time until `completions` have succeeded, or more than `backoffLimit` have failed. */
export const jobs: WorkloadController = {
  kind: 'Job',
  apiVersion: 'batch/v1',
  dependants: ['Pod'],
  reconcile(stage, object) {
    const job = object as Job;
    const isOver = job.status?.conditions?.some(({ type, status }) => isEnd(type) && status === 'True') ?? false;
    const ended = podsOf(stage, job).filter(hasEnded);
    const counts = count(job, ended);
    const verdict = isOver ? undefined : verdictOn(job, counts);
    if (!isOver && verdict === undefined) scale(stage, job, counts);
    if (verdict !== undefined) stopAllPods(stage, job);
    // Count first, release after: in between a crash would count twice at worst, never lose one.
    if (!isOver || ended.length > 0) writeStatus(stage, job, counts, verdict);
    for (const pod of ended) release(stage, pod);
  },
};

/** A tracked pod that has run to its end, or is on its way out: counted once, then released. */
function hasEnded(pod: Pod): boolean {
  return (pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false) && !isActive(pod);
}

function count({ status }: Job, ended: readonly Pod[]): JobCounts {
  const succeeded = ended.filter((pod) => pod.status?.phase === 'Succeeded').length;
  return { succeeded: (status?.succeeded ?? 0) + succeeded, failed: (status?.failed ?? 0) + ended.length - succeeded };
}

/** Without `completions` one success is enough, once the other pods have ended too. */
function verdictOn({ spec }: Job, { succeeded, failed }: JobCounts): 'Complete' | 'Failed' | undefined {
  if (succeeded >= (spec.completions ?? 1)) return 'Complete';
  return failed > (spec.backoffLimit ?? BACKOFF_LIMIT) ? 'Failed' : undefined;
}

function scale(stage: Stage, job: Job, { succeeded }: JobCounts): void {
  const ownerRef = controllerRef('batch/v1', 'Job', job);
  const active = podsOf(stage, job).filter(isActive);
  const left = (job.spec.completions ?? job.spec.parallelism ?? 1) - succeeded;
  const wanted = job.spec.suspend === true ? 0 : Math.min(job.spec.parallelism ?? 1, left);
  const { name, uid = '' } = job.metadata;
  const labels = {
    'batch.kubernetes.io/job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'job-name': name,
    'controller-uid': uid,
  };
  for (let made = active.length; made < wanted; made++) {
    createPod(stage, { owner: job, ownerRef, template: job.spec.template, labels, finalizers: [TRACKING_FINALIZER] });
  }
  for (const pod of active.slice(Math.max(0, wanted))) deletePod(stage, job, ownerRef, pod);
}

function stopAllPods(stage: Stage, job: Job): void {
  const ownerRef = controllerRef('batch/v1', 'Job', job);
  for (const pod of podsOf(stage, job).filter(isActive)) deletePod(stage, job, ownerRef, pod);
}

function release({ store }: Stage, { metadata }: Pod): void {
  const finalizers = (metadata.finalizers ?? []).filter((name) => name !== TRACKING_FINALIZER);
  store.mergePatch('Pod', metadata.name, metadata.namespace, {
    metadata: { finalizers: finalizers.length === 0 ? null : finalizers },
  });
}

function writeStatus(stage: Stage, job: Job, counts: JobCounts, verdict: 'Complete' | 'Failed' | undefined): void {
  const { name, namespace } = job.metadata;
  const now = timestamp(stage.timers.nowMs());
  const pods = podsOf(stage, job);
  const conditions = verdict === undefined ? job.status?.conditions : endConditions(job, verdict, stage.timers.nowMs());
  const status = {
    active: pods.filter(isActive).length,
    ready: pods.filter((pod) => isActive(pod) && pod.status?.phase === 'Running').length,
    succeeded: counts.succeeded,
    failed: counts.failed,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isTerminal(pod)).length,
    startTime: job.status?.startTime ?? now,
    ...(conditions === undefined ? {} : { conditions }),
    ...(verdict === 'Complete' ? { completionTime: now } : {}),
  };
  stage.store.mergePatch('Job', name, namespace, { status }, { subresource: 'status' });
  if (verdict === undefined) return;
  const event =
    verdict === 'Complete'
      ? ({ type: 'Normal', reason: 'Completed', message: 'Job completed' } as const)
      : ({ type: 'Warning', reason: 'BackoffLimitExceeded', message: BACKOFF_MESSAGE } as const);
  stage.events.record('job-controller', { about: involved(job, 'batch/v1', 'Job'), ...event });
}

const BACKOFF_MESSAGE = 'Job has reached the specified backoff limit';

function endConditions({ status }: Job, verdict: 'Complete' | 'Failed', nowMs: number): readonly KubeCondition[] {
  const why = verdict === 'Complete' ? {} : { reason: 'BackoffLimitExceeded', message: BACKOFF_MESSAGE };
  return withCondition(status?.conditions, { type: verdict, status: 'True', ...why }, nowMs);
}

function isEnd(type: string): boolean {
  return type === 'Complete' || type === 'Failed';
}
