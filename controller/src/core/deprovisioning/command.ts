/** Why a Machine is removed; the same word labels the metric and the event. */
export type RemovalReason = 'emptiness' | 'expiration';

/** Machines to delete now. */
export interface Command {
  readonly kind: 'command';
  readonly reason: RemovalReason;
  /** Sorted. */
  readonly machineNames: readonly string[];
  /** One sentence per Machine: what made it removable, with the age or idle time and the TTL. */
  readonly because: Readonly<Record<string, string>>;
}

/** A Machine that a method would remove, were it not for one fact. */
export interface Blocked {
  readonly machineName: string;
  readonly reason: RemovalReason;
  /** CamelCase, as on the event. */
  readonly code: 'NodeNominated' | 'DoNotDisrupt' | 'PodDoNotEvict' | 'PodDisruptionBudget' | 'PodsCannotReschedule';
  readonly message: string;
}
