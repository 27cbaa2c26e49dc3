import type { ClusterSnapshot, ProvisionerModel } from '../cluster-snapshot.ts';
import { compareText } from '../compare-text.ts';
import type { PodDemand } from '../pod-demand.ts';
import { ExistingNodes } from './existing-nodes.ts';
import { byNearnessAndName } from './misses.ts';
import { NodeDraft } from './node-draft.ts';
import type { Miss, Placement, Plan, SolveOptions, Unplaced } from './plan.ts';
import { type PodShape, shapeRegistry } from './pod-shape.ts';
import { ProvisionerDraft } from './provisioner-draft.ts';
import { inQueueOrder } from './queue-order.ts';
import { WorkBudget } from './work-budget.ts';

/**
 * Places every pod on an existing node, on a planned node, or in `unplaced` with a reason.
 * Pure: equal arguments give equal plans, whatever the order of their lists. First-fit decreasing, as upstream packs: existing nodes
 * first, then the planned node with the fewest pods, then a new node of the Provisioner with the highest weight.
 * At most `options.fitChecksMax` pairs of pod and node are checked; the pods that are left then are `work-limit-reached`.
 */
export function solve(snapshot: ClusterSnapshot, demand: readonly PodDemand[], options: SolveOptions): Plan {
  const packing = new Packing(snapshot, options);
  const queue = inQueueOrder(demand);
  const unexpected = queue.filter((pod) => !packing.placeAsExpected(pod, snapshot.expected?.get(pod.uid)));
  for (const pod of unexpected) packing.place(pod);
  return packing.plan();
}

/** A plan while it is made. */
class Packing {
  readonly #work: WorkBudget;
  readonly #shapeOf = shapeRegistry();
  readonly #existing: ExistingNodes;
  readonly #provisioners: readonly ProvisionerDraft[];
  readonly #placements: Placement[] = [];
  /** In the order in which they were opened. */
  readonly #drafts: NodeDraft[] = [];
  readonly #unplaced: Unplaced[] = [];

  constructor(snapshot: ClusterSnapshot, options: SolveOptions) {
    this.#work = new WorkBudget(options.fitChecksMax);
    const { wellKnownLabels } = options;
    this.#provisioners = [...snapshot.provisioners]
      .sort(byWeightAndName)
      .map((model) => new ProvisionerDraft(model, snapshot.daemons, wellKnownLabels));
    const { nodes, daemons } = snapshot;
    this.#existing = new ExistingNodes({
      nodes,
      daemons,
      provisioners: this.#provisioners,
      wellKnownLabels,
      work: this.#work,
    });
  }

  /** Puts the pod where an earlier plan put it, if it still fits there. */
  placeAsExpected(pod: PodDemand, nodeName: string | undefined): boolean {
    if (nodeName === undefined) return false;
    const shape = this.#shapeOf(pod);
    if (refuse(pod, shape) !== undefined || !this.#existing.placeOn(nodeName, shape)) return false;
    this.#placements.push({ podUid: pod.uid, nodeName });
    return true;
  }

  /** Gives the pod its place or its reason. */
  place(pod: PodDemand): void {
    const shape = this.#shapeOf(pod);
    const refusal = refuse(pod, shape);
    if (refusal !== undefined) {
      this.#unplaced.push(refusal);
      return;
    }
    const nodeName = this.#existing.place(shape);
    if (nodeName !== undefined) {
      this.#placements.push({ podUid: pod.uid, nodeName });
      return;
    }
    if (this.#joinDraft(pod, shape)) return;
    const misses = this.#openDraft(pod, shape);
    if (misses === undefined) return;
    this.#unplaced.push(this.#work.isSpent ? workLimitReached(pod) : nowhere(pod, misses));
  }

  /** Puts the pod on a node of this plan: the one with the fewest pods that takes it, the older one of equals. */
  #joinDraft(pod: PodDemand, shape: PodShape): boolean {
    const candidates = this.#drafts.filter((draft) => !draft.hasRefused(shape));
    // Sorting is stable, so equals stay in the order in which they were opened.
    candidates.sort((left, right) => left.podUids.length - right.podUids.length);
    for (const draft of candidates) {
      if (this.#work.isSpent) return false;
      this.#work.spend();
      if (draft.add(pod.uid, shape)) return true;
    }
    return false;
  }

  /** Opens a node for the pod with the first Provisioner that can; returns how each falls short when none can. */
  #openDraft(pod: PodDemand, shape: PodShape): Miss[] | undefined {
    const misses: Miss[] = [];
    for (const provisioner of this.#provisioners) {
      if (this.#work.isSpent) return misses;
      this.#work.spend();
      const opening = provisioner.open(shape);
      if ('types' in opening) {
        this.#drafts.push(new NodeDraft(provisioner, opening, pod.uid, shape));
        return undefined;
      }
      misses.push(opening);
    }
    return misses;
  }

  plan(): Plan {
    const nodes = this.#drafts.map((draft) => draft.plan());
    const costNanoUsdPerHour = nodes.reduce((sum, node) => sum + (node.options[0]?.priceNanoUsdPerHour ?? 0), 0);
    return { placements: this.#placements, nodes, unplaced: this.#unplaced, costNanoUsdPerHour };
  }
}

function byWeightAndName(left: ProvisionerModel, right: ProvisionerModel): number {
  return right.weight - left.weight || compareText(left.name, right.name);
}

/** What keeps the pod from every node, whatever nodes there are. */
function refuse(pod: PodDemand, shape: PodShape): Unplaced | undefined {
  if (shape.unsupported.length > 0) {
    const message = `uses ${shape.unsupported.join(', ')}, which this version does not weigh`;
    return { podUid: pod.uid, code: 'unsupported-constraint', message, misses: [] };
  }
  if (shape.alternatives.length === 0) {
    const message = 'its node selector and required node affinity contradict each other';
    return { podUid: pod.uid, code: 'invalid-pod', message, misses: [] };
  }
  return undefined;
}

function workLimitReached(pod: PodDemand): Unplaced {
  const message = 'this plan reached its limit of checks; the next one goes on with the pods that are left';
  return { podUid: pod.uid, code: 'work-limit-reached', message, misses: [] };
}

function nowhere(pod: PodDemand, misses: readonly Miss[]): Unplaced {
  const sorted = [...misses].sort(byNearnessAndName);
  const [nearest] = sorted;
  if (nearest === undefined) {
    const message = 'no node has room for it, and there is no Provisioner that may launch one';
    return { podUid: pod.uid, code: 'no-provisioner', message, misses: [] };
  }
  const remedy = nearest.remedy === undefined ? '' : ` (${nearest.remedy})`;
  const others =
    sorted.length === 1 ? '' : `; ${sorted.length - 1} more Provisioner${sorted.length === 2 ? '' : 's'} cannot either`;
  const message = `Provisioner ${nearest.provisionerName}: ${nearest.message}${remedy}${others}`;
  return { podUid: pod.uid, code: nearest.code, message, misses: sorted };
}
