import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProblem } from '../problem/problem-file.ts';
import { type Workload, writeWorkload } from '../problem/write-problem.ts';
import { type Run, runOurs } from './contestants.ts';
import { gapOf, type LowerBound, lowerBound } from './lower-bound.ts';
import { median } from './medians.ts';

/** Solves of a process before those that count as warm: by then the engine has compiled what matters. */
const WARM_UP_SOLVES = 3;

/** One workload through our `plan`: medians over fresh processes. */
export interface WorkloadReport {
  readonly workload: string;
  readonly seed: number;
  readonly runs: number;
  /** Reading, parsing, validating. */
  readonly decodeMs: number;
  readonly setupMs: number;
  readonly solveMs: number;
  readonly solveCpuMs: number;
  /** From the plan to its text. */
  readonly encodeMs: number;
  /** Median of solves after the first few of one process; undefined when none was asked for. */
  readonly warmSolveMs: number | undefined;
  readonly warmSolveCpuMs: number | undefined;
  readonly processMs: number;
  readonly maxRssMiB: number;
  readonly nodes: number;
  readonly unscheduled: number;
  readonly costPerHour: number;
  /** Undefined where it says nothing: pods stay without a place, or nodes are there already. */
  readonly lowerBound: LowerBound | undefined;
  /** Cost over the bound, less 1. */
  readonly gap: number | undefined;
}

/** Writes the workload to a folder of its own and plans it in `runs` fresh processes, and in one more that solves it again and again. */
export function benchWorkload(
  workload: Workload,
  { runs, warmSolves }: { runs: number; warmSolves: number },
): WorkloadReport {
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-bench-'));
  try {
    const path = writeWorkload(folder, workload);
    const fresh = Array.from({ length: runs }, () => runOurs(path));
    const warm = warmSolves === 0 ? undefined : runOurs(path, { repeat: WARM_UP_SOLVES + warmSolves });
    return reportOf(workload, { fresh, warm, boundOf: () => lowerBound(readProblem(path)) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportOf(
  { problem }: Workload,
  { fresh, warm, boundOf }: { fresh: readonly Run[]; warm: Run | undefined; boundOf: () => LowerBound | undefined },
): WorkloadReport {
  const of = (measure: (run: Run) => number): number => median(fresh.map(measure));
  const warmReps = warm?.result.reps?.slice(WARM_UP_SOLVES);
  const [first] = fresh;
  if (first === undefined) throw new Error('no run');
  const { newNodeClaimCount, unscheduled, costPerHour } = first.result;
  const isComparable = unscheduled === 0 && (problem.nodes ?? []).length === 0;
  const bound = isComparable ? boundOf() : undefined;
  return {
    workload: problem.name,
    seed: problem.seed ?? 0,
    runs: fresh.length,
    decodeMs: of(({ result }) => result.decodeMs),
    setupMs: of(({ result }) => result.reps?.[0]?.setupMs ?? 0),
    solveMs: of(({ result }) => result.ms),
    solveCpuMs: of(({ result }) => result.cpuMs),
    encodeMs: of(({ result }) => result.encodeMs ?? 0),
    warmSolveMs: warmReps && median(warmReps.map(({ solveMs }) => solveMs)),
    warmSolveCpuMs: warmReps && median(warmReps.map(({ solveCpuMs }) => solveCpuMs)),
    processMs: of(({ wallMs }) => wallMs),
    maxRssMiB: of(({ result }) => result.maxRssMiB),
    nodes: newNodeClaimCount,
    unscheduled,
    costPerHour,
    lowerBound: bound,
    gap: gapOf(costPerHour, bound),
  };
}

/** The report as a table for people. */
export function formatWorkloadReport(report: WorkloadReport): string {
  const row = (name: string, value: string): string => `${name.padEnd(40)}${value.padStart(14)}`;
  const ms = (value: number): string => value.toFixed(1);
  const { lowerBound: bound, gap, warmSolveMs, warmSolveCpuMs } = report;
  return [
    `${report.workload}, seed ${report.seed}, median of ${report.runs} fresh processes`,
    row('decode, ms', ms(report.decodeMs)),
    row('set-up, ms', ms(report.setupMs)),
    row('solve, ms', ms(report.solveMs)),
    row('solve, ms of CPU', ms(report.solveCpuMs)),
    ...(warmSolveMs === undefined ? [] : [row('solve, warm, ms', ms(warmSolveMs))]),
    ...(warmSolveCpuMs === undefined ? [] : [row('solve, warm, ms of CPU', ms(warmSolveCpuMs))]),
    row('encode, ms', ms(report.encodeMs)),
    row('whole process, ms', ms(report.processMs)),
    row('peak memory, MiB', report.maxRssMiB.toFixed(0)),
    row('nodes', `${report.nodes}`),
    row('pods without a place', `${report.unscheduled}`),
    row('cost, $/h', report.costPerHour.toFixed(4)),
    row(
      bound === undefined ? 'lower bound, $/h' : `lower bound (${bound.kind}), $/h`,
      bound?.perHour.toFixed(4) ?? 'none',
    ),
    row('above the bound', gap === undefined ? 'unknown' : `${(100 * gap).toFixed(1)} %`),
  ].join('\n');
}
