import type { KubeObject } from '../api/meta.ts';
import { DO_NOT_DISRUPT_ANNOTATION, DO_NOT_EVICT_ANNOTATION } from '../api/names.ts';
import type { PodDemand } from '../core/pod-demand.ts';
import { NO_VOLUMES } from '../core/pod-volumes.ts';
import { type Taint, type Toleration, tolerates } from '../core/taints.ts';
import { type ClaimReference, readClaimReferences } from './claim-references.ts';
import { Field } from './field.ts';
import { type Owner, readOwners } from './owner.ts';
import { PLAIN_READER, type TemplateReader } from './pod-template.ts';
import { attempt, type Undecodable } from './undecodable.ts';

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

/** What kube-scheduler has said so far: nothing, that no node suits, that it is not to be asked yet, or which node. */
type SchedulingVerdict = 'unscheduled' | 'unschedulable' | 'gated' | 'bound';

/** A pod with all that our decisions ask of it. */
export interface DecodedPod {
  /** All but what its volumes ask, which their claims know: see `claims`. */
  readonly demand: PodDemand;
  /** The claims of its volumes. */
  readonly claims: readonly ClaimReference[];
  readonly nodeName?: string;
  /** The node on which it waits for others to be preempted. */
  readonly nominatedNodeName?: string;
  readonly phase: (typeof PHASES)[number];
  readonly verdict: SchedulingVerdict;
  /** Owned by a DaemonSet: comes with each node and never asks for one. */
  readonly isDaemon: boolean;
  /** The DaemonSet that made it. */
  readonly daemonSetName?: string;
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
export function decodePod(object: KubeObject, reader = PLAIN_READER): DecodedPod | Undecodable {
  return attempt(() => readPod(new Field('', object), reader));
}

function readPod(pod: Field, reader: TemplateReader): DecodedPod {
  const metadata = pod.at('metadata');
  const spec = pod.at('spec');
  const status = pod.at('status');
  const demand = readDemand(reader, metadata, spec, status);
  const owners = readOwners(metadata);
  const annotations = metadata.at('annotations').textMap();
  const phase = status.at('phase').oneOf(PHASES, 'Pending');
  return {
    ...readOptional(metadata, spec, status, owners),
    demand,
    claims: readClaimReferences(spec),
    phase,
    verdict: readVerdict(spec, status),
    isDaemon: owners.some(isDaemonSet),
    isMirror: owners.some(isNode) || Object.hasOwn(annotations, MIRROR_ANNOTATION),
    isTerminal: phase === 'Succeeded' || phase === 'Failed',
    doNotEvict: annotations[DO_NOT_EVICT_ANNOTATION] === 'true' || annotations[DO_NOT_DISRUPT_ANNOTATION] === 'true',
    toleratesUnschedulable: toleratesCordon(demand.tolerations),
    isCritical: CRITICAL_CLASSES.has(spec.at('priorityClassName').text('')),
  };
}

/** What only some pods have. Spread first, the one place where an engine copies an object at once: this is done for every pod. */
function readOptional(
  metadata: Field,
  spec: Field,
  status: Field,
  owners: readonly Owner[],
): Pick<DecodedPod, 'nodeName' | 'nominatedNodeName' | 'deletionAtMs' | 'ownerKind' | 'daemonSetName'> {
  const nodeName = spec.at('nodeName').optionalText() || undefined;
  const nominatedNodeName = status.at('nominatedNodeName').optionalText() || undefined;
  const deletionAtMs = metadata.at('deletionTimestamp').optionalTimeMs();
  const ownerKind = owners.find((owner) => owner.isController)?.kind;
  const daemonSetName = owners.find(isDaemonSet)?.name;
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
    ...(deletionAtMs === undefined ? {} : { deletionAtMs }),
    ...(ownerKind === undefined ? {} : { ownerKind }),
    ...(daemonSetName === undefined ? {} : { daemonSetName }),
  };
}

function readDemand(reader: TemplateReader, metadata: Field, spec: Field, status: Field): PodDemand {
  const namespace = metadata.at('namespace').text('default');
  const labels = reader.labels(metadata);
  return {
    ...reader.template(spec, status, { namespace, labels }),
    uid: metadata.at('uid').text(),
    namespace,
    name: metadata.at('name').text(),
    labels,
    createdAtMs: metadata.at('creationTimestamp').optionalTimeMs() ?? 0,
    priority: spec.at('priority').integer(0),
    volumeTerms: NO_VOLUMES.volumeTerms,
    attachments: NO_VOLUMES.attachments,
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

function isDaemonSet(owner: Owner): boolean {
  return owner.kind === 'DaemonSet' && owner.apiVersion === 'apps/v1';
}

function isNode(owner: Owner): boolean {
  return owner.kind === 'Node' && owner.apiVersion === 'v1';
}

function toleratesCordon(tolerations: readonly Toleration[]): boolean {
  return tolerations.some((toleration) => tolerates(toleration, CORDON));
}

/**
 * True for a pod that asks for a node: kube-scheduler found none for it, it waits for no preemption, it is not on its way out,
 * and it does not come with nodes of itself.
 */
export function isProvisionable(pod: DecodedPod): boolean {
  if (pod.verdict !== 'unschedulable' || pod.nominatedNodeName !== undefined) return false;
  return !pod.isDaemon && !pod.isMirror && !pod.isTerminal && pod.deletionAtMs === undefined;
}
