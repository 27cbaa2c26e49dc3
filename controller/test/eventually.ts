import { until } from './until.ts';

/** How often this process is looked at; short against everything that tests wait for in it. */
const LOOK_EVERY_MS = 2;

/** Resolves as soon as `isTrue()`, which asks nobody outside this process; rejects after `deadlineMs`, naming `what` never came true. */
export async function eventually(what: string, isTrue: () => boolean, deadlineMs = 5_000): Promise<void> {
  const ask = async () => isTrue();
  await until(what, ask, (answer) => answer, deadlineMs, LOOK_EVERY_MS);
}
