import type { Resources } from '../../src/core/resources.ts';
import type { Taint } from '../../src/core/taints.ts';

/** What the world is told of an instance when it starts to run: enough to play its kubelet. */
export interface BootingInstance {
  readonly id: string;
  readonly providerId: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly region: string;
  readonly arch: 'amd64' | 'arm64';
  readonly privateIp: string;
  /** The Node's name. */
  readonly privateDnsName: string;
  /** What its user data says; undefined when it cannot be understood: such an instance never joins. */
  readonly boot: BootInstructions | undefined;
  /** True when its instance profile exists and its role may join the cluster. */
  readonly mayJoin: boolean;
  /** What its kubelet will report, from the catalogue's hardware and the user data's reserves. */
  readonly capacity: Resources;
  readonly allocatable: Resources;
}

export interface BootInstructions {
  readonly clusterName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** The side of the AWS model that the world listens to. */
export interface InstanceEvents {
  /** Called when an instance enters `running`. */
  onRunning(listener: (instance: BootingInstance) => void): void;
  /** Called when an instance leaves `running` for good. */
  onTerminating(listener: (instanceId: string) => void): void;
}
