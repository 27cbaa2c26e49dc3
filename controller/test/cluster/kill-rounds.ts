import { createSeededRandom, type SeededRandom } from '../../sandbox/seeded-random.ts';
import { BUYING, type Moment, REMOVING } from './replicas-sight.ts';

/** A number of pods that is wanted from here on, and the moment at which whoever leads is killed; undefined: nobody is. */
export interface Step {
  readonly pods: number;
  readonly kill: Moment | undefined;
}

/** Up, part down, up, to nothing, each with its own moments. Nodes that keep a pod stay, so part down has none. */
const COURSE: readonly { readonly pods: number; readonly moments: readonly Moment[] }[] = [
  { pods: 12, moments: BUYING },
  { pods: 4, moments: [] },
  { pods: 18, moments: BUYING },
  { pods: 0, moments: REMOVING },
];
/** From the first look of a pass until long after the last node is there, or gone. */
const MOMENT_MS_MAX = 8_000;

/** Rounds of the course with `kills` kills in all; of each four steps one is spared. Equal seeds draw equal rounds. */
export function drawRounds(seed: number, kills: number): readonly (readonly Step[])[] {
  const random = createSeededRandom(seed);
  const rounds: (readonly Step[])[] = [];
  for (let left = kills; left > 0; left -= COURSE.length - 1) {
    const spared = random.integer(0, COURSE.length - 1);
    const killed = COURSE.map((_, index) => index)
      .filter((index) => index !== spared)
      .slice(0, left);
    rounds.push(
      COURSE.map(({ pods, moments }, index) => ({
        pods,
        kill: killed.includes(index) ? drawMoment(random, moments) : undefined,
      })),
    );
  }
  return rounds;
}

/** One moment in three is a time, which finds what nobody has thought of. */
function drawMoment(random: SeededRandom, named: readonly Moment[]): Moment {
  const moment = named[random.integer(0, Math.ceil(1.5 * named.length) - 1)];
  if (moment !== undefined) return moment;
  const ms = random.integer(0, MOMENT_MS_MAX);
  return { name: `${ms} ms have passed`, hasCome: ({ elapsedMs }) => elapsedMs >= ms };
}
