import type { HostPort } from './host-port.ts';
import type { PodAffinityTerm, PodWishes, SpreadConstraint } from './pod-topology.ts';
import type { PodVolumes } from './pod-volumes.ts';
import type { Expression } from './requirements.ts';
import type { Resources } from './resources.ts';
import type { Toleration } from './taints.ts';

/** What the scheduler needs to know of a pod. */
export interface PodDemand extends PodVolumes {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  /** 0 when the pod has no priority class. */
  readonly priority: number;
  /** Effective request (containers, init containers and sidecars, overhead), `pods: 1` included. */
  readonly requests: Resources;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required node affinity: terms are ORed, the expressions of one are ANDed. Empty: no required affinity. */
  readonly requiredNodeTerms: readonly (readonly Expression[])[];
  readonly tolerations: readonly Toleration[];
  readonly hostPorts: readonly HostPort[];
  /** Topology spread that says DoNotSchedule. */
  readonly spread: readonly SpreadConstraint[];
  /** Required pod affinity: one and the same pod must be of every term's selector. */
  readonly podAffinity: readonly PodAffinityTerm[];
  /** Required pod anti-affinity: each term by itself, and in both directions. */
  readonly podAntiAffinity: readonly PodAffinityTerm[];
  readonly wishes: PodWishes;
  /**
   * Constraints the pod carries that `solve` does not weigh yet, as field paths (`spec.resourceClaims`), sorted.
   * Such a pod is refused with a reason that names them, never placed as if it had none.
   */
  readonly unsupported: readonly string[];
}
