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
  /**
   * Its effects on AWS, but for those that either had asked for before: AWS knows them by token, or by an id that is already ending. A call
   * that was under way when the leader stopped is sent after all, when its successor has long made it.
   */
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
  const asked = new Set(replicas.all.flatMap(({ awsRequests }) => effectsOf(awsRequests)));
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
  const effects = effectsOf(old.awsRequests.slice(askedBefore, askedAtEnd));
  return { exitCode, writes, awsEffects: effects.filter((effect) => !asked.has(effect)) };
}

/** What changes something in AWS, each by the token or the parameters that AWS tells a repetition by. */
function effectsOf(requests: readonly RecordedRequest[]): readonly string[] {
  return requests
    .filter(({ action }) => !AWS_READ.test(action))
    .map(({ service, action, parameters }) => {
      return `${service}:${action} ${parameters['ClientToken'] ?? JSON.stringify(parameters)}`;
    });
}
