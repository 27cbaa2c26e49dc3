import { EXCLUDE_BALANCERS_LABEL, PROVISIONER_NAME_LABEL, TERMINATION_FINALIZER } from '../api/names.ts';
import { type DrainStep, drainStep } from '../core/termination/drain.ts';
import type { NodeRecord } from '../state/records.ts';
import type { LoopContext } from './context.ts';
import type { EvictionPace } from './eviction-pace.ts';
import { instanceIdOf } from './instance-id.ts';
import { deleteMachine } from './machine-deletion.ts';
import type { Again } from './work-queue.ts';

/** How often a node that drains is looked at (ms). */
const DRAIN_POLL_MS = 1_000;
/** Evictions asked for in one look at one node: a node runs at most a few hundred pods, and the API server is shared. */
const EVICTIONS_PER_PASS_MAX = 50;

/**
 * Brings a Node that is being deleted to its end: its Machine is deleted too, it is cordoned, its pods are evicted, its
 * instance terminated, our finalizer removed. Nodes without our finalizer are not ours and never touched.
 */
export async function terminateNode(context: LoopContext, pace: EvictionPace, nodeName: string): Promise<Again> {
  const record = context.state.nodes.get(nodeName);
  if (record === undefined || record.metadata.deletionTimestamp === undefined) return {};
  if (!record.metadata.finalizers?.includes(TERMINATION_FINALIZER)) return {};

  const machine = context.state.machineByProviderId(record.node.providerId ?? '');
  if (machine !== undefined) await deleteMachine(context, machine.object);
  if (!record.node.isReady && (await isInstanceGone(context, record))) {
    await releaseNode(context, record);
    return {};
  }
  await cordon(context, record);
  const step = drainStep(drainPods(context, nodeName), context.clock.nowMs());
  if (step.waitingFor.length > 0) {
    await evictPods(context, pace, record, step);
    return { afterMs: DRAIN_POLL_MS };
  }
  const instanceId = instanceIdOf(record.node.providerId);
  if (instanceId !== undefined) await context.cloud.terminate(instanceId);
  await releaseNode(context, record);
  return {};
}

/** A drain that cannot end because its instance has gone must not hold the Node (asked only once its kubelet is silent). A failed look says nothing. */
async function isInstanceGone(context: LoopContext, record: NodeRecord): Promise<boolean> {
  const instanceId = instanceIdOf(record.node.providerId);
  if (instanceId === undefined) return false;
  const instance = await context.cloud.instance(instanceId);
  return instance === undefined || instance.state === 'terminated' || instance.state === 'shutting-down';
}

async function cordon(context: LoopContext, record: NodeRecord): Promise<void> {
  if (record.node.unschedulable && record.node.labels[EXCLUDE_BALANCERS_LABEL] === 'karpenter') return;
  await context.kube.patch(
    { kind: 'Node', name: record.node.name },
    { metadata: { labels: { [EXCLUDE_BALANCERS_LABEL]: 'karpenter' } }, spec: { unschedulable: true } },
  );
}

function drainPods(context: LoopContext, nodeName: string) {
  return context.state.pods.on(nodeName).map((pod) => ({
    uid: pod.demand.uid,
    namespace: pod.demand.namespace,
    name: pod.demand.name,
    isTerminal: pod.isTerminal,
    isMirror: pod.isMirror,
    toleratesUnschedulable: pod.toleratesUnschedulable,
    isCritical: pod.isCritical,
    ...(pod.deletionAtMs === undefined ? {} : { deletionAtMs: pod.deletionAtMs }),
  }));
}

type EvictablePod = ReturnType<typeof drainPods>[number];

async function evictPods(
  context: LoopContext,
  pace: EvictionPace,
  record: NodeRecord,
  step: DrainStep<EvictablePod>,
): Promise<void> {
  const nodeName = record.node.name;
  const { clock } = context;
  const due = step.evict.filter((pod) => pace.mayTry(pod.uid, clock.nowMs())).slice(0, EVICTIONS_PER_PASS_MAX);
  const refused: string[] = [];
  const evictions = due.map(async (pod) => {
    const answer = await context.kube.evict(pod);
    if (answer === 'disruption-budget') {
      refused.push(`${pod.namespace}/${pod.name}`);
      pace.refused(pod.uid, clock.nowMs());
    }
    if (answer !== 'evicted') return;
    pace.granted(pod.uid, clock.nowMs());
    const { uid, namespace, name } = pod;
    context.reporter.report('termination', {
      code: 'Evicted',
      message: `evicted from ${nodeName}, which is being removed`,
      about: [{ kind: 'Pod', metadata: { uid, namespace, name } }],
      fields: { pod: `${namespace}/${name}`, node: nodeName },
    });
  });
  await Promise.all(evictions);
  pace.prune(clock.nowMs());
  if (refused.length === 0) return;
  context.reporter.report('termination', {
    code: 'FailedDraining',
    message: `${step.waitingFor.length} pods are waiting to be evicted; a disruption budget holds ${refused.sort().slice(0, 3).join(', ')}`,
    about: [{ kind: 'Node', metadata: record.metadata }],
    fields: { node: nodeName },
  });
}

/** Removes our finalizer; another writer's change to the list is not lost, it makes this a conflict. */
async function releaseNode(context: LoopContext, record: NodeRecord): Promise<void> {
  const finalizers = record.metadata.finalizers?.filter((each) => each !== TERMINATION_FINALIZER) ?? [];
  const { name, labels, resourceVersion } = context.state.nodes.get(record.node.name)?.metadata ?? record.metadata;
  await context.kube.patch(
    { kind: 'Node', name },
    { metadata: { finalizers } },
    resourceVersion === undefined ? {} : { resourceVersion },
  );
  context.reporter.report('termination', {
    code: 'NodeTerminated',
    message: `node ${name} is drained and its instance terminated`,
    fields: { node: name, 'provider-id': record.node.providerId },
    labels: { nodepool: '', provisioner: labels?.[PROVISIONER_NAME_LABEL] ?? '' },
  });
}
