import type { BootInstructions } from './instance-events.ts';

/** What user data tells a node: how to join, and how its kubelet divides the machine. */
export interface NodeBoot {
  readonly join: BootInstructions;
  readonly kubelet: KubeletSettings;
}

/** Kubelet settings that change what a node reports. Amounts are Kubernetes quantities; absent: the image's default. */
export interface KubeletSettings {
  readonly maxPods?: number;
  readonly podsPerCore?: number;
  readonly kubeReserved?: Readonly<Record<string, string>>;
  readonly systemReserved?: Readonly<Record<string, string>>;
  /** By signal; amounts or percentages. */
  readonly evictionHard?: Readonly<Record<string, string>>;
}
