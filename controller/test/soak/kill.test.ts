import { describe, expect, test } from '@jest/globals';
import { createSeededRandom } from '../../sandbox/seeded-random.ts';
import { playUnderFire } from '../sandbox/story-under-fire.ts';

const KILLS = 20;
/** From the start of the controller until long after the first node is there. */
const MOMENT_MS_MAX = 12_000;

describe('the production process, killed at twenty seeded moments', () => {
  const random = createSeededRandom(20_261_125);
  const moments = Array.from({ length: KILLS }, () => random.integer(200, MOMENT_MS_MAX));

  test.each(moments)(
    'ends the story as if nothing had happened: killed after %i ms',
    async (ms) => {
      const startMs = Date.now();
      const moment = { name: `${ms} ms have passed`, hasCome: () => Date.now() - startMs >= ms };
      expect(await playUnderFire(moment)).toEqual([]);
    },
    240_000,
  );
});
