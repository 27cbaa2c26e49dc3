import type { Clock } from '../ports/clock.ts';
import type { CloudPort } from '../ports/cloud.ts';
import type { KubePort } from '../ports/kube.ts';
import type { Leadership } from '../ports/leadership.ts';
import { OperationError } from '../ports/operation-error.ts';

/**
 * How much lease must be left for an effect to start (ms). An API call takes up to about a second; the effect carries a
 * precondition besides (client token, UID, resourceVersion), so a call that takes longer is late but harmless.
 */
export const LEASE_MARGIN_MS = 1_000;

/** Returns what throws `not-leader` unless this process surely leads. */
export function leaseCheck(leadership: Leadership, clock: Clock): () => void {
  return () => {
    if (leadership.deadlineMs() - clock.nowMs() >= LEASE_MARGIN_MS) return;
    throw new OperationError('not-leader', 'backoff', 'the leader lease is not held, or about to end');
  };
}

/** The same ports, whose effects are refused with `not-leader` unless this process surely leads. Reads pass. */
export function fencePorts(
  ports: { readonly kube: KubePort; readonly cloud: CloudPort },
  leadership: Leadership,
  clock: Clock,
): { readonly kube: KubePort; readonly cloud: CloudPort } {
  const check = leaseCheck(leadership, clock);
  const { kube, cloud } = ports;
  return {
    kube: {
      follow: (kind, sink, signal) => kube.follow(kind, sink, signal),
      get: (name) => kube.get(name),
      podsOn: (nodeName) => kube.podsOn(nodeName),
      create: async (kind, object) => (check(), kube.create(kind, object)),
      patch: async (name, patch, options) => (check(), kube.patch(name, patch, options)),
      delete: async (name, uid) => (check(), kube.delete(name, uid)),
      evict: async (pod) => (check(), kube.evict(pod)),
      emit: (event) => kube.emit(event),
    },
    cloud: {
      resolve: (template) => cloud.resolve(template),
      instanceTypes: (template, kubelet) => cloud.instanceTypes(template, kubelet),
      launch: async (order) => (check(), cloud.launch(order)),
      instances: () => cloud.instances(),
      instance: (id) => cloud.instance(id),
      nodeAccess: (template) => cloud.nodeAccess(template),
      terminate: async (id) => (check(), cloud.terminate(id)),
    },
  };
}
