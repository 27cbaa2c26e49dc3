import type { KubeObject } from '../../src/api/meta.ts';
import { isTerminal, type KubeCondition, listOf, type Node, type Pod } from '../kube/built-in-kinds.ts';
import { affinityFilter } from './affinity-fit.ts';
import type { Candidate } from './candidate.ts';
import { withCondition } from './conditions.ts';
import { createDefaultSelector } from './default-spread.ts';
import { involved } from './event-recorder.ts';
import { type Misfit, misfitOf, type NodeRoom, portsOf } from './node-fit.ts';
import { bestRoom } from './node-score.ts';
import { likelyUse, podRequests } from './pod-requests.ts';
import { parseQuantities, sumOf } from './quantity.ts';
import { createResidents, type Residents } from './residents.ts';
import { spreadFilter } from './spread-fit.ts';
import { type Stage, type Stop, stopAll } from './stage.ts';
import { refusalMessage, unschedulableMessage } from './unschedulable-message.ts';
import { bindClaims } from './volume-binder.ts';
import { volumeFilter, watchStorage } from './volume-fit.ts';

/** A verdict comes this long after the pod, as from a scheduler that has a queue. */
const VERDICT_MS_MIN = 50;
const VERDICT_MS_MAX = 100;
/** Changes this close together are weighed in one pass. */
const PASS_INTERVAL_MS = 10;
const SCHEDULER_NAME = 'default-scheduler';

/**
 * The stand-in for kube-scheduler: binds each pod that fits somewhere, and gives every other its `PodScheduled=False`
 * verdict and a FailedScheduling event; weighs again whenever a node changes, or a pod on one comes, leaves or is labelled anew.
 * By priority, then age. Rules and scores are those of kube-scheduler's defaults; it weighs every node, however many there are.
 */
export function startScheduler(stage: Stage): Stop {
  const { store, timers } = stage;
  const random = stage.random.fork('scheduler');
  /** Pods whose turn has come, by uid, with what they asked at their last verdict. */
  const judged = new Map<string, string>();
  const nodeFacts = new Map<string, string>();
  const residentFacts = new Map<string, string>();
  let cancelPass: Stop | undefined;
  let isStopped = false;

  const requestPass = (): void => {
    if (isStopped) return;
    cancelPass ??= timers.after(PASS_INTERVAL_MS, () => {
      cancelPass = undefined;
      schedulingPass(stage, judged);
    });
  };
  const admit = (pod: Pod): void => {
    timers.after(random.integer(VERDICT_MS_MIN, VERDICT_MS_MAX), () => {
      judged.set(pod.metadata.uid ?? '', '');
      requestPass();
    });
  };
  const onPod = (type: string, pod: Pod): void => {
    const uid = pod.metadata.uid ?? '';
    if (type === 'DELETED') judged.delete(uid);
    if (isPending(pod)) {
      if (type === 'ADDED') admit(pod);
      else if (judged.has(uid) && judged.get(uid) !== askedBy(pod)) requestPass();
      return;
    }
    const facts = type === 'DELETED' ? '' : residentFactsOf(pod);
    if ((residentFacts.get(uid) ?? '') === facts) return;
    if (facts === '') residentFacts.delete(uid);
    else residentFacts.set(uid, facts);
    requestPass();
  };
  const onNode = (type: string, node: Node): void => {
    const facts = type === 'DELETED' ? '' : schedulingFacts(node);
    if (nodeFacts.get(node.metadata.name) === facts) return;
    nodeFacts.set(node.metadata.name, facts);
    requestPass();
  };

  for (const pod of listOf(store, 'Pod')) {
    if (isPending(pod)) admit(pod);
    else residentFacts.set(pod.metadata.uid ?? '', residentFactsOf(pod));
  }
  return stopAll([
    store.watch('Pod', ({ type, object }) => onPod(type, object as Pod)),
    store.watch('Node', ({ type, object }) => onNode(type, object as Node)),
    watchStorage(store, requestPass),
    () => {
      isStopped = true;
      cancelPass?.();
    },
  ]);
}

