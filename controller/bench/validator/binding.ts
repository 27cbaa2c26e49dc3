import { createSeededRandom } from '../../sandbox/seeded-random.ts';
import { brokenRule, isMet, type Surroundings } from './binding-rules.ts';
import { exhaustiveOrder } from './exhaustive-order.ts';
import { type Assembly, announce, assemble, bindOne, harmOf, mayBind, type Party } from './parties.ts';
import type { PlacedPod, StandingNode, Violation } from './standing.ts';

/** A pod of the plan, on its way to its node. */
export interface Binding extends PlacedPod {
  readonly node: StandingNode;
}

/** An order in which kube-scheduler can bind a plan's pods to the nodes that they are planned for, and what is wrong with those left over. */
export interface BindingOrder {
  readonly bindings: readonly Binding[];
  readonly violations: readonly Violation[];
}

/** Orders that are tried. Of 2,867 random plans of eight pods that all orders proved right, none needed more. */
const TRIES_MAX = 40;
/** First tries follow the weights alone; they suffice for nearly all plans. */
const PLAIN_TRIES = 3;
/** With no more pods than this all orders are tried in the end: it goes one call deeper with each. */
const EXHAUSTIVE_PODS_MAX = 100;

/**
 * Seeks an order in which each pod may be bound where the plan has it. Spreads and affinities look at who is bound already, so of a good
 * plan many orders fail, and a plan does not say in which it was made. Next is one who is in nobody's way: who leaves no domain too crowded
 * for others that still have to go there. Where there is none it is whoever is least in the way. Who is left over has more weight and an
 * earlier turn in the next try; chance keeps tries from going round in a circle. Equal arguments give equal orders.
 */
export function findBindingOrder(nodes: readonly StandingNode[], surroundings: Surroundings): BindingOrder {
  const assembly = assemble(nodes, surroundings);
  const random = createSeededRandom(1).fork('binding order');
  const weights = new Map<Party, number>();
  let best: BindingOrder | undefined;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const turn = tries < PLAIN_TRIES ? () => 1 : () => random.next();
    const next = bindInTurn(assembly, weights, turn);
    if (next.violations.length === 0) return next;
    if (best === undefined || next.violations.length < best.violations.length) best = next;
  }
  const pods = assembly.parties.reduce((sum, { members }) => sum + members.length, 0);
  const order = pods > EXHAUSTIVE_PODS_MAX ? undefined : exhaustiveOrder(assembly);
  if (order !== undefined) return { bindings: bindingsOf(order), violations: [] };
  return best ?? { bindings: [], violations: [] };
}

/** One try: heavier parties come first, as far as `chance` lets them. Parties that are left over get heavier. */
function bindInTurn({ parties, tallies }: Assembly, weights: Map<Party, number>, chance: () => number): BindingOrder {
  for (const tally of tallies) tally.reset();
  const weightOf = (party: Party): number => weights.get(party) ?? 1;
  const turns = new Map(parties.map((party) => [party, weightOf(party) * chance()]));
  const inTurn = parties.toSorted((one, other) => (turns.get(other) ?? 0) - (turns.get(one) ?? 0));
  const left = new Map(inTurn.map((party) => [party, party.members.length]));
  for (const [party, count] of left) announce(party, count * weightOf(party));
  const order: Party[] = [];
  const bind = (party: Party): void => {
    const count = left.get(party) ?? 0;
    if (count > 1) left.set(party, count - 1);
    else left.delete(party);
    announce(party, -weightOf(party));
    bindOne(party);
    order.push(party);
  };
  for (let next: Party | undefined; ; bind(next)) {
    while (bindHarmless(left, bind));
    next = leastHarmful(left.keys());
    if (next === undefined) break;
  }
  for (const party of left.keys()) weights.set(party, weightOf(party) + 1);
  return { bindings: bindingsOf(order), violations: [...left].flatMap(([party, count]) => leftOver(party, count)) };
}

/** Binds those who are in nobody's way when their turn comes; returns whether there was one. */
function bindHarmless(left: ReadonlyMap<Party, number>, bind: (party: Party) => void): boolean {
  let hasBound = false;
  for (const party of [...left.keys()]) {
    while (left.has(party) && mayBind(party) && harmOf(party) === 0) {
      bind(party);
      hasBound = true;
    }
  }
  return hasBound;
}

function leastHarmful(parties: Iterable<Party>): Party | undefined {
  let least: Party | undefined;
  let leastHarm = Number.POSITIVE_INFINITY;
  for (const party of parties) {
    const harm = harmOf(party);
    if (harm >= leastHarm || !mayBind(party)) continue;
    least = party;
    leastHarm = harm;
  }
  return least;
}

/** The members' bindings, where the order names each party as often as it has members. */
function bindingsOf(order: readonly Party[]): Binding[] {
  const bound = new Map<Party, number>();
  return order.flatMap((party) => {
    const count = bound.get(party) ?? 0;
    bound.set(party, count + 1);
    return party.members.slice(count, count + 1).map((placed) => ({ ...placed, node: party.node }));
  });
}

function leftOver({ node, members, rules }: Party, count: number): Violation[] {
  const broken = rules.find((rule) => !isMet(rule, node));
  if (broken === undefined) return [];
  return members.slice(-count).map(({ path, pod }) => ({ path, ...brokenRule(broken, pod) }));
}
