import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { standStill } from '../cluster/pause-story.ts';
import {
  type ReplicasGround,
  removeProvisioner,
  scaleInflate,
  startReplicasGround,
  untilSettled,
} from '../cluster/replicas-ground.ts';
import { BUYING, REMOVING } from '../cluster/replicas-sight.ts';

const START_MS_MAX = 600_000;
const TEST_MS_MAX = 600_000;
const STANDS_MS = 60_000;

describe('a leader that stands still for a minute, and goes on', () => {
  let ground: ReplicasGround;

  beforeAll(async () => {
    ground = await startReplicasGround();
  }, START_MS_MAX);

  afterAll(() => ground?.close());

  const moments = [
    ...BUYING.map((moment) => ({ moment, pods: 9, podsAfter: 20 })),
    ...REMOVING.map((moment) => ({ moment, pods: 0, podsAfter: 5 })),
  ];
  test.each(moments.map((each) => [each.moment.name, each] as const))(
    'leaves everything to its successor: stopped when %s',
    async (_, { moment, pods, podsAfter }) => {
      // Each begins with one node in use, so that there is something to remove, and something to buy.
      await scaleInflate(ground.cluster, 1);
      await untilSettled(ground.cluster, 1);
      const story = { pods, moment, standsMs: STANDS_MS, podsAfter };
      expect(await standStill(ground, story)).toEqual({ exitCode: 1, writes: [], awsEffects: [] });
    },
    TEST_MS_MAX,
  );

  test(
    'and nothing of ours is left when the pods and the Provisioner have gone',
    async () => {
      await scaleInflate(ground.cluster, 0);
      await untilSettled(ground.cluster, 0);
      expect(await removeProvisioner(ground.cluster)).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
