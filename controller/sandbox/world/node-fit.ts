import type { Resources } from '../../src/core/resources.ts';
import type { KubeTaint, KubeToleration, Node, Pod } from '../kube/built-in-kinds.ts';
import { admitsNode } from './label-match.ts';

/** A node with room left, as one scheduling pass sees it. */
export interface NodeRoom {
  readonly node: Node;
  readonly allocatable: Resources;
  /** Sum of the requests of the pods on it; grows as the pass binds. */
  requested: Resources;
  /** Sum of what the pods on it are likely to use, which is what its score goes by; grows as the pass binds. */
  likelyUsed: Resources;
  /** Host ports of the pods on it; grows as the pass binds. */
  readonly ports: TakenPort[];
}

/** A port of the node that a pod has for itself; without address it has it on all of them. */
export interface TakenPort {
  readonly address: string;
  readonly protocolAndPort: string;
}

/** Why a node does not take a pod, in kube-scheduler's words. */
export interface Misfit {
  readonly reasons: readonly string[];
  /** True when pods that went away would mend it. */
  readonly isForWantOfRoom: boolean;
}

const UNSCHEDULABLE: KubeTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Why the pod cannot go there, by the first filter that refuses as kube-scheduler orders them; undefined when it can. */
export function misfitOf(pod: Pod, requests: Resources, room: NodeRoom): Misfit | undefined {
  const { node } = room;
  if (node.spec?.unschedulable === true && !tolerates(pod.spec.tolerations, UNSCHEDULABLE)) {
    return unresolvable('node(s) were unschedulable');
  }
  const taint = untoleratedTaint(pod.spec.tolerations, node.spec?.taints, ['NoSchedule', 'NoExecute']);
  if (taint !== undefined) return unresolvable(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
  if (!admitsNode(pod.spec, node.metadata.name, node.metadata.labels ?? {})) {
    return unresolvable("node(s) didn't match Pod's node affinity/selector");
  }
  const wanted = portsOf(pod);
  if (wanted.some((port) => room.ports.some((taken) => isSamePort(port, taken)))) {
    return { reasons: ["node(s) didn't have free ports for the requested pod ports"], isForWantOfRoom: true };
  }
  const lacking = lackingResources(requests, room);
  return lacking.length === 0 ? undefined : { reasons: lacking, isForWantOfRoom: true };
}

/** The first taint of one of these effects that no toleration covers. */
export function untoleratedTaint(
  tolerations: readonly KubeToleration[] | undefined,
  taints: readonly KubeTaint[] | undefined,
  effects: readonly string[],
): KubeTaint | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !tolerates(tolerations, taint));
}

/** True when no toleration of the pod covers the taint. */
export function isIntolerable({ spec }: Pod, taint: KubeTaint): boolean {
  return !tolerates(spec.tolerations, taint);
}

/** True when one of the tolerations covers the taint. */
function tolerates(tolerations: readonly KubeToleration[] | undefined, taint: KubeTaint): boolean {
  return tolerations?.some((toleration) => covers(toleration, taint)) ?? false;
}

/** True when the toleration covers the taint: an empty effect covers every effect, an empty key (with Exists) every key. */
export function covers(
  { key = '', operator = 'Equal', value = '', effect = '' }: KubeToleration,
  taint: KubeTaint,
): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}

function lackingResources(requests: Resources, { allocatable, requested }: NodeRoom): string[] {
  return Object.keys(requests)
    .filter(
      (name) => (requests[name] ?? 0) > 0 && (requested[name] ?? 0) + (requests[name] ?? 0) > (allocatable[name] ?? 0),
    )
    .sort()
    .map((name) => (name === 'pods' ? 'Too many pods' : `Insufficient ${name}`));
}

function unresolvable(reason: string): Misfit {
  return { reasons: [reason], isForWantOfRoom: false };
}

/** The host ports of a pod's containers and sidecars. */
export function portsOf({ spec }: Pod): TakenPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort = 0 }) => hostPort > 0)
      .map(({ hostPort, hostIP = '', protocol = 'TCP' }) => ({
        address: hostIP === '0.0.0.0' ? '' : hostIP,
        protocolAndPort: `${protocol}/${hostPort}`,
      })),
  );
}

function isSamePort(left: TakenPort, right: TakenPort): boolean {
  const overlap = left.address === '' || right.address === '' || left.address === right.address;
  return overlap && left.protocolAndPort === right.protocolAndPort;
}
