/** What the solve of a workload, in a fresh process, may take; by the workload's name. */
const SOLVE_CPU_MS: ReadonlyMap<string, number> = new Map([
  ['D-20000', 250],
  ['D-100000', 1500],
  ['Da-5000', 100],
  ['T-5000', 100],
  ['A-5000', 100],
  ['S-40000', 3000],
  ['U-2000-100', 50],
  ['R-20000-100', 500],
  ['R-1000000-1000', 2000],
]);

/** Above a bound by patterns a plan may cost this part more. */
const GAP_MAX = 0.02;
/** Peak memory of a million pods. */
const MIB_MAX: ReadonlyMap<string, number> = new Map([['R-1000000-1000', 1536]]);

/** Something that was aimed at, in words, and whether it was reached. */
export interface Target {
  readonly aim: string;
  readonly found: string;
  /** What was found over what was aimed at. */
  readonly ratio: number;
  readonly isMet: boolean;
  /** A profile can say why it was missed. */
  readonly isOfTime: boolean;
}

/** What is aimed at with the workload, and what came of it. */
export function targetsOf(
  workload: string,
  measured: {
    readonly solveCpuMs: number;
    readonly maxRssMiB: number;
    /** Cost above a bound by patterns; undefined under any other bound. */
    readonly patternGap: number | undefined;
  },
): Target[] {
  const { solveCpuMs, maxRssMiB, patternGap } = measured;
  const [solveMax, mibMax] = [SOLVE_CPU_MS.get(workload), MIB_MAX.get(workload)];
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  return [
    ...(solveMax === undefined
      ? []
      : [atMost(solveCpuMs, solveMax, (ms) => `${ms.toFixed(0)} ms of CPU for the solve`, true)]),
    ...(mibMax === undefined ? [] : [atMost(maxRssMiB, mibMax, (mib) => `${mib.toFixed(0)} MiB`)]),
    ...(patternGap === undefined ? [] : [atMost(patternGap, GAP_MAX, (gap) => `${percent(gap)} above the bound`)]),
  ];
}

function atMost(value: number, most: number, inWords: (value: number) => string, isOfTime = false): Target {
  return { aim: inWords(most), found: inWords(value), ratio: value / most, isMet: value <= most, isOfTime };
}
