import type { PodDemand } from '../pod-demand.ts';
import type { VolumeAttachment } from '../pod-volumes.ts';
import { type Companions, companiesDownToOne } from './company.ts';
import { ExistingNodes } from './existing-nodes.ts';
import type { Ground } from './ground.ts';
import type { NodeDraft } from './node-draft.ts';
import { freeDemands } from './patterns/free-demand.ts';
import { type Bulk, purchaseList } from './patterns/purchase-list.ts';
import { type Miss, nodePriceOf, type Placement, type Plan, type Unplaced } from './plan.ts';
import { PlannedNodes } from './planned-nodes.ts';
import { type PodShape, withoutWishes } from './pod-shape.ts';
import { ProvisionerDraft } from './provisioner-draft.ts';
import type { Candidate } from './queue.ts';
import { jointSeeker, ResourceAxes, type Seeker, seekerRegistry } from './seeker.ts';
import { NodeStanding } from './standing.ts';
import { type Caution, Topology, type UnforeseenDomains } from './topology.ts';
import { nowhere, refuse, workLimitReached } from './unplaced.ts';
import { Waitlist } from './waitlist.ts';
import { WorkBudget } from './work-budget.ts';

/** Weight of a wish for which `wishPrices` says what it may cost. */
const WISH_WEIGHT = 100;

/** A pod without a place, and why at that time. */
interface Waiting extends Candidate {
  readonly misses: readonly Miss[];
  /** Of the counts that refused it. */
  readonly version: number;
}

/**
 * How a bound pod chooses among planned nodes and a new one: the one with the fewest pods; that too, but rather one that does not become
 * dearer by it; that too, but rather the one where it costs least.
 */
type Manner = 'first-fit' | 'thrifty' | 'frugal';

/** A plan while it is made. */
export class Packing {
  readonly #ground: Ground;
  /** Pods that one planned node may get. */
  readonly #podsMax: number;
  readonly #work: WorkBudget;
  readonly #existing: ExistingNodes;
  readonly #topology: Topology;
  readonly #seekerOf: (shape: PodShape) => Seeker;
  readonly #provisioners: readonly ProvisionerDraft[];
  readonly #placements: Placement[] = [];
  readonly #planned: PlannedNodes;
  readonly #unplaced: Unplaced[] = [];
  /** Whose first pod has not been placed yet. */
  readonly #companies: Map<PodShape, readonly Companions[]>;
  readonly #jointSeeker: (leader: PodShape, company: readonly Companions[]) => Seeker;
  #manner: Manner = 'first-fit';

