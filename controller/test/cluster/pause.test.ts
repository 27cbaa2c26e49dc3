import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { standStill } from './pause-story.ts';
import {
  type ReplicasGround,
  removeProvisioner,
  scaleInflate,
  startReplicasGround,
  untilSettled,
} from './replicas-ground.ts';
import { FLEET_ASKED, MACHINE_DYING } from './replicas-sight.ts';

const START_MS_MAX = 600_000;
const TEST_MS_MAX = 600_000;
/** More than the lease's 15 s and the candidates' pace; the soak stands for a minute. */
const STANDS_MS = 25_000;
const HARMLESS = { exitCode: 1, writes: [], awsEffects: [] };

describe('a leader that stands still while the other takes over, and goes on', () => {
  let ground: ReplicasGround;

  beforeAll(async () => {
    ground = await startReplicasGround();
  }, START_MS_MAX);

  afterAll(() => ground?.close());

  test(
    'in the middle of a purchase: it buys and writes nothing more, and ends',
    async () => {
      const story = { pods: 9, moment: FLEET_ASKED, standsMs: STANDS_MS, podsAfter: 20 };
      expect(await standStill(ground, story)).toEqual(HARMLESS);
    },
    TEST_MS_MAX,
  );

  test(
    'in the middle of a removal: it ends and deletes nothing more, and ends',
    async () => {
      const story = { pods: 0, moment: MACHINE_DYING, standsMs: STANDS_MS, podsAfter: 5 };
      expect(await standStill(ground, story)).toEqual(HARMLESS);
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
