import type { KubeObject } from '../api/meta.ts';
import { DO_NOT_DISRUPT_ANNOTATION, DO_NOT_EVICT_ANNOTATION } from '../api/names.ts';
import type { PodDemand } from '../core/pod-demand.ts';
import { type Taint, type Toleration, tolerates } from '../core/taints.ts';
import { Field } from './field.ts';
import { type Owner, readOwners } from './owner.ts';
import { readPodConstraints } from './pod-constraints.ts';
import { readPodRequests } from './pod-requests.ts';
import { attempt, type Undecodable } from './undecodable.ts';

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

/** What kube-scheduler has said so far: nothing, that no node suits, that it is not to be asked yet, or which node. */
type SchedulingVerdict = 'unscheduled' | 'unschedulable' | 'gated' | 'bound';

/** A pod with all that our decisions ask of it. */
export interface DecodedPod {
  readonly demand: PodDemand;
  readonly nodeName?: string;
  /** The node on which it waits for others to be preempted. */
  readonly nominatedNodeName?: string;
  readonly phase: (typeof PHASES)[number];
  readonly verdict: SchedulingVerdict;
  /** Owned by a DaemonSet: comes with each node and never asks for one. */
  readonly isDaemon: boolean;
  /** Shadow of a static pod: belongs to its node. */
  readonly isMirror: boolean;
  /** Ran to its end; holds no room any more. */
  readonly isTerminal: boolean;
  /** When its grace period ends, once it is deleted. */
  readonly deletionAtMs?: number;
  /** Annotated against voluntary eviction. */
  readonly doNotEvict: boolean;
  /** Would run on a cordoned node. */
  readonly toleratesUnschedulable: boolean;
  /** Of a system-critical priority class: leaves a node last. */
  readonly isCritical: boolean;
  /** Kind of its controller (`ReplicaSet`); undefined when nothing would make it anew. */
  readonly ownerKind?: string;
}

const CRITICAL_CLASSES: ReadonlySet<string> = new Set(['system-cluster-critical', 'system-node-critical']);
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' };

/** Returns what our decisions need of a core/v1 Pod, or the field that cannot be read. */
export function decodePod(object: KubeObject): DecodedPod | Undecodable {
  return attempt(() => readPod(new Field('', object)));
}

function readPod(pod: Field): DecodedPod {
  const metadata = pod.at('metadata');
  const spec = pod.at('spec');
  const status = pod.at('status');
  const demand = readDemand(metadata, spec, status);
  const owners = readOwners(metadata);
  const annotations = metadata.at('annotations').textMap();
  const phase = status.at('phase').oneOf(PHASES, 'Pending');
  return {
    demand,
    ...present('nodeName', spec.at('nodeName').optionalText() || undefined),
    ...present('nominatedNodeName', status.at('nominatedNodeName').optionalText() || undefined),
    phase,
    verdict: readVerdict(spec, status),
    isDaemon: owners.some((owner) => owner.kind === 'DaemonSet' && owner.apiVersion === 'apps/v1'),
    isMirror: owners.some(isNode) || Object.hasOwn(annotations, MIRROR_ANNOTATION),
    isTerminal: phase === 'Succeeded' || phase === 'Failed',
    ...present('deletionAtMs', metadata.at('deletionTimestamp').optionalTimeMs()),
    doNotEvict: [DO_NOT_EVICT_ANNOTATION, DO_NOT_DISRUPT_ANNOTATION].some((name) => annotations[name] === 'true'),
    toleratesUnschedulable: toleratesCordon(demand.tolerations),
    isCritical: CRITICAL_CLASSES.has(spec.at('priorityClassName').text('')),
    ...present('ownerKind', owners.find((owner) => owner.isController)?.kind),
  };
}

function readDemand(metadata: Field, spec: Field, status: Field): PodDemand {
  const namespace = metadata.at('namespace').text('default');
  const labels = metadata.at('labels').textMap();
  return {
    uid: metadata.at('uid').text(),
    namespace,
    name: metadata.at('name').text(),
    labels,
    createdAtMs: metadata.at('creationTimestamp').optionalTimeMs() ?? 0,
    priority: spec.at('priority').integer(0),
    requests: readPodRequests(spec, status),
    ...readPodConstraints(spec, { namespace, labels }),
  };
}

function readVerdict(spec: Field, status: Field): SchedulingVerdict {
  if (spec.at('nodeName').text('') !== '') return 'bound';
  if (spec.at('schedulingGates').items().length > 0) return 'gated';
  const conditions = status.at('conditions').items();
  const reasons = conditions
    .filter((condition) => condition.at('type').text() === 'PodScheduled')
    .map((condition) => condition.at('reason').text(''));
  if (reasons.includes('SchedulingGated')) return 'gated';
  return reasons.includes('Unschedulable') ? 'unschedulable' : 'unscheduled';
}

function isNode(owner: Owner): boolean {
  return owner.kind === 'Node' && owner.apiVersion === 'v1';
}

function toleratesCordon(tolerations: readonly Toleration[]): boolean {
  return tolerations.some((toleration) => tolerates(toleration, CORDON));
}

/** `{ [name]: value }`, or nothing at all when there is no value. */
function present<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]: V });
}

/**
 * True for a pod that asks for a node: kube-scheduler found none for it, it waits for no preemption, it is not on its way out,
 * and it does not come with nodes of itself.
 */
export function isProvisionable(pod: DecodedPod): boolean {
  if (pod.verdict !== 'unschedulable' || pod.nominatedNodeName !== undefined) return false;
  return !pod.isDaemon && !pod.isMirror && !pod.isTerminal && pod.deletionAtMs === undefined;
}
