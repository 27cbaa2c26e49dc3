/** What one solve took. */
export interface SolveMeasures {
  /** From our objects to what the solver sees. */
  readonly setupMs: number;
  /** Wall time of the solve alone. */
  readonly solveMs: number;
  /** CPU time of the solve alone, over all threads. */
  readonly solveCpuMs: number;
}

/** What making a plan took. */
export interface Measures {
  /** Reading and parsing the files, and making our objects of them. */
  readonly decodeMs: number;
  /** Each solve of the same problem; at least one. */
  readonly solves: readonly SolveMeasures[];
}

/** Returns the solve of median wall time, of two middle ones the faster. Throws without any. */
export function medianSolve(solves: readonly SolveMeasures[]): SolveMeasures {
  const sorted = solves.toSorted((left, right) => left.solveMs - right.solveMs);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  if (median === undefined) throw new Error('nothing was solved');
  return median;
}

/** Wall and CPU time since a stopwatch was started, in milliseconds with three decimals. */
interface Lap {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Starts a stopwatch; each call of what is returned reads it. CPU time is that of all threads of the process. */
export function startStopwatch(): () => Lap {
  const startedAtMs = performance.now();
  const cpuAtStart = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpuAtStart);
    return { wallMs: rounded(performance.now() - startedAtMs), cpuMs: rounded((user + system) / 1000) };
  };
}

/** Peak resident memory of this process so far, in whole MiB. */
export function maxRssMiB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
