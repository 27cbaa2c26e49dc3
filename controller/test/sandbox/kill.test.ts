import { describe, expect, test } from '@jest/globals';
import { MOMENTS, playUnderFire } from './story-under-fire.ts';

describe('the production process, killed with SIGKILL and started again', () => {
  test.each(MOMENTS.map((moment) => [moment.name, moment] as const))(
    'ends the story as if nothing had happened: killed when %s',
    async (_, moment) => {
      expect(await playUnderFire(moment)).toEqual([]);
    },
    240_000,
  );
});
