import { type Assembly, bindOne, harmOf, mayBind, type Party, unbindOne } from './parties.ts';

/** Questions whether somebody may be bound: a second or two. Enough for all orders of a dozen pods that are in each other's way. */
const QUESTIONS_MAX = 1_000_000;

/**
 * An order of all parties' members in which each may be bound when its turn comes, found by trying all orders; undefined when there is
 * none, and when it was not found within reach, which with more than a dozen pods may well be.
 */
export function exhaustiveOrder({ parties, tallies }: Assembly): readonly Party[] | undefined {
  for (const tally of tallies) tally.reset();
  const left = parties.map(({ members }) => members.length);
  const order: Party[] = [];
  const deadEnds = new Set<string>();
  let questions = 0;

  const take = (index: number, party: Party): void => {
    left[index] = (left[index] ?? 0) - 1;
    order.push(party);
    bindOne(party);
  };
  const giveBack = (index: number, party: Party): void => {
    unbindOne(party);
    order.pop();
    left[index] = (left[index] ?? 0) + 1;
  };
  const isWithinReach = (): boolean => {
    const key = left.join();
    if (left.every((count) => count === 0)) return true;
    if (deadEnds.has(key)) return false;
    deadEnds.add(key);
    questions += parties.length;
    const open = [...parties.entries()].filter(([index, party]) => (left[index] ?? 0) > 0 && mayBind(party));
    // Who counts nowhere changes nothing for anybody.
    const bystander = open.find(([, { counts }]) => counts.length === 0);
    const choices =
      bystander === undefined ? open.toSorted(([, one], [, other]) => harmOf(one) - harmOf(other)) : [bystander];
    for (const [index, party] of choices) {
      if (questions > QUESTIONS_MAX) return false;
      take(index, party);
      if (isWithinReach()) return true;
      giveBack(index, party);
    }
    return false;
  };
  return isWithinReach() ? order : undefined;
}
