import type { ClusterSnapshot, ProvisionerModel } from '../cluster-snapshot.ts';
import { compareText } from '../compare-text.ts';
import type { PodDemand } from '../pod-demand.ts';
import { asksToBeAvoided } from '../taints.ts';
import { LabelReader } from './label-reader.ts';
import type { SolveOptions } from './plan.ts';
import { type PodShape, shapeRegistry } from './pod-shape.ts';
import { ProvisionerMarket } from './provisioner-market.ts';
import { type Candidate, inQueueOrder } from './queue.ts';

/** What every attempt at one plan starts from. */
export interface Ground {
  readonly snapshot: ClusterSnapshot;
  readonly options: SolveOptions;
  readonly labels: LabelReader;
  /** The heaviest first, then by name. */
  readonly markets: readonly ProvisionerMarket[];
  /** All pods, in the order in which they are placed. */
  readonly queue: readonly Candidate[];
  readonly shapes: readonly PodShape[];
}

/** Returns the ground of one problem. */
export function groundOf(snapshot: ClusterSnapshot, demand: readonly PodDemand[], options: SolveOptions): Ground {
  const { provisioners, nodes, closedNodes = [], daemons } = snapshot;
  const labels = new LabelReader(
    demand,
    [...nodes, ...closedNodes].flatMap(({ pods }) => pods),
  );
  const shapeOf = shapeRegistry({
    labels,
    shunsTaints: [...provisioners, ...nodes].some(({ taints }) => taints.some(asksToBeAvoided)),
    ignoresWishes: options.preferencePolicy === 'ignore',
  });
  const queue = inQueueOrder(demand.map((pod) => ({ pod, shape: shapeOf(pod) })));
  return {
    snapshot,
    options,
    labels,
    markets: [...provisioners]
      .sort(byWeightAndName)
      .map((model) => new ProvisionerMarket(model, daemons, options.wellKnownLabels)),
    queue,
    shapes: [...new Set(queue.map(({ shape }) => shape))],
  };
}

/** True when pods differ in priority. */
export function hasPriorities({ queue: [first, ...others] }: Ground): boolean {
  return others.some(({ pod }) => pod.priority !== first?.pod.priority);
}

/** Returns the same ground, on which pods of higher priority all come before others. */
export function urgentFirst(ground: Ground): Ground {
  return { ...ground, queue: ground.queue.toSorted((left, right) => right.pod.priority - left.pod.priority) };
}

function byWeightAndName(left: ProvisionerModel, right: ProvisionerModel): number {
  return right.weight - left.weight || compareText(left.name, right.name);
}
