import type { Clock } from '../ports/clock.ts';
import type { CloudPort } from '../ports/cloud.ts';
import type { KubePort } from '../ports/kube.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { JoinPace } from './join-pace.ts';
import type { Reporter } from './report.ts';
import type { RoomLessons } from './room-lessons.ts';
import type { ShortagePace } from './shortage-pace.ts';

/** The settings that loops read, at each pass anew: they may change while we run. */
export interface LoopSettings {
  readonly clusterName: string;
  /** Empty: none. */
  readonly defaultInstanceProfile: string;
  readonly batchIdleMs: number;
  readonly batchMaxMs: number;
  /** True: no Machine is made, and none that has no instance yet gets one. */
  readonly launchesPaused: boolean;
  /** What a node is taken to cost beside its instance, in billionths of a dollar per hour. */
  readonly nodeCostNanoUsdPerHour: number;
  /** The largest part of one plan's pods that one new node may get. */
  readonly nodeShareMax: number;
}

/** What every loop is given. `kube` and `cloud` are fenced: their effects need the lease. */
export interface LoopContext {
  readonly state: ClusterState;
  readonly kube: KubePort;
  readonly cloud: CloudPort;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly reporter: Reporter;
  readonly shortagePace: ShortagePace;
  readonly joinPace: JoinPace;
  readonly roomLessons: RoomLessons;
  /** The namespace that the controller is installed in. */
  readonly installation: string;
  readonly settings: () => LoopSettings;
}
