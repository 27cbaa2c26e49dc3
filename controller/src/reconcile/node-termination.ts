import { EXCLUDE_BALANCERS_LABEL, PROVISIONER_NAME_LABEL, TERMINATION_FINALIZER } from '../api/names.ts';
import { type DrainStep, drainStep } from '../core/termination/drain.ts';
import { OperationError } from '../ports/operation-error.ts';
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
/** Pods named in one event: more tell nobody more. */
const HELD_LISTED_MAX = 3;

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
  const step = await nextStep(context, nodeName);
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

/** What is next. That no pod is left is believed only when the API says so: the watch may not have shown one that came late. */
async function nextStep(context: LoopContext, nodeName: string): Promise<DrainStep<EvictablePod>> {
  const look = () => drainStep(drainPods(context, nodeName), context.clock.nowMs());
  const step = look();
  if (step.waitingFor.length > 0) return step;
  await context.kube.podsOn(nodeName);
  return look();
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
  const { clock } = context;
  const due = step.evict.filter((pod) => pace.mayTry(pod.uid, clock.nowMs())).slice(0, EVICTIONS_PER_PASS_MAX);
  const refusals = await Promise.all(due.map((pod) => evictPod(context, pace, record.node.name, pod)));
  pace.prune(clock.nowMs());
  const held = refusals.filter((refusal) => refusal !== undefined).sort();
  if (held.length === 0) return;
  context.reporter.report('termination', {
    code: 'FailedDraining',
    message: `${step.waitingFor.length} pods are waiting to be evicted; held: ${held.slice(0, HELD_LISTED_MAX).join(', ')}`,
    about: [{ kind: 'Node', metadata: record.metadata }],
    fields: { node: record.node.name },
  });
}

/** Asks one pod to leave; returns what holds it, in words. One that cannot be asked holds up no other. */
async function evictPod(
  context: LoopContext,
  pace: EvictionPace,
  nodeName: string,
  pod: EvictablePod,
): Promise<string | undefined> {
  const { uid, namespace, name } = pod;
  const { clock } = context;
  const answer = await context.kube.evict(pod).catch((error: unknown) => {
    if (error instanceof OperationError && error.code !== 'not-leader') return error;
    throw error;
  });
  if (answer === 'gone') return undefined;
  if (answer !== 'evicted') {
    pace.refused(uid, clock.nowMs());
    const why = answer === 'disruption-budget' ? 'a disruption budget' : answer.message;
    return `${namespace}/${name} by ${why}`;
  }
  pace.granted(uid, clock.nowMs());
  context.reporter.report('termination', {
    code: 'Evicted',
    message: `evicted from ${nodeName}, which is being removed`,
    about: [{ kind: 'Pod', metadata: { uid, namespace, name } }],
    fields: { pod: `${namespace}/${name}`, node: nodeName },
  });
  return undefined;
}

/** Removes our finalizer; another writer's change to the list is not lost, it makes this a conflict. */
async function releaseNode(context: LoopContext, record: NodeRecord): Promise<void> {
  const now = context.state.nodes.get(record.node.name)?.metadata ?? record.metadata;
  if (now.uid !== record.metadata.uid) return;
  const { name, labels, resourceVersion } = now;
  const finalizers = now.finalizers?.filter((each) => each !== TERMINATION_FINALIZER) ?? [];
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
