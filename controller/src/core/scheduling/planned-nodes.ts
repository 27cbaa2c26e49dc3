import type { Leeway } from './domain-choice.ts';
import { DraftOrder } from './draft-order.ts';
import { DraftsByDomain } from './drafts-by-domain.ts';
import { type DraftVerdict, NodeDraft } from './node-draft.ts';
import type { PlannedNode } from './plan.ts';
import type { ProvisionerDraft } from './provisioner-draft.ts';
import type { Seeker } from './seeker.ts';
import { Thrift } from './thrift.ts';
import type { WorkBudget } from './work-budget.ts';

/** The nodes of one plan while they fill up. */
export class PlannedNodes {
  /** In the order in which they were opened. */
  readonly #drafts: NodeDraft[] = [];
  readonly #order: DraftOrder;
  readonly #byDomain: DraftsByDomain;
  readonly #work: WorkBudget;
  readonly #thrift = new Thrift(this.#drafts);

  /** `podsMax` is how many pods one node may get; `keys` are the labels that rules between pods look at. */
  constructor({
    podsMax,
    keys,
    work,
  }: {
    readonly podsMax: number;
    readonly keys: Iterable<string>;
    readonly work: WorkBudget;
  }) {
    this.#order = new DraftOrder(podsMax);
    this.#byDomain = new DraftsByDomain(keys);
    this.#work = work;
  }

  /** A hostname for the next node, which is nobody else's: no label value has a space. */
  get nextHostname(): string {
    return `planned node ${this.#drafts.length + 1}`;
  }

  /** Opens a node with its first pod. */
  launch(provisioner: ProvisionerDraft, opening: Leeway, podUid: string, seeker: Seeker): NodeDraft {
    this.#byDomain.note(this.#drafts.length, opening.state);
    const draft = new NodeDraft(provisioner, opening, this.nextHostname, podUid, seeker);
    this.#drafts.push(draft);
    this.#order.add();
    this.#thrift.note(this.#drafts.length - 1);
    return draft;
  }

  /** Puts the pod on the node with the fewest pods that takes it, as `joint` asks; the older one of equals; false when none does. */
  add(podUid: string, seeker: Seeker, joint = seeker): boolean {
    return this.#take(joint, (draft) => draft.add([podUid], seeker, joint));
  }

  /** The same, on a node that does not become dearer by it. */
  addForNothing(podUid: string, seeker: Seeker): boolean {
    const dear = this.#thrift.dearTo(seeker);
    const ask = (draft: NodeDraft, index: number): DraftVerdict => {
      const surcharge = this.#thrift.mayJoin(index, seeker.amounts) ? draft.surcharge(seeker) : 1;
      if (typeof surcharge === 'string') return surcharge;
      if (surcharge === 0) return draft.add([podUid], seeker);
      dear.add(index);
      return 'not-now';
    };
    return this.#take(seeker, ask, dear.words);
  }

  /** Puts the pod where it makes a node the least dearer, the older one of equals, if that is by less than `priceMax`; false when it is not. */
  addCheaply(podUid: string, seeker: Seeker, priceMax: number): boolean {
    let cheapest: number | undefined;
    let least = priceMax;
    this.#firstTaker(seeker, (draft, index) => {
      const surcharge = draft.surcharge(seeker);
      if (typeof surcharge === 'string') return surcharge;
      if (surcharge < least) [least, cheapest] = [surcharge, index];
      return 'not-now';
    });
    if (cheapest === undefined) return false;
    (this.#drafts[cheapest] as NodeDraft).add([podUid], seeker);
    this.#grow(cheapest, 1);
    return true;
  }

  /** Puts the pods, which are of one shape, on the node opened last, if it takes them together. */
  addToLatest(podUids: readonly string[], seeker: Seeker): boolean {
    if (podUids.length === 0) return true;
    const index = this.#drafts.length - 1;
    if (this.#drafts[index]?.add(podUids, seeker) !== 'admitted') return false;
    this.#grow(index, podUids.length);
    return true;
  }

  /** By how much the node that `add` would choose would become dearer; undefined when none takes the pod. */
  surchargeOf(seeker: Seeker): number | undefined {
    let found: number | undefined;
    this.#firstTaker(seeker, (draft) => {
      const surcharge = draft.surcharge(seeker);
      if (typeof surcharge === 'string') return surcharge;
      found = surcharge;
      return 'admitted';
    });
    return found;
  }

  /** From now on the nodes take only pods for which they need not become dearer. */
  freeze(): void {
    for (const draft of this.#drafts) draft.freeze();
  }

  /** The nodes, but of those of which the same is decided, the label's value included, only one. */
  differingBy(key: string): readonly NodeDraft[] {
    return [...new Map(this.#drafts.map((draft) => [draft.decisionOf(key), draft])).values()];
  }

  /** The finished nodes. */
  plan(): PlannedNode[] {
    return this.#drafts.map((draft) => draft.plan());
  }

  #take(seeker: Seeker, ask: (draft: NodeDraft, index: number) => DraftVerdict, leftOut?: readonly number[]): boolean {
    const taker = this.#firstTaker(seeker, ask, leftOut);
    if (taker === undefined) return false;
    this.#grow(taker, 1);
    return true;
  }

  #firstTaker(
    seeker: Seeker,
    ask: (draft: NodeDraft, index: number) => DraftVerdict,
    leftOut: readonly number[] = [],
  ): number | undefined {
    const { rules, refusedByDrafts: refusals, barred } = seeker;
    const barredNow = this.#byDomain.barredBy(rules, leftOut);
    return this.#order.find({ refusals, barred, barredNow }, (index) => {
      if (this.#work.isSpent) return false;
      this.#work.spend();
      const verdict = ask(this.#drafts[index] as NodeDraft, index);
      if (verdict === 'never') refusals.add(index);
      if (verdict === 'barred') barred.add(index);
      return verdict === 'admitted';
    });
  }

  /** Takes note of the pods that a node has taken. */
  #grow(index: number, count: number): void {
    const draft = this.#drafts[index] as NodeDraft;
    this.#order.grow(index, draft.podUids.length - count, draft.podUids.length);
    this.#byDomain.note(index, draft.state);
    this.#thrift.note(index);
  }
}
