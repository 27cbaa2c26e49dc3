import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { createSeededRandom } from '../../sandbox/seeded-random.ts';
import type { Fate, FrontRequest } from './fault-front.ts';
import { type FaultGround, type FaultStory, REPLICAS, SEED, untilMachines } from './fault-ground.ts';

/** Twice the time after which a holder of the lease that cannot renew it stops. */
const ETCD_PAUSE_MS = 20_000;
/** What a controller may have more after many refusals than before; V8 takes tens of megabytes for a burst and gives them back late. */
const GROWTH_BYTES_MAX = 150 * 1024 * 1024;
/** What runs before a fault, and must run after it. */
const STANDING = 3;

/** What an API server does to a controller, and what must come of it. */
export const API_FAULTS: readonly FaultStory[] = [
  {
    name: 'a token that is not taken any more gives way to the one that its file has by now',
    isSurvived: true,
    play: renewToken,
  },
  {
    name: 'what is refused, in conflict or not answered, by chance, is done in the end',
    isSurvived: true,
    play: refuse,
  },
  { name: 'an API server that is killed is met where it was left', isSurvived: false, play: killServer },
  { name: 'an etcd that stands still is waited for', isSurvived: false, play: pauseEtcd },
];

async function renewToken(ground: FaultGround): Promise<void> {
  const old = await ground.controller.renewToken();
  ground.front.fate = ({ token }) => (token === old ? refusal(401, 'Unauthorized') : undefined);
  await ground.scale(REPLICAS);
  await ground.untilRunning(REPLICAS);
}

async function refuse(ground: FaultGround): Promise<void> {
  const residentBytes = await ground.controller.residentBytes();
  ground.front.fate = byChance();
  for (const replicas of [REPLICAS, 2, REPLICAS + 2]) {
    await ground.scale(replicas);
    await ground.untilRunning(replicas);
  }
  expect((await ground.controller.residentBytes()) - residentBytes).toBeLessThan(GROWTH_BYTES_MAX);
}

async function killServer(ground: FaultGround): Promise<void> {
  await amidLaunches(ground, () => ground.cluster.controlPlane.part('kube-apiserver').restart());
}

async function pauseEtcd(ground: FaultGround): Promise<void> {
  const etcd = ground.cluster.controlPlane.part('etcd');
  await amidLaunches(ground, async () => {
    etcd.pause();
    await delay(ETCD_PAUSE_MS);
    etcd.resume();
  });
}

/** Lets `fault` happen while Machines are being made beside pods that run; then all of them must run. */
async function amidLaunches(ground: FaultGround, fault: () => Promise<void>): Promise<void> {
  await ground.scale(STANDING);
  const before = await ground.untilRunning(STANDING);
  const { length } = await ground.machines();
  await ground.scale(STANDING + REPLICAS);
  await untilMachines(ground, length + 1);
  await fault();
  await ground.cluster.controlPlane.untilReady();
  expect(await ground.untilRunning(STANDING + REPLICAS)).toEqual(expect.arrayContaining([...before]));
}

/** Watches and the lease are left alone: they have stories of their own. */
function byChance(): (request: FrontRequest) => Fate | undefined {
  const random = createSeededRandom(SEED);
  return ({ method, path, isWatch }) => {
    if (isWatch || path.includes('/leases')) return undefined;
    const draw = random.next();
    if (draw < 0.1) return { kind: 'answered', status: 429, body: 'Too many requests.', retryAfterSeconds: 1 };
    if (draw < 0.15) return { kind: 'cut' };
    if (method === 'GET' || draw >= 0.35) return undefined;
    return draw < 0.25 ? { kind: 'answer-lost' } : refusal(409, 'Conflict');
  };
}

function refusal(code: number, reason: string): Fate {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: 'by the front' };
  return { kind: 'answered', status: code, body };
}
