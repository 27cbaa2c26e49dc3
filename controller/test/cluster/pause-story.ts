import type { RecordedRequest } from '../request-recorder.ts';
import { until } from '../until.ts';
import { type ReplicasGround, scaleInflate, untilSettled } from './replicas-ground.ts';
import { type Moment, startLooking } from './replicas-sight.ts';

const READS = new Set(['get', 'list', 'watch']);
/** Events tell what has been seen; they are no decision. */
const NO_DECISION = new Set(['events']);
const AWS_READ = /^(Describe|Get|List|Assume)/;
/** The old leader ends as soon as it has seen the clock; the machine may be busy. */
const END_MS_MAX = 120_000;

/** Two numbers of pods, and what happens to the leader between them. */
export interface Standstill {
  readonly pods: number;
  /** When it stops, after `pods` are wanted. */
  readonly moment: Moment;
  /** At least so long, and until another leads and has done the work. */
  readonly standsMs: number;
  /** Wanted just before it goes on, so that there is work which it must leave to the other. */
  readonly podsAfter: number;
}

/** What the old leader did once it went on. */
export interface AfterStandstill {
  readonly exitCode: number | undefined;
  /** Its writes that the API server carried out, as `verb resource name`. */
  readonly writes: readonly string[];
  /** Its effects on AWS, but for repetitions of what it had asked before: those AWS knows by token, or by an id that is already ending. */
  readonly awsEffects: readonly string[];
}

/**
 * Stops the leader with SIGSTOP at the moment, lets the other do the work meanwhile, and lets it go on when there is new work.
 * Resolves when that is done too and the old leader is ready in its next life. Rejects when something is wrong by then.
 */
export async function standStill(ground: ReplicasGround, story: Standstill): Promise<AfterStandstill> {
  const { cluster, replicas } = ground;
  const old = await replicas.untilLed();
  const untilMoment = await startLooking(cluster, replicas);
  await scaleInflate(cluster, story.pods);
  await untilMoment(story.moment);
  old.pause();
  const stoppedAtMs = performance.now();
  await replicas.untilLed(old);
  await untilSettled(cluster, story.pods);
  const stoodMs = async () => performance.now() - stoppedAtMs;
  await until(`it has stood for ${story.standsMs} ms`, stoodMs, (ms) => ms >= story.standsMs, 2 * story.standsMs);

  await scaleInflate(cluster, story.podsAfter);
  const [askedBefore, livedBefore, resumedAtMs] = [old.awsRequests.length, old.exitCodes.length, Date.now()];
  old.resume();
  const endOf = async () => old.exitCodes[livedBefore];
  const exitCode = await until(`${old.pod} ends`, endOf, (code) => code !== undefined, END_MS_MAX);
  const [askedAtEnd, endedAtMs] = [old.awsRequests.length, Date.now()];
  await untilSettled(cluster, story.podsAfter);
  const writes = cluster.controlPlane
    .callsOfWorkloads()
    .filter(({ pod, atMs, status }) => pod === old.pod && status < 300 && atMs >= resumedAtMs && atMs <= endedAtMs)
    .filter(({ verb, on }) => !READS.has(verb) && !NO_DECISION.has(on))
    .map(({ verb, on, name }) => `${verb} ${on} ${name}`);
  await old.ready();
  return { exitCode, writes, awsEffects: newEffects(old.awsRequests.slice(0, askedAtEnd), askedBefore) };
}

/** Effects asked for from `start` on that are none of those before. */
function newEffects(requests: readonly RecordedRequest[], start: number): readonly string[] {
  const effects = requests.map(({ service, action, parameters }) => {
    const isRead = AWS_READ.test(action);
    return isRead ? undefined : `${service}:${action} ${parameters['ClientToken'] ?? JSON.stringify(parameters)}`;
  });
  const before = new Set(effects.slice(0, start));
  return effects.slice(start).filter((effect) => effect !== undefined && !before.has(effect)) as readonly string[];
}
