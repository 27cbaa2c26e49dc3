import type { ClusterSnapshot, ProvisionerModel } from '../cluster-snapshot.ts';
import { compareText } from '../compare-text.ts';
import type { PodDemand } from '../pod-demand.ts';
import { asksToBeAvoided } from '../taints.ts';
import { type Companies, companiesOf } from './company.ts';
import { leadersOf } from './follow-rank.ts';
import { LabelReader } from './label-reader.ts';
import type { SolveOptions } from './plan.ts';
import { type PodShape, shapeRegistry } from './pod-shape.ts';
import { preferenceRules } from './preference-rules.ts';
import { ProvisionerMarket } from './provisioner-market.ts';
import { type Candidate, inQueueOrder, inSizeOrder } from './queue.ts';

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
  /** What a wish of weight 100 may cost, in billionths of a dollar per hour, for shapes whose Provisioner prices wishes. */
  readonly wishPrices: ReadonlyMap<PodShape, number>;
  /** Who looks ahead: pods that go first to where those who have to follow them find room too. */
  readonly companies: Companies;
  /** Whether domains are kept that others may need more. */
  readonly isCautious: boolean;
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
  const markets = [...provisioners]
    .sort(byWeightAndName)
    .map((model) => new ProvisionerMarket(model, daemons, options.wellKnownLabels));
  const { shapeFor, wishPrices } = preferenceRules(markets);
  const queue = inQueueOrder(demand.map((pod) => ({ pod, shape: shapeFor(shapeOf(pod)) })));
  return {
    snapshot,
    options,
    labels,
    markets,
    queue,
    shapes: [...new Set(queue.map(({ shape }) => shape))],
    wishPrices,
    companies: new Map(),
    isCautious: false,
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

/** True when some pods have to go where others are. */
export function hasFollowers({ shapes }: Ground): boolean {
  return shapes.some(({ podAffinity }) => podAffinity.length > 0);
}

/** True when some pods must be spread. */
export function hasSpreads({ shapes }: Ground): boolean {
  return shapes.some(({ spread }) => spread.length > 0);
}

/** Returns the same ground, on which leaders do not come before those who follow them: a large follower may then start for both. */
export function bySizeAlone(ground: Ground): Ground {
  return { ...ground, queue: inSizeOrder(ground.queue) };
}

/** Returns the same ground, on which these pods come before all others, and before them those whom they have to follow. */
export function theseFirst(ground: Ground, podUids: ReadonlySet<string>): Ground {
  // A pod of the same shape is as good as the one that was left over, so its whole shape comes first.
  const shapes = new Set(ground.queue.filter(({ pod }) => podUids.has(pod.uid)).map(({ shape }) => shape));
  // Leaders are added while the set is gone through, so that theirs are as well.
  for (const shape of shapes) for (const leader of leadersOf(shape, ground.shapes)) shapes.add(leader);
  const [early, late] = [true, false].map((isEarly) =>
    ground.queue.filter(({ shape }) => shapes.has(shape) === isEarly),
  );
  return { ...ground, queue: [...(early ?? []), ...(late ?? [])] };
}

/** Returns the same, where those whom others have to follow also look for a place for these. */
export function inCompany(ground: Ground, podUids: ReadonlySet<string>): Ground {
  return { ...theseFirst(ground, podUids), companies: companiesOf(ground.queue, podUids) };
}

/** Returns the same ground, on which domains are kept that others may need more. */
export function cautious(ground: Ground): Ground {
  return { ...ground, isCautious: true };
}

function byWeightAndName(left: ProvisionerModel, right: ProvisionerModel): number {
  return right.weight - left.weight || compareText(left.name, right.name);
}
