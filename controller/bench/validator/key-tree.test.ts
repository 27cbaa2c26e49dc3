import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyTree } from './key-tree.ts';

const key = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(Number.POSITIVE_INFINITY));

test('a tree of keys finds what going through all of them finds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.tuple(fc.nat({ max: 8 }), key)), (length, settings) => {
      const tree = new KeyTree(length);
      const keys = Array.from({ length }, () => Number.POSITIVE_INFINITY);
      for (const [at, each] of settings) {
        tree.set(at % length, each);
        keys[at % length] = each;
        const least = Math.min(...keys);
        expect(tree.firstOfLeast()).toBe(least === Number.POSITIVE_INFINITY ? undefined : keys.indexOf(least));
        for (let from = 0; from <= length; from++) {
          const found = keys.findIndex((one, position) => position >= from && one <= 1);
          expect(tree.firstAtMost(1, from)).toBe(found < 0 ? undefined : found);
        }
      }
    }),
    { seed: 5 },
  );
});
