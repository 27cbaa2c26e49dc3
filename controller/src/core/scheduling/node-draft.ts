import { firstTakenPort, type HostPort } from '../host-port.ts';
import { HOSTNAME_KEY } from '../label-keys.ts';
import { addResources, amountOf } from '../resources.ts';
import { type DecidedVerdict, decideDomains, judgeDecided, type Leeway } from './domain-choice.ts';
import type { LabelState } from './label-state.ts';
import type { Held } from './limit-ledger.ts';
import type { PlannedNode } from './plan.ts';
import type { PodShape } from './pod-shape.ts';
import type { ProvisionerDraft } from './provisioner-draft.ts';
import type { Seeker } from './seeker.ts';
import type { NodeFilter, Standing } from './standing.ts';
import { intersection, type TypeSet } from './type-set.ts';

/** What a planned node says to a pod: `never` when no pod of the shape will fit it at any time. */
export type DraftVerdict = DecidedVerdict | 'never';

/** What becomes of a planned node when a pod joins it, or why it does not. */
type Fit = Leeway | Exclude<DraftVerdict, 'admitted'>;

/** A planned node that is filling up. Each pod narrows what is decided of it and its types; nothing ever widens them. */
export class NodeDraft implements Standing {
  readonly podUids: string[] = [];
  readonly #provisioner: ProvisionerDraft;
  readonly #hostname: string;
  #leeway: Leeway;
  #held: Held;
  /** How many pods of each shape it has. */
  readonly #shapes = new Map<PodShape, number>();
  /** What they request together, by axis. */
  readonly #requested: number[] = [];
  /** Ports of its pods. */
  readonly #hostPorts: HostPort[] = [];
  /** Its cheapest types, as long as its leeway is this one. */
  #cheapest: { readonly leeway: Leeway; readonly types: readonly number[] } | undefined;
  /** Set once it is frozen. */
  #priceMax: number | undefined;

  /** A node with its first pod and its share of the limits, that starts as `opening`. No other node may have this hostname. */
  constructor(provisioner: ProvisionerDraft, opening: Leeway, hostname: string, podUid: string, seeker: Seeker) {
    this.#provisioner = provisioner;
    this.#hostname = hostname;
    this.#leeway = opening;
    this.#held = provisioner.ledger.hold(opening.left);
    this.#take([podUid], seeker);
  }

  /**
   * Takes the pods, which are of one shape, if they fit together and the rules let them, and says what came of it. With `joint` it is asked
   * for more than it takes: what comes later with the pods is to fit too.
   */
  add(podUids: readonly string[], seeker: Seeker, joint = seeker): DraftVerdict {
    const fit = this.#fit(joint, podUids.length);
    if (typeof fit === 'string') return fit;
    if (this.#priceMax !== undefined && fit.state.cheapest(fit.left) > this.#priceMax) return 'never';
    if (fit.left !== this.#leeway.left) this.#held = this.#provisioner.ledger.shrink(this.#held, fit.left);
    this.#leeway = fit;
    this.#take(podUids, seeker);
    return 'admitted';
  }

  /** By how much it would become dearer with the pod, or why it does not take it. */
  surcharge(seeker: Seeker): number | Exclude<DraftVerdict, 'admitted'> {
    const fit = this.#fit(seeker, 1);
    if (typeof fit === 'string') return fit;
    const price = fit.state.cheapest(fit.left);
    if (this.#priceMax !== undefined && price > this.#priceMax) return 'never';
    return price - this.#leeway.state.cheapest(this.#leeway.left);
  }

  /** How much more of the resource its cheapest types hold. */
  slack(axis: number, name: string): number {
    const leeway = this.#leeway;
    if (this.#cheapest?.leeway !== leeway) {
      this.#cheapest = { leeway, types: leeway.state.cheapestTypes(leeway.left) };
    }
    const room = this.#provisioner.market.index.room(name);
    const most = this.#cheapest.types.reduce((max, position) => Math.max(max, room.of(position)), 0);
    return most - (this.#requested[axis] ?? 0);
  }

  /** From now on it takes only pods for which it need not become dearer. */
  freeze(): void {
    this.#priceMax = this.#leeway.state.cheapest(this.#leeway.left);
  }

  #take(podUids: readonly string[], { shape, amounts, rules }: Seeker): void {
    const count = podUids.length;
    for (const { axis, amount } of amounts) this.#requested[axis] = (this.#requested[axis] ?? 0) + amount * count;
    this.#shapes.set(shape, (this.#shapes.get(shape) ?? 0) + count);
    for (const podUid of podUids) {
      this.#hostPorts.push(...shape.hostPorts);
      this.podUids.push(podUid);
      rules.count(this);
    }
  }

  #fit(seeker: Seeker, count: number): Fit {
    const { shape, rules } = seeker;
    const { state } = this.#leeway;
    if (!this.#provisioner.market.isTolerated(shape)) return 'never';
    if (firstTakenPort(shape.hostPorts, this.#hostPorts) !== undefined) return 'never';
    const verdict = judgeDecided(rules, state, this.#hostname);
    if (verdict !== 'admitted') return verdict;
    const roomy = this.#roomyTypes(seeker, count);
    if (roomy === undefined) return 'never';
    let fit: Fit = 'never';
    for (const wanted of shape.alternatives) {
      const joined = state.joined(wanted);
      const left = joined && joined.types === state.types ? roomy : joined && intersection(roomy, joined.types);
      if (joined === undefined || left === undefined) continue;
      const decided = decideDomains(rules, { state: joined, left });
      if (decided !== undefined) return decided;
      fit = 'not-now';
    }
    return fit;
  }

  /** The types that would still hold its pods with so many more of this shape. */
  #roomyTypes({ shape, amounts }: Seeker, count: number): TypeSet | undefined {
    const { market } = this.#provisioner;
    let left: TypeSet | undefined = this.#leeway.left;
    for (const { axis, name, amount } of amounts) {
      left = market.withRoom(name, (this.#requested[axis] ?? 0) + amount * count, left);
      if (left === undefined) return undefined;
    }
    return market.withFreePorts(shape, left);
  }

  domains(key: string): readonly string[] | undefined {
    return key === HOSTNAME_KEY ? [this.#hostname] : this.#leeway.state.domains(key, this.#leeway.left);
  }

  /** What is decided of its labels. */
  get state(): LabelState {
    return this.#leeway.state;
  }

  /** Equal for nodes of which the same is decided, the label's value included; where that is open, for this node only. */
  decisionOf(key: string): object {
    const { state } = this.#leeway;
    return state.onlyValue(key) === undefined ? this : state;
  }

  passes(filter: NodeFilter): 'surely' | 'possibly' | 'never' {
    return this.#leeway.state.passes(filter, this.#leeway.left);
  }

  /** The finished node. */
  plan(): PlannedNode {
    const { market } = this.#provisioner;
    const { overhead, ...purchase } = market.purchase(this.#leeway);
    const requested: Record<string, number> = {};
    for (const [{ requests }, count] of this.#shapes) {
      for (const name in requests) requested[name] = amountOf(requested, name) + amountOf(requests, name) * count;
    }
    return {
      provisionerName: market.model.name,
      requirements: this.#leeway.state.requirements,
      podUids: this.podUids,
      requests: addResources(requested, overhead),
      ...purchase,
    };
  }
}
