import { setTimeout as delay } from 'node:timers/promises';

/** How often an API server is asked while a test waits; short against the seconds that a cluster takes. */
const LOOK_EVERY_MS = 200;

/**
 * The first answer of `ask` for which `isRight` holds. Rejects after `deadlineMs` with the last answer, or with what `ask` failed with:
 * which of the two was left behind is what a reader of a red test needs.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  deadlineMs: number,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const [answer, problem] = await ask().then(
      (value) => [value, undefined] as const,
      (error: unknown) => [undefined, error] as const,
    );
    if (problem === undefined && isRight(answer as T)) return answer as T;
    if (performance.now() > endMs) {
      const last = problem === undefined ? JSON.stringify(answer, undefined, 1) : String(problem);
      throw new Error(`not so after ${deadlineMs / 1000} s: ${what}\nthe last answer: ${last}`, { cause: problem });
    }
    await delay(lookEveryMs);
  }
}

/** Asks again and again for `forMs`; rejects with the first answer for which `isRight` does not hold. For what must not happen. */
export async function throughout<T>(
  what: string,
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  forMs: number,
): Promise<void> {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    const answer = await ask();
    if (!isRight(answer))
      throw new Error(`not so all the time: ${what}\nthe answer: ${JSON.stringify(answer, undefined, 1)}`);
    await delay(LOOK_EVERY_MS);
  }
}
