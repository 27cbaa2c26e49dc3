import type { ClusterSnapshot, ProvisionerModel } from '../../cluster-snapshot.ts';
import { compareText } from '../../compare-text.ts';
import type { PodDemand } from '../../pod-demand.ts';
import { asksToBeAvoided } from '../../taints.ts';
import { LabelReader } from '../label-reader.ts';
import type { Miss, Placement, Plan, SolveOptions, Unplaced } from '../plan.ts';
import { type PodShape, shapeRegistry, withoutWishes } from '../pod-shape.ts';
import { type Candidate, inQueueOrder } from '../queue.ts';
import { NodeStanding } from '../standing.ts';
import { Topology, type UnforeseenDomains } from '../topology.ts';
import { nowhere, refuse, workLimitReached } from '../unplaced.ts';
import { WorkBudget } from '../work-budget.ts';
import { ExistingNodes } from './existing-nodes.ts';
import { NodeDraft } from './node-draft.ts';
import { ProvisionerDraft } from './provisioner-draft.ts';

/** A pod without a place, and why at that time. */
interface Waiting extends Candidate {
  readonly misses: readonly Miss[];
  /** Of the counts that refused it. */
  readonly version: number;
}

/** A plan while it is made. */
export class Packing {
  readonly #work: WorkBudget;
  /** Pods that one planned node may get. */
  readonly #podsMax: number;
  readonly #existing: ExistingNodes;
  readonly #topology: Topology;
  readonly #provisioners: readonly ProvisionerDraft[];
  readonly #expected: ReadonlyMap<string, string>;
  /** In the order in which they are placed. */
  readonly #queue: readonly Candidate[];
  readonly #placements: Placement[] = [];
  /** In the order in which they were opened. */
  readonly #drafts: NodeDraft[] = [];
  readonly #unplaced: Unplaced[] = [];

