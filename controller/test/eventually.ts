import { setTimeout as delay } from 'node:timers/promises';

/** How often a condition is looked at; short against everything that tests wait for. */
const LOOK_EVERY_MS = 2;

/** Resolves as soon as `isTrue()`; rejects after `deadlineMs`, naming `what` never came true. */
export async function eventually(what: string, isTrue: () => boolean, deadlineMs = 5_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`never came true: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}
