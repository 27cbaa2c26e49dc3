import type { Step } from './kill-rounds.ts';
import type { Replica } from './replicas.ts';
import { type ReplicasGround, scaleInflate, untilSettled } from './replicas-ground.ts';
import { startLooking } from './replicas-sight.ts';

/** Plays one step to its end, the kill included. Rejects when it does not come, or when something is wrong then. */
export async function playStep(ground: ReplicasGround, { pods, kill }: Step): Promise<void> {
  const { cluster, replicas } = ground;
  const untilMoment = await startLooking(cluster, replicas);
  await scaleInflate(cluster, pods);
  const victim = kill === undefined ? undefined : await killLeader(ground, untilMoment(kill));
  // The next life begins while its successor works.
  await Promise.all([victim?.start(), untilSettled(cluster, pods)]);
}

/** Kills whoever leads when the moment has come; resolves with the dead one when another leads. */
async function killLeader({ replicas }: ReplicasGround, momentCame: Promise<unknown>): Promise<Replica> {
  await momentCame;
  const victim = await replicas.untilLed();
  await victim.kill();
  await replicas.untilLed(victim);
  return victim;
}
