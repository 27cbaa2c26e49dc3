/** The best score that a node can get for one thing. */
export const SCORE_MAX = 100;

/** Amounts from 0 up as whole shares of the greatest, which gets all; none when all are 0. */
export function shareOfBest(amounts: readonly number[]): readonly number[] {
  const greatest = Math.max(0, ...amounts);
  return amounts.map((amount) => (greatest === 0 ? 0 : Math.trunc((SCORE_MAX * amount) / greatest)));
}
