import { createSeededRandom } from '../../sandbox/seeded-random.ts';
import { brokenRule, isMet, type Surroundings } from './binding-rules.ts';
import { exhaustiveOrder } from './exhaustive-order.ts';
import { LineUp } from './line-up.ts';
import { type Assembly, assemble, type Party } from './parties.ts';
import { Prospects } from './prospects.ts';
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
/** Tries that follow the plan's own order: plans of the diverse mix took one for 5,000 pods and six for 20,000. */
const PLANNED_TRIES = 10;
/** First tries follow the weights alone; they suffice for nearly all plans. */
const PLAIN_TRIES = 3;
/** With no more pods than this all orders are tried in the end: it goes one call deeper with each. */
const EXHAUSTIVE_PODS_MAX = 100;

/**
 * Seeks an order in which each pod may be bound where the plan has it. Spreads and affinities look at who is bound already, so of a good
 * plan many orders fail. First it follows the order in which the plan names each node's pods, which says nothing of pods on different nodes.
 * Then it seeks one by itself. Next is one who is in nobody's way: who leaves no domain too crowded for others that still have to go there.
 * Where there is none it is whoever is least in the way. Who is left over has more weight and an earlier turn in the next try; chance keeps
 * tries from going round in a circle. Equal arguments give equal orders.
 */
export function findBindingOrder(nodes: readonly StandingNode[], surroundings: Surroundings): BindingOrder {
  const assembly = assemble(nodes, surroundings);
  const random = createSeededRandom(1).fork('binding order');
  const asPlanned = bindAsPlanned(assembly);
  if (asPlanned !== undefined) return asPlanned;
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

/**
 * Follows the order in which the plan names each node's pods, as far as it says who is next; nodes that do not get to the end are in more of a hurry
 * in the next try. Undefined when that leads nowhere.
 */
function bindAsPlanned({ parties, tallies }: Assembly): BindingOrder | undefined {
  const hurry = new Map<StandingNode, number>();
  for (let tries = 0; tries < PLANNED_TRIES; tries++) {
    for (const tally of tallies) tally.reset();
    const prospects = new Prospects(parties, { weightOf: () => 1, lineUp: new LineUp(parties, hurry) });
    const order: Party[] = [];
    for (let next = prospects.leastHarmful(); next !== undefined; next = prospects.leastHarmful()) {
      prospects.bind(next);
      order.push(parties[next] as Party);
    }
    const late = new Set(parties.filter((_, position) => prospects.leftOf(position) > 0).map(({ node }) => node));
    if (late.size === 0) return { bindings: bindingsOf(order), violations: [] };
    for (const node of late) hurry.set(node, (hurry.get(node) ?? 0) + 1);
  }
  return undefined;
}

/** One try: heavier parties come first, as far as `chance` lets them. Parties that are left over get heavier. */
function bindInTurn({ parties, tallies }: Assembly, weights: Map<Party, number>, chance: () => number): BindingOrder {
  for (const tally of tallies) tally.reset();
  const weightOf = (party: Party): number => weights.get(party) ?? 1;
  const turns = new Map(parties.map((party) => [party, weightOf(party) * chance()]));
  const inTurn = parties.toSorted((one, other) => (turns.get(other) ?? 0) - (turns.get(one) ?? 0));
  const prospects = new Prospects(inTurn, { weightOf });
  const order = inOrder(prospects).map((position) => inTurn[position] as Party);
  const left = inTurn.flatMap((party, position) => {
    const count = prospects.leftOf(position);
    return count === 0 ? [] : [{ party, count }];
  });
  for (const { party } of left) weights.set(party, weightOf(party) + 1);
  return { bindings: bindingsOf(order), violations: left.flatMap(({ party, count }) => leftOver(party, count)) };
}

/** Binds whom it can, in rounds: all who are in nobody's way when their turn comes, or else one of those who are least. */
function inOrder(prospects: Prospects): number[] {
  const order: number[] = [];
  const bind = (position: number): void => {
    prospects.bind(position);
    order.push(position);
  };
  for (;;) {
    let [next, hasBound] = [prospects.firstHarmless(0), false];
    for (; next !== undefined; next = prospects.firstHarmless(next)) {
      bind(next);
      hasBound = true;
    }
    if (hasBound) continue;
    next = prospects.leastHarmful();
    if (next === undefined) return order;
    bind(next);
  }
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
