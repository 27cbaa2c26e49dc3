import type { Resources } from '../../src/core/resources.ts';
import type { Pod } from '../kube/built-in-kinds.ts';
import type { LabelSelector } from '../kube/label-selector.ts';
import type { NodeRoom } from './node-fit.ts';
import type { Residents } from './residents.ts';

/** A pod that looks for a node, and beside whom. */
export interface Candidate {
  readonly pod: Pod;
  readonly requests: Resources;
  readonly residents: Residents;
  /** Whom a pod without spread constraints is spread among; undefined: nobody. */
  readonly defaultSelector: (pod: Pod) => LabelSelector | undefined;
}

/** How kube-scheduler likes each of the rooms for the pod, from 0 to 100; more is better. */
export type Scorer = (candidate: Candidate, rooms: readonly NodeRoom[]) => readonly number[];
