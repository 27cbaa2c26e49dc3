import { type Stage, type Stop, stopAll } from '../stage.ts';
import { daemonSets } from './daemon-sets.ts';
import { deployments } from './deployments.ts';
import { jobs } from './jobs.ts';
import { replicaSets } from './replica-sets.ts';
import { startWorkloadController } from './workload-controller.ts';

/** Starts the controllers that make pods. */
export function startWorkloads(stage: Stage): Stop {
  return stopAll([deployments, replicaSets, daemonSets, jobs].map((each) => startWorkloadController(stage, each)));
}
