import type { Clock } from '../src/ports/clock.ts';
import type { Ids } from '../src/ports/ids.ts';
import { createTelemetry, type ProcessTelemetry } from '../src/telemetry/telemetry.ts';

/** A clock that stands until it is moved; sleeping moves it. */
export function handClock(startMs: number): Clock & { advance(ms: number): void } {
  let nowMs = startMs;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { nowMs: () => nowMs, advance, sleep: async (ms) => advance(ms) };
}

/** Numbered names. */
export function countingIds(): Ids {
  let last = 0;
  return { next: (prefix) => `${prefix}${++last}` };
}

/** Real telemetry that prints nothing: an unknown metric throws as in production. */
export function quietTelemetry(): ProcessTelemetry {
  return createTelemetry({ level: 'error', write: () => {} });
}

/** The value of one series, as the metrics endpoint prints it; undefined when there is none. */
export async function series(telemetry: ProcessTelemetry, line: string): Promise<number | undefined> {
  const found = (await telemetry.metrics()).split('\n').find((text) => text.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}
