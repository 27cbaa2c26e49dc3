import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { standStill } from './pause-story.ts';
import {
  type ReplicasGround,
  removeProvisioner,
  scaleInflate,
  startReplicasGround,
  untilSettled,
} from './replicas-ground.ts';
import type { Moment } from './replicas-sight.ts';

const START_MS_MAX = 600_000;
const STEP_MS_MAX = 600_000;

/** Four times the lease's 15 s. */
const STANDS_MS = 60_000;

/** When leaders are stopped. */
export interface Pauses {
  /** While pods get nodes. */
  readonly buying: readonly Moment[];
  /** While empty nodes go. */
  readonly removing: readonly Moment[];
}

/** The story of a leader that stands still, once for each moment, while the other does its work. */
export function describePauses({ buying, removing }: Pauses): void {
  describe('a leader that stands still for a minute while the other takes over, and goes on', () => {
    let ground: ReplicasGround;

    beforeAll(async () => {
      ground = await startReplicasGround();
    }, START_MS_MAX);

    afterAll(() => ground?.close());

    const stories = [
      ...buying.map((moment) => ({ moment, pods: 9, podsAfter: 20 })),
      ...removing.map((moment) => ({ moment, pods: 0, podsAfter: 5 })),
    ];
    test.each(stories.map((story) => [story.moment.name, story] as const))(
      'leaves everything to its successor: stopped when %s',
      async (_moment, story) => {
        // Each begins with one node in use, so that there is something to remove, and something to buy.
        await scaleInflate(ground.cluster, 1);
        await untilSettled(ground.cluster, 1);
        const after = await standStill(ground, { ...story, standsMs: STANDS_MS });
        expect(after).toEqual({ exitCode: 1, writes: [], awsEffects: [] });
      },
      STEP_MS_MAX,
    );

    test(
      'and nothing of ours is left when the pods and the Provisioner have gone',
      async () => {
        await scaleInflate(ground.cluster, 0);
        await untilSettled(ground.cluster, 0);
        expect(await removeProvisioner(ground.cluster)).toEqual([]);
      },
      STEP_MS_MAX,
    );
  });
}
