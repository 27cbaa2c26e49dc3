import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControllerProcess } from '../../sandbox/controller-process.ts';

const MIB = 1024 ** 2;
/** The unit of times in /proc, on every Linux. */
const TICK_MS = 10;
/**
 * A process that has used less than this part of a core for so long has nothing to do: to start or to plan takes a whole one, the
 * heartbeats of hundreds of nodes a tenth.
 */
const REST_CORES_MAX = 0.2;
const REST_LOOK_MS = 2_000;

/** What the kernel has counted of a process. */
export interface ProcessUse {
  readonly rssMib: number;
  readonly rssMibPeak: number;
  readonly cpuMs: number;
}

/** Throws when the process is gone. */
export function useOf({ pid }: Pick<ControllerProcess, 'pid'>): ProcessUse {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string) =>
    Math.round((Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024) / MIB);
  // After the name of the program, which may hold anything, field 14 and 15 of all.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return { rssMib: mib('VmRSS'), rssMibPeak: mib('VmHWM'), cpuMs: (Number(stat[11]) + Number(stat[12])) * TICK_MS };
}

/** Resolves when the process has come to rest; rejects when it has not after `deadlineMs`. */
export async function untilAtRest(process: Pick<ControllerProcess, 'pid'>, deadlineMs: number): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const [beforeMs, startedAtMs] = [useOf(process).cpuMs, performance.now()];
    await delay(REST_LOOK_MS);
    const cores = (useOf(process).cpuMs - beforeMs) / (performance.now() - startedAtMs);
    if (cores < REST_CORES_MAX) return;
    if (performance.now() > endMs)
      throw new Error(`it still uses ${cores.toFixed(2)} cores after ${deadlineMs / 1000} s`);
  }
}

/** The sum of the series of a metric whose labels include these, as `/metrics` tells it. */
export async function metricOf(
  { metricsPort }: Pick<ControllerProcess, 'metricsPort'>,
  name: string,
  labels = '',
): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const series = text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
  return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
