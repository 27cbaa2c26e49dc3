import type { Blocked, Command, RemovalReason } from './command.ts';

/** What a removal needs to know of a pod on the node. */
export interface CandidatePod {
  readonly namespace: string;
  readonly name: string;
  readonly isDaemon: boolean;
  readonly isMirror: boolean;
  readonly isTerminal: boolean;
  readonly isTerminating: boolean;
  /** Annotated against voluntary eviction. */
  readonly doNotEvict: boolean;
  /** Name of a PodDisruptionBudget that allows no eviction of it now. */
  readonly blockingBudget?: string;
}

/** A Machine that might be removed, with all that decides it. */
export interface Candidate {
  readonly machineName: string;
  /** Undefined until its node has joined. */
  readonly nodeName?: string;
  /** Of its Provisioner. */
  readonly ttlSecondsAfterEmpty?: number;
  readonly ttlSecondsUntilExpired?: number;
  readonly consolidationEnabled: boolean;
  /** The earlier of the creation of Machine and Node. */
  readonly createdAtMs: number;
  readonly initialized: boolean;
  /** When it was asked to go; undefined while it stays. */
  readonly deletedAtMs?: number;
  /** Since when its `MachineEmpty` condition is True; undefined while it is not. */
  readonly emptySinceMs?: number;
  /** The node carries the annotation `karpenter.sh/do-not-disrupt`. */
  readonly doNotDisrupt: boolean;
  /** Pending pods that the latest plan puts here, as `namespace/name`. */
  readonly nominatedPods: readonly string[];
  readonly pods: readonly CandidatePod[];
}

/** What a method decides: what to do now, what it would do but for one fact, and when to look again without any event. */
export interface Decision {
  readonly command?: Command;
  readonly blocked: readonly Blocked[];
  /** Epoch ms of the earliest moment at which time alone changes the decision. */
  readonly nextCheckMs?: number;
}

/** True when nothing on the node would be missed: only daemons, mirrors of static pods, and pods that are done or leaving. */
export function isEmpty(pods: readonly CandidatePod[]): boolean {
  return pods.every((pod) => pod.isDaemon || pod.isMirror || pod.isTerminal || pod.isTerminating);
}

/** Returns the first fact that forbids to disturb the node, whoever is on it; undefined when there is none. */
export function blockedByNode(candidate: Candidate, reason: RemovalReason): Blocked | undefined {
  const { machineName, nominatedPods, doNotDisrupt } = candidate;
  if (doNotDisrupt) {
    return { machineName, reason, code: 'DoNotDisrupt', message: 'the node is annotated karpenter.sh/do-not-disrupt' };
  }
  if (nominatedPods.length > 0) {
    const message = `pending pods are expected on it: ${listed([...nominatedPods].sort())}`;
    return { machineName, reason, code: 'NodeNominated', message };
  }
  return undefined;
}

/** Returns the first fact that forbids to evict the node's pods; undefined when there is none. */
export function blockedByPods(candidate: Candidate, reason: RemovalReason): Blocked | undefined {
  const { machineName } = candidate;
  const evicted = candidate.pods.filter(
    (pod) => !pod.isMirror && !pod.isTerminal && !pod.isTerminating && !pod.isDaemon,
  );
  const refusing = evicted.filter((pod) => pod.doNotEvict).map(fullName);
  if (refusing.length > 0) {
    const message = `annotated karpenter.sh/do-not-evict: ${listed(refusing.sort())}`;
    return { machineName, reason, code: 'PodDoNotEvict', message };
  }
  const budgeted = evicted.filter((pod) => pod.blockingBudget !== undefined);
  if (budgeted.length > 0) {
    const named = budgeted.map((pod) => `${fullName(pod)} by ${pod.blockingBudget}`).sort();
    return { machineName, reason, code: 'PodDisruptionBudget', message: `eviction not allowed now: ${listed(named)}` };
  }
  return undefined;
}

/** More names than this tell nobody more. */
const LISTED_MAX = 3;

function listed(names: readonly string[]): string {
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : '';
  return `${names.slice(0, LISTED_MAX).join(', ')}${more}`;
}

function fullName(pod: CandidatePod): string {
  return `${pod.namespace}/${pod.name}`;
}

/** Returns the earlier moment; undefined when there is none. */
export function earlier(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}