/** True for a pod that waits for this scheduler. */
function isPending({ metadata, spec }: Pod): boolean {
  if (spec.nodeName !== undefined && spec.nodeName !== '') return false;
  return metadata.deletionTimestamp === undefined && (spec.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME;
}

/** What about a pod that waits can change its verdict: its labels too, for rules between pods may mean the pod itself. */
function askedBy({ metadata, spec }: Pod): string {
  return JSON.stringify([spec, metadata.labels]);
}

/** What about a pod on a node can change a verdict on another; empty for one that holds nothing. */
function residentFactsOf(pod: Pod): string {
  if (isTerminal(pod) || (pod.spec.nodeName ?? '') === '') return '';
  return JSON.stringify([pod.spec.nodeName, pod.metadata.labels]);
}

/** What about a node can change a verdict. */
function schedulingFacts({ metadata, spec, status }: Node): string {
  return JSON.stringify([metadata.labels, spec?.unschedulable, spec?.taints, status?.allocatable]);
}

/** Weighs every pod whose turn has come against the cluster as it is now. */
function schedulingPass(stage: Stage, judged: Map<string, string>): void {
  const pods = listOf(stage.store, 'Pod');
  const waiting = pods.filter((pod) => judged.has(pod.metadata.uid ?? '') && isPending(pod)).sort(compareByTurn);
  if (waiting.length === 0) return;
  const rooms = nodeRooms(listOf(stage.store, 'Node'), pods);
  const residents = residentsOf(stage, rooms, pods);
  const defaultSelector = createDefaultSelector(stage.store);
  for (const pod of waiting) {
    judged.set(pod.metadata.uid ?? '', askedBy(pod));
    if ((pod.spec.schedulingGates ?? []).length > 0) {
      setVerdict(stage, pod, { status: 'False', reason: 'SchedulingGated', message: GATED_MESSAGE });
    } else schedulePod(stage, { pod, requests: podRequests(pod), residents, defaultSelector }, rooms);
  }
}

const GATED_MESSAGE = 'Scheduling is blocked due to non-empty scheduling gates';

function schedulePod(stage: Stage, candidate: Candidate, rooms: readonly NodeRoom[]): void {
  const { pod, requests, residents } = candidate;
  const volumes = volumeFilter(stage.store, pod);
  if (volumes.refusal !== undefined) {
    refuse(stage, pod, refusalMessage(volumes.refusal, rooms.length));
    return;
  }
  const misfits: Misfit[] = [];
  const fitting: NodeRoom[] = [];
  const spreadMisfit = spreadFilter(pod, residents);
  const affinityMisfit = affinityFilter(pod, residents);
  for (const room of rooms) {
    const misfit =
      misfitOf(pod, requests, room) ??
      volumes.misfitOf(room.node) ??
      spreadMisfit(room.node) ??
      affinityMisfit(room.node);
    if (misfit === undefined) fitting.push(room);
    else misfits.push(misfit);
  }
  const best = bestRoom(candidate, fitting);
  if (best === undefined) {
    refuse(stage, pod, unschedulableMessage(misfits));
    return;
  }
  take(best, pod);
  residents.place(pod, best.node);
  bindClaims(stage, pod, best.node);
  bind(stage, pod, best.node.metadata.name);
}

function bind(stage: Stage, pod: Pod, nodeName: string): void {
  const { name, namespace = 'default' } = pod.metadata;
  stage.store.mergePatch('Pod', name, namespace, { spec: { nodeName } });
  setVerdict(stage, pod, { status: 'True' });
  const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
  stage.events.record(SCHEDULER_NAME, {
    about: involved(pod, 'v1', 'Pod'),
    type: 'Normal',
    reason: 'Scheduled',
    message,
  });
}

function refuse(stage: Stage, pod: Pod, message: string): void {
  if (!setVerdict(stage, pod, { status: 'False', reason: 'Unschedulable', message })) return;
  const about = involved(pod, 'v1', 'Pod');
  stage.events.record(SCHEDULER_NAME, { about, type: 'Warning', reason: 'FailedScheduling', message });
}

/** True when the verdict is a new one. */
function setVerdict({ store, timers }: Stage, pod: Pod, verdict: Omit<KubeCondition, 'type'>): boolean {
  const old = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (old?.status === verdict.status && old.reason === verdict.reason && old.message === verdict.message) return false;
  const conditions = withCondition(pod.status?.conditions, { ...verdict, type: 'PodScheduled' }, timers.nowMs());
  const { name, namespace } = pod.metadata;
  const phase = pod.status?.phase ?? 'Pending';
  store.mergePatch('Pod', name, namespace, { status: { phase, conditions } }, { subresource: 'status' });
  return true;
}

/** The nodes with what is on them; a terminal pod holds nothing, a terminating one still does. */
function nodeRooms(nodes: readonly Node[], pods: readonly Pod[]): readonly NodeRoom[] {
  const rooms = new Map<string, NodeRoom>();
  for (const node of nodes) {
    const allocatable = parseQuantities(node.status?.allocatable);
    rooms.set(node.metadata.name, { node, allocatable, requested: {}, likelyUsed: {}, ports: [] });
  }
  for (const pod of pods) {
    const room = rooms.get(pod.spec.nodeName ?? '');
    if (room !== undefined && !isTerminal(pod)) take(room, pod);
  }
  return [...rooms.values()];
}

function take(room: NodeRoom, pod: Pod): void {
  room.requested = sumOf(room.requested, podRequests(pod));
  room.likelyUsed = sumOf(room.likelyUsed, likelyUse(pod));
  room.ports.push(...portsOf(pod));
}

/** The pods on these nodes, by where they stand. */
function residentsOf({ store }: Stage, rooms: readonly NodeRoom[], pods: readonly Pod[]): Residents {
  const nodes = new Map(rooms.map(({ node }) => [node.metadata.name, node]));
  const residents = createResidents([...nodes.values()], (name) => {
    const namespace = store.get('Namespace', name);
    return namespace === undefined ? undefined : (namespace.metadata.labels ?? {});
  });
  for (const pod of pods) {
    const node = nodes.get(pod.spec.nodeName ?? '');
    if (node !== undefined && !isTerminal(pod)) residents.place(pod, node);
  }
  return residents;
}

function compareByTurn(left: Pod, right: Pod): number {
  const byPriority = (right.spec.priority ?? 0) - (left.spec.priority ?? 0);
  if (byPriority !== 0) return byPriority;
  const [a, b] = [turnKey(left), turnKey(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function turnKey({ metadata }: KubeObject): string {
  return `${metadata.creationTimestamp}/${metadata.namespace}/${metadata.name}`;
}
