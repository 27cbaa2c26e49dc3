import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { drawRounds } from './kill-rounds.ts';
import { playStep } from './kill-step.ts';
import { type ReplicasGround, removeProvisioner, startReplicasGround } from './replicas-ground.ts';

const START_MS_MAX = 600_000;
const STEP_MS_MAX = 600_000;

/** The story of pods that come and go, in which whoever leads two replicas is killed so many times, at moments that the seed draws. */
export function describeKills({ kills, seed }: { readonly kills: number; readonly seed: number }): void {
  describe(`two replicas on a real control plane, of which whoever leads is killed at ${kills} seeded moments`, () => {
    let ground: ReplicasGround;

    beforeAll(async () => {
      ground = await startReplicasGround();
    }, START_MS_MAX);

    afterAll(() => ground?.close());

    const steps = drawRounds(seed, kills).flat();
    test.each(steps.map((step, index) => [index + 1, step.pods, step.kill?.name ?? 'nobody is killed', step] as const))(
      'step %i comes to %i pods as if nothing had happened: %s',
      async (_number, _pods, _moment, step) => {
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
}
