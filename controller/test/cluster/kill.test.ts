import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { drawRounds } from './kill-rounds.ts';
import { playStep } from './kill-step.ts';
import { type ReplicasGround, removeProvisioner, startReplicasGround } from './replicas-ground.ts';

const START_MS_MAX = 600_000;
const STEP_MS_MAX = 600_000;
const KILLS = 6;
const SEED = 3;

describe('two replicas, of which whoever leads is killed at six seeded moments', () => {
  let ground: ReplicasGround;

  beforeAll(async () => {
    ground = await startReplicasGround();
  }, START_MS_MAX);

  afterAll(() => ground?.close());

  const steps = drawRounds(SEED, KILLS).flat();
  test.each(steps.map((step) => [step.pods, step.kill?.name ?? 'nobody is killed', step] as const))(
    'it comes to %i pods as if nothing had happened: %s',
    async (_pods, _moment, step) => {
      await playStep(ground, step);
    },
    STEP_MS_MAX,
  );

  test(
    'and the Provisioner goes when it is deleted, and nothing of ours is left',
    async () => {
      expect(await removeProvisioner(ground.cluster)).toEqual([]);
    },
    STEP_MS_MAX,
  );
});