  constructor(ground: Ground, unforeseen: UnforeseenDomains, caution?: Caution) {
    const { snapshot, options, markets, labels, shapes } = ground;
    const { wellKnownLabels } = options;
    const { nodes, closedNodes = [], daemons } = snapshot;
    this.#ground = ground;
    this.#podsMax = Math.max(1, Math.ceil(ground.queue.length * (options.nodeShareMax ?? 1)));
    this.#work = new WorkBudget(options.fitChecksMax);
    this.#provisioners = markets.map((market) => new ProvisionerDraft(market));
    this.#topology = new Topology({
      labels,
      shapes,
      inhabited: [...nodes, ...closedNodes].map((node) => ({
        standing: new NodeStanding(node, wellKnownLabels),
        pods: node.pods,
      })),
      sources: markets,
      unforeseen,
      caution,
    });
    this.#planned = new PlannedNodes({ podsMax: this.#podsMax, keys: this.#topology.keys, work: this.#work });
    const axes = new ResourceAxes();
    this.#seekerOf = seekerRegistry(this.#topology, axes);
    this.#jointSeeker = (leader, company) => jointSeeker(this.#topology, axes, leader, company);
    this.#companies = new Map(ground.companies);
    for (const { requests } of shapes) axes.amounts(requests);
    this.#existing = new ExistingNodes({
      nodes,
      daemons,
      types: new Map(markets.map(({ model, types }) => [model.name, types])),
      wellKnownLabels,
      axes,
      work: this.#work,
    });
  }

  /** Gives each pod its place or its reason, one after the other. */
  runFirstFit(): void {
    this.#placeAll(this.#placeExpected(this.#accepted()));
  }

  /** The same in another manner. */
  runCheaply(manner: Manner): void {
    this.#manner = manner;
    this.runFirstFit();
  }

  /**
   * The same, but new nodes for free pods (those that no rule between pods binds and that have no wish left to lose) are bought from a list
   * that is made for all of them together and for its price. `order` says who comes first. Nodes that stand are frozen then: others fill
   * what is left there, and make nothing dearer. Bound pods that come first, with no list to spoil, are placed in the `manner`.
   */
  runByPrice(order: 'free-first' | 'free-last', manner: Manner): void {
    const [free, bound] = parted(this.#placeExpected(this.#accepted()), ({ shape }) => this.#isFree(shape));
    if (order === 'free-last') {
      this.#manner = manner;
      this.#placeAll(bound);
      this.#manner = 'first-fit';
    }
    this.#planned.freeze();
    this.#placeFree(free);
    this.#planned.freeze();
    if (order === 'free-first') this.#placeAll(bound);
  }

  /** True when some pods are free. */
  get hasFreePods(): boolean {
    return this.#ground.shapes.some((shape) => this.#isFree(shape));
  }

  /** True when some pods are not. */
  get hasBoundPods(): boolean {
    return this.#ground.shapes.some((shape) => !this.#isFree(shape));
  }

  #accepted(): Candidate[] {
    return this.#ground.queue.filter(({ pod, shape }) => {
      const refusal = refuse(pod, shape);
      if (refusal !== undefined) this.#unplaced.push(refusal);
      return refusal === undefined;
    });
  }

  #placeAll(candidates: readonly Candidate[]): void {
    const waiting = candidates.map((candidate) => this.#place(candidate)).filter((left) => left !== undefined);
    for (const { pod, misses } of this.#placeLate(waiting)) {
      this.#unplaced.push(this.#work.isSpent ? workLimitReached(pod) : nowhere(pod, misses));
    }
  }

  #isFree(shape: PodShape): boolean {
    return (
      this.#seekerOf(shape).rules.byKey.size === 0 && shape.hostPorts.length === 0 && shape.relaxed() === undefined
    );
  }

  /** Puts free pods on nodes that are there or planned, then buys for those that are left. */
  #placeFree(candidates: readonly Candidate[]): void {
    const left = candidates.filter(({ pod, shape }) => !this.#join(pod, this.#seekerOf(shape)));
    const waiting = new Map(
      [...Map.groupBy(left, ({ shape }) => shape)].map(([shape, pods]) => [shape, new Waitlist(pods)]),
    );
    const free = [...waiting].map(([shape, { length: count }]) => ({
      shape,
      amounts: this.#seekerOf(shape).amounts,
      count,
    }));
    const late: Candidate[] = [];
    for (const demand of freeDemands(free, this.#ground.markets)) {
      for (const bulk of purchaseList(demand, { nodePrice: this.#nodePrice, podsMax: this.#podsMax }))
        late.push(...this.#buy(bulk, waiting));
    }
    for (const list of waiting.values()) late.push(...list.take(list.length));
    this.#placeAll(late);
  }

  /** Opens the nodes of the bulk with pods of `waiting`, which it takes from the front; returns those that found no place there. */
  #buy(
    { market, state, position, times, pods }: Bulk,
    waiting: ReadonlyMap<PodShape, Waitlist<Candidate>>,
  ): Candidate[] {
    const refused: Candidate[] = [];
    const provisioner = this.#provisioners.find((each) => each.market === market) as ProvisionerDraft;
    for (let time = 0; time < times; time += 1) {
      let draft: NodeDraft | undefined;
      for (const { shape, count } of pods) {
        const seeker = this.#seekerOf(shape);
        const next = (waiting.get(shape) as Waitlist<Candidate>).take(count);
        const [first] = next;
        if (draft === undefined && first !== undefined) {
          const opening = provisioner.openAs(seeker, state, position);
          draft = opening && this.#planned.launch(provisioner, opening, first.pod.uid, seeker);
          if (draft !== undefined) next.shift();
        }
        const podUids = next.map(({ pod }) => pod.uid);
        if (draft === undefined || !this.#planned.addToLatest(podUids, seeker)) refused.push(...next);
      }
      draft?.freeze();
    }
    return refused;
  }

  /**
   * Puts pods where an earlier plan put them, if they still fit there, and returns the others. Wishes were weighed then. One may have to
   * wait for another, as when each zone gets its second pod, so they are asked again as long as somebody finds his place.
   */
  #placeExpected(candidates: readonly Candidate[]): readonly Candidate[] {
    const { expected } = this.#ground.snapshot;
    if (expected === undefined || expected.size === 0) return candidates;
    let left = candidates;
    for (;;) {
      const before = left.length;
      left = left.filter(({ pod, shape }) => {
        const nodeName = expected.get(pod.uid);
        if (nodeName === undefined) return true;
        if (!this.#existing.placeOn(nodeName, this.#seekerOf(withoutWishes(shape)), pod.attachments)) return true;
        this.#placements.push({ podUid: pod.uid, nodeName });
        return false;
      });
      if (left.length === before || left.length === 0) return left;
    }
  }

  /** Seeks a place, giving up one wish after the other; where wishes have a price, as many as it takes to make the place cheapest. */
  #place({ pod, shape }: Candidate): Waiting | undefined {
    const company = this.#companies.get(shape);
    if (company !== undefined) {
      this.#companies.delete(shape);
      if (this.#placeFirst(pod, shape, company)) return undefined;
    }
    for (let current = this.#cheapestWishes(pod, shape); ; ) {
      const misses = this.#seek(pod, this.#seekerOf(current));
      if (misses === undefined) return undefined;
      const next = this.#work.isSpent ? undefined : current.relaxed();
      if (next === undefined) return { pod, shape: current, misses, version: this.#topology.version };
      current = next;
    }
  }

  /** Places the pod, wishes aside, where its company can come too, or as much of it as there is a place for; false when there is none. */
  #placeFirst(pod: PodDemand, shape: PodShape, company: readonly Companions[]): boolean {
    const bare = withoutWishes(shape);
    return companiesDownToOne(company).some((some) => {
      const joint = this.#jointSeeker(bare, some);
      return this.#seek(pod, this.#seekerOf(bare), joint) === undefined;
    });
  }

  /** Returns the shape with the wishes with which a place costs least now, what those given up may cost included; itself where that is not asked. */
  #cheapestWishes({ attachments }: PodDemand, shape: PodShape): PodShape {
    const price = this.#ground.wishPrices.get(shape);
    if (price === undefined) return shape;
    let best: { readonly shape: PodShape; readonly cost: number } | undefined;
    for (let current: PodShape | undefined = shape; current !== undefined; current = current.relaxed()) {
      const unmet = ((shape.wishWeight - current.wishWeight) / WISH_WEIGHT) * price;
      const cost = unmet + this.#costOfPlace(this.#seekerOf(current), attachments);
      if (best === undefined || cost < best.cost) best = { shape: current, cost };
    }
    return best?.shape ?? shape;
  }

  /** What the place would cost that `#seek` would take: infinity when there is none. */
  #costOfPlace(seeker: Seeker, attachments: readonly VolumeAttachment[]): number {
    if (this.#existing.suits(seeker, attachments)) return 0;
    return this.#planned.surchargeOf(seeker) ?? this.#priceOfNew(seeker);
  }

  /** What a new node for the pod would cost, itself included: infinity when there can be none. */
  #priceOfNew(seeker: Seeker): number {
    for (const provisioner of this.#provisioners) {
      const opening = provisioner.open(seeker, this.#planned.nextHostname);
      if ('state' in opening) return opening.state.cheapest(opening.left) + this.#nodePrice;
    }
    return Number.POSITIVE_INFINITY;
  }

  get #nodePrice(): number {
    return nodePriceOf(this.#ground.options);
  }

  /** Asks again for those whom pods placed after them may have helped, until nobody gets on; returns who is left. */
  #placeLate(waiting: readonly Waiting[]): readonly Waiting[] {
    let left = waiting;
    for (;;) {
      const before = left.length;
      left = left
        .map((each) => {
          const isHopeless = each.version === this.#topology.version || !this.#seekerOf(each.shape).rules.mayEase;
          return isHopeless || this.#work.isSpent ? each : this.#place(each);
        })
        .filter((each) => each !== undefined);
      if (left.length === before) return left;
    }
  }

  /** Places the pod where there is all that `joint` asks for, or returns how each Provisioner falls short. */
  #seek(pod: PodDemand, seeker: Seeker, joint = seeker): readonly Miss[] | undefined {
    return this.#join(pod, seeker, joint) ? undefined : this.#openDraft(pod.uid, seeker, joint);
  }

  /** Puts the pod on a node that is there, or on one that is planned already. */
  #join({ uid: podUid, attachments }: PodDemand, seeker: Seeker, joint = seeker): boolean {
    const nodeName = this.#existing.place(seeker, attachments, joint);
    if (nodeName === undefined) {
      if (this.#manner !== 'first-fit' && this.#planned.addForNothing(podUid, seeker)) return true;
      if (this.#manner === 'frugal') return this.#planned.addCheaply(podUid, seeker, this.#priceOfNew(seeker));
      return this.#planned.add(podUid, seeker, joint);
    }
    this.#placements.push({ podUid, nodeName });
    return true;
  }

  /** Opens a node for the pod with the first Provisioner that can; returns how each falls short when none can. */
  #openDraft(podUid: string, seeker: Seeker, joint: Seeker): readonly Miss[] | undefined {
    const hostname = this.#planned.nextHostname;
    const misses: Miss[] = [];
    for (const provisioner of this.#provisioners) {
      if (this.#work.isSpent) return misses;
      this.#work.spend();
      const opening = provisioner.open(joint, hostname);
      if ('state' in opening) {
        this.#planned.launch(provisioner, opening, podUid, seeker);
        return undefined;
      }
      misses.push(opening);
    }
    return misses;
  }

  /** Domains that this plan opens and that its spread constraints did not count. */
  unforeseen(): UnforeseenDomains {
    return this.#topology.unforeseen((key) => this.#planned.differingBy(key));
  }

  plan(): Plan {
    const nodes = this.#planned.plan();
    const costNanoUsdPerHour = nodes.reduce((sum, node) => sum + (node.options[0]?.priceNanoUsdPerHour ?? 0), 0);
    return { placements: this.#placements, nodes, unplaced: this.#unplaced, costNanoUsdPerHour };
  }
}

/** Returns those that pass and those that do not. */
function parted<T>(all: readonly T[], passes: (each: T) => boolean): [T[], T[]] {
  const { yes = [], no = [] } = Object.groupBy(all, (each) => (passes(each) ? 'yes' : 'no'));
  return [yes, no];
}