  constructor(
    snapshot: ClusterSnapshot,
    demand: readonly PodDemand[],
    options: SolveOptions,
    unforeseen: UnforeseenDomains,
  ) {
    const { wellKnownLabels } = options;
    const { nodes, closedNodes = [], daemons } = snapshot;
    this.#work = new WorkBudget(options.fitChecksMax);
    this.#podsMax = Math.max(1, Math.ceil(demand.length * (options.nodeShareMax ?? 1)));
    this.#expected = snapshot.expected ?? new Map();
    this.#provisioners = [...snapshot.provisioners]
      .sort(byWeightAndName)
      .map((model) => new ProvisionerDraft(model, daemons, wellKnownLabels));
    const all = [...nodes, ...closedNodes];
    const labels = new LabelReader(
      demand,
      all.flatMap(({ pods }) => pods),
    );
    const shapeOf = shapeRegistry({
      labels,
      shunsTaints: [...snapshot.provisioners, ...nodes].some(({ taints }) => taints.some(asksToBeAvoided)),
      ignoresWishes: options.preferencePolicy === 'ignore',
    });
    this.#queue = inQueueOrder(demand.map((pod) => ({ pod, shape: shapeOf(pod) })));
    const shapes = [...new Set(this.#queue.map(({ shape }) => shape))];
    this.#topology = new Topology({
      labels,
      shapes,
      inhabited: all.map((node) => ({ standing: new NodeStanding(node, wellKnownLabels), pods: node.pods })),
      sources: this.#provisioners,
      unforeseen,
    });
    const work = this.#work;
    this.#existing = new ExistingNodes({
      nodes,
      daemons,
      types: new Map(this.#provisioners.map(({ model, types }) => [model.name, types])),
      wellKnownLabels,
      work,
    });
  }

  /** Gives each pod its place or its reason. */
  run(): void {
    const accepted: Candidate[] = [];
    for (const candidate of this.#queue) {
      const refusal = refuse(candidate.pod, candidate.shape);
      if (refusal === undefined) accepted.push(candidate);
      else this.#unplaced.push(refusal);
    }
    const unexpected = this.#placeExpected(accepted);
    const waiting: Waiting[] = [];
    for (const candidate of unexpected) {
      const left = this.#place(candidate);
      if (left !== undefined) waiting.push(left);
    }
    for (const { pod, misses } of this.#placeLate(waiting)) {
      this.#unplaced.push(this.#work.isSpent ? workLimitReached(pod) : nowhere(pod, misses));
    }
  }

  /**
   * Puts pods where an earlier plan put them, if they still fit there, and returns the others. Wishes were weighed then. One may have to
   * wait for another, as when each zone gets its second pod, so they are asked again as long as somebody finds his place.
   */
  #placeExpected(candidates: readonly Candidate[]): readonly Candidate[] {
    let left = candidates;
    for (;;) {
      const before = left.length;
      left = left.filter(({ pod, shape }) => {
        const nodeName = this.#expected.get(pod.uid);
        const barest = withoutWishes(shape);
        const rules = this.#topology.rulesOf(barest);
        if (nodeName === undefined || !this.#existing.placeOn(nodeName, barest, rules, pod.attachments)) return true;
        this.#placements.push({ podUid: pod.uid, nodeName });
        return false;
      });
      if (left.length === before || left.length === 0) return left;
    }
  }

  /** Seeks a place, giving up one wish after the other. */
  #place({ pod, shape }: Candidate): Waiting | undefined {
    for (let current = shape; ; ) {
      const misses = this.#seek(pod, current);
      if (misses === undefined) return undefined;
      const next = this.#work.isSpent ? undefined : current.relaxed();
      if (next === undefined) return { pod, shape: current, misses, version: this.#topology.version };
      current = next;
    }
  }

  /** Asks again for those whom pods placed after them may have helped, until nobody gets on; returns who is left. */
  #placeLate(waiting: readonly Waiting[]): readonly Waiting[] {
    let left = waiting;
    for (;;) {
      const before = left.length;
      left = left
        .map((each) => {
          const isHopeless = each.version === this.#topology.version || !this.#topology.rulesOf(each.shape).mayEase;
          return isHopeless || this.#work.isSpent ? each : this.#place(each);
        })
        .filter((each) => each !== undefined);
      if (left.length === before) return left;
    }
  }

  /** Places the pod, or returns how each Provisioner falls short. */
  #seek(pod: PodDemand, shape: PodShape): readonly Miss[] | undefined {
    const nodeName = this.#existing.place(shape, this.#topology.rulesOf(shape), pod.attachments);
    if (nodeName !== undefined) {
      this.#placements.push({ podUid: pod.uid, nodeName });
      return undefined;
    }
    return this.#joinDraft(pod, shape) ? undefined : this.#openDraft(pod, shape);
  }

  /** Puts the pod on a node of this plan: the one with the fewest pods that takes it, the older one of equals. */
  #joinDraft(pod: PodDemand, shape: PodShape): boolean {
    const rules = this.#topology.rulesOf(shape);
    const mayTake = (draft: NodeDraft) => draft.podUids.length < this.#podsMax && !draft.hasRefused(shape);
    const candidates = this.#drafts.filter(mayTake);
    // Sorting is stable, so equals stay in the order in which they were opened.
    candidates.sort((left, right) => left.podUids.length - right.podUids.length);
    for (const draft of candidates) {
      if (this.#work.isSpent) return false;
      this.#work.spend();
      if (draft.add(pod.uid, shape, rules)) return true;
    }
    return false;
  }

  /** Opens a node for the pod with the first Provisioner that can; returns how each falls short when none can. */
  #openDraft(pod: PodDemand, shape: PodShape): readonly Miss[] | undefined {
    const rules = this.#topology.rulesOf(shape);
    // No label value has a space, so this is nobody else's.
    const hostname = `planned node ${this.#drafts.length + 1}`;
    const misses: Miss[] = [];
    for (const provisioner of this.#provisioners) {
      if (this.#work.isSpent) return misses;
      this.#work.spend();
      const opening = provisioner.open(shape, rules, hostname);
      if ('types' in opening) {
        const draft = new NodeDraft(provisioner, opening, hostname);
        draft.begin(pod.uid, shape, rules);
        this.#drafts.push(draft);
        return undefined;
      }
      misses.push(opening);
    }
    return misses;
  }

  /** Domains that this plan opens and that its spread constraints did not count. */
  unforeseen(): UnforeseenDomains {
    const planned = this.#drafts.map((draft) => draft.standing());
    return this.#topology.unforeseen(() => planned);
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
