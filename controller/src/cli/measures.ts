/** What making a plan took. */
export interface Measures {
  /** Reading and parsing the files, and making our objects of them. */
  readonly decodeMs: number;
  /** From those to what the solver sees. */
  readonly setupMs: number;
  /** Wall time of the solve alone. */
  readonly solveMs: number;
  /** CPU time of the solve alone, over all threads. */
  readonly solveCpuMs: number;
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
