import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type FillQuestion, fullestNode } from './fullest-node.ts';

const STEPS_MAX = 1_000_000;

/** The worth of the best filling: every one is tried. */
function mostWorth({ values, weights, room, counts }: FillQuestion, shape = 0, left = room): number {
  if (shape === values.length) return 0;
  let best = 0;
  for (let count = 0; count <= (counts[shape] ?? 0); count++) {
    const rest = left.map((amount, resource) => amount - count * (weights[resource]?.[shape] ?? 0));
    if (rest.some((amount) => amount < 0)) break;
    const others = mostWorth({ values, weights, room, counts, worthMin: 0 }, shape + 1, rest);
    best = Math.max(best, count * (values[shape] ?? 0) + others);
  }
  return best;
}

const drawn = fc
  .array(
    fc.record({
      value: fc.integer({ min: 0, max: 30 }),
      cpu: fc.integer({ min: 0, max: 9 }),
      memory: fc.integer({ min: 0, max: 9 }),
      count: fc.integer({ min: 0, max: 4 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .chain((shapes) =>
    fc.tuple(fc.nat({ max: 25 }), fc.nat({ max: 25 })).map(
      (room): FillQuestion => ({
        values: shapes.map(({ value }) => value),
        weights: [shapes.map(({ cpu }) => cpu), shapes.map(({ memory }) => memory)],
        room,
        counts: shapes.map(({ count }) => count),
        worthMin: 0,
      }),
    ),
  );

describe('the fullest node', () => {
  test('is worth as much as the best of all fillings, and says that none is worth more', () => {
    fc.assert(
      fc.property(drawn, (question) => {
        const fill = fullestNode(question, STEPS_MAX);
        const want = mostWorth(question);
        expect(fill.value).toBeCloseTo(want, 9);
        expect(fill.valueMax).toBeGreaterThanOrEqual(want);
        expect(fill.valueMax).toBeLessThanOrEqual(want + 0.001);
        for (const [resource, room] of question.room.entries()) {
          const used = fill.counts.reduce(
            (sum, count, shape) => sum + count * (question.weights[resource]?.[shape] ?? 0),
            0,
          );
          expect(used).toBeLessThanOrEqual(room);
        }
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  test('never claims too little when its search is cut short', () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 20 }), (question, stepsMax) => {
        expect(fullestNode(question, stepsMax).valueMax).toBeGreaterThanOrEqual(mostWorth(question) - 1e-9);
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  test('is empty when no filling is of interest', () => {
    const question = { values: [3], weights: [[2]], room: [9], counts: [9], worthMin: 12 };
    expect(fullestNode(question, STEPS_MAX)).toMatchObject({ counts: [0], value: 0 });
    expect(fullestNode({ ...question, worthMin: 11 }, STEPS_MAX)).toMatchObject({ counts: [4], value: 12 });
  });
});
