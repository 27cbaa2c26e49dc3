import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { createSeededRandom } from '../../sandbox/seeded-random.ts';
import { throughout, until } from '../until.ts';
import type { FrontRequest } from './fault-front.ts';
import {
  type FaultGround,
  type FaultStory,
  LOOK_EVERY_MS,
  MACHINES,
  MACHINES_WANTED,
  PODS,
  REPLICAS,
  SEED,
  STEP_MS_MAX,
  untilMachines,
} from './fault-ground.ts';

/** How long CreateFleet takes where pods must find Machines on their way; a watch event takes some milliseconds. */
const LAUNCH_MS = 5_000;
/** Of which so much is looked at: a plan comes within a second of its pods. */
const LOOK_MS = 3_500;
/** Between two cuts. */
const CUT_MS_MAX = 300;
/** S1 was seen with deletions 0.3 to 1.5 s after the creation. */
const DELETION_MS_MAX = 1_500;

/** What watches do to a controller, and what must come of it. */
export const WATCH_FAULTS: readonly FaultStory[] = [
  { name: 'watches that are cut at moments of chance lose nothing', isSurvived: true, play: cut },
  // S1: https://github.com/kubernetes-sigs/karpenter/issues/3176
  { name: 'Machines that are deleted right after their creation hold up nobody', isSurvived: true, play: deleteEarly },
  // P1: https://github.com/aws/karpenter-provider-aws/issues/7800
  {
    name: 'pods that are listed again while their Machines are being made get them once',
    isSurvived: true,
    play: relist,
  },
  {
    name: 'Machines count whose creation was never answered, and that no watch shows',
    isSurvived: true,
    play: loseAnswers,
  },
  // S9
  { name: 'a list from before neither doubles nor removes', isSurvived: true, play: listOldState },
  {
    name: 'watches that say nothing any more, on connections that stay open, are found out',
    isSurvived: true,
    play: silence,
  },
];

async function cut(ground: FaultGround): Promise<void> {
  const random = createSeededRandom(SEED);
  const over = new AbortController();
  const cutting = (async () => {
    while (!over.signal.aborted) {
      const open = ground.front.watches();
      open[random.integer(0, open.length - 1)]?.cut();
      await delay(random.integer(0, CUT_MS_MAX));
    }
  })();
  for (const replicas of [REPLICAS, 2, REPLICAS + 2]) {
    await ground.scale(replicas);
    await ground.untilRunning(replicas);
  }
  over.abort();
  await cutting;
}

async function deleteEarly(ground: FaultGround): Promise<void> {
  const random = createSeededRandom(SEED);
  const deletions = new Map<string, Promise<unknown>>();
  const deleteNewOnes = async () => {
    for (const { metadata } of await ground.machines()) {
      // By UID: for the same pods the same name comes again.
      const { name, uid = '' } = metadata;
      if (deletions.has(uid)) continue;
      const path = `${MACHINES}/${name}`;
      const deletion = delay(random.integer(0, DELETION_MS_MAX)).then(() => ground.request('DELETE', path));
      deletions.set(uid, deletion);
    }
    return deletions.size;
  };
  await ground.scale(REPLICAS);
  const areEnough = (count: number) => count >= 3 * MACHINES_WANTED;
  await until('Machines were deleted', deleteNewOnes, areEnough, STEP_MS_MAX, LOOK_EVERY_MS);
  await Promise.all(deletions.values());
  await ground.untilRunning(REPLICAS);
}

async function relist(ground: FaultGround): Promise<void> {
  const wantLaunches = ground.launches() + MACHINES_WANTED;
  ground.cluster.model.faults.awsDelayMs = LAUNCH_MS;
  const isOver = Promise.withResolvers<void>();
  ground.front.fate = (request) => (isCreation(request) ? { kind: 'answer-late', until: isOver.promise } : undefined);
  for (const watch of watchesOf(ground, MACHINES)) watch.silence();
  await ground.scale(REPLICAS);
  await untilMachines(ground, MACHINES_WANTED);
  for (const watch of watchesOf(ground, PODS)) watch.expire();
  await neverMore(ground);
  isOver.resolve();
  for (const watch of watchesOf(ground, MACHINES)) watch.cut();
  await untilServed(ground, wantLaunches);
}

async function loseAnswers(ground: FaultGround): Promise<void> {
  const wantLaunches = ground.launches() + MACHINES_WANTED;
  ground.cluster.model.faults.awsDelayMs = LAUNCH_MS;
  ground.front.fate = (request) => (isCreation(request) ? { kind: 'answer-lost' } : undefined);
  for (const watch of watchesOf(ground, MACHINES)) watch.silence();
  await ground.scale(REPLICAS);
  await untilMachines(ground, MACHINES_WANTED);
  ground.front.fate = () => undefined;
  await replacePods(ground);
  await neverMore(ground);
  for (const watch of watchesOf(ground, MACHINES)) watch.cut();
  await untilServed(ground, wantLaunches);
}

async function listOldState(ground: FaultGround): Promise<void> {
  const wantLaunches = ground.launches() + MACHINES_WANTED;
  const { body: before } = await ground.request('GET', MACHINES);
  ground.cluster.model.faults.awsDelayMs = LAUNCH_MS;
  await ground.scale(REPLICAS);
  const ordered = await untilMachines(ground, MACHINES_WANTED);
  const isOver = Promise.withResolvers<void>();
  ground.front.fate = ({ method, path, isWatch }) => {
    if (path !== MACHINES || method !== 'GET') return undefined;
    return isWatch ? { kind: 'answer-late', until: isOver.promise } : { kind: 'answered', status: 200, body: before };
  };
  for (const watch of watchesOf(ground, MACHINES)) watch.expire();
  await replacePods(ground);
  await neverMore(ground);
  ground.front.fate = () => undefined;
  isOver.resolve();
  await untilServed(ground, wantLaunches);
  expect((await ground.machines()).map(({ metadata }) => metadata.uid)).toEqual(
    ordered.map(({ metadata }) => metadata.uid),
  );
}

async function silence(ground: FaultGround): Promise<void> {
  await ground.scale(REPLICAS);
  const before = await ground.untilRunning(REPLICAS);
  ground.front.silenceConnections();
  await ground.scale(REPLICAS + 3);
  // Nothing that ran before was touched because nothing was heard of it.
  expect(await ground.untilRunning(REPLICAS + 3)).toEqual(expect.arrayContaining([...before]));
}

function watchesOf(ground: FaultGround, path: string) {
  return ground.front.watches().filter((watch) => watch.path === path);
}

/** Other pods of the same size: a plan that does not know what is on its way gives them Machines of other names. */
async function replacePods(ground: FaultGround): Promise<void> {
  await ground.cluster.controlPlane.kubectl('delete', 'pods', '--all', '--namespace=default', '--wait=false');
}

async function neverMore(ground: FaultGround): Promise<void> {
  const names = async () => (await ground.machines()).map(({ metadata }) => metadata.name);
  await throughout('no Machine more', names, (all) => all.length <= MACHINES_WANTED, LOOK_MS);
}

async function untilServed(ground: FaultGround, wantLaunches: number): Promise<void> {
  await ground.untilRunning(REPLICAS);
  await ground.untilSettled();
  expect(ground.launches()).toBe(wantLaunches);
}

function isCreation({ method, path }: FrontRequest): boolean {
  return method === 'POST' && path === MACHINES;
}
