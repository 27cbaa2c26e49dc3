import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProblem } from '../problem/problem-file.ts';
import { type Workload, writeWorkload } from '../problem/write-problem.ts';
import { type Run, runOurs, startMs } from './contestants.ts';
import { fluidLowerBound } from './lower-bound.ts';
import { median } from './medians.ts';

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
  /** What is left of the process beside these and its start: telling the plan. */
  readonly encodeMs: number;
  readonly processMs: number;
  readonly maxRssMiB: number;
  readonly nodes: number;
  readonly unscheduled: number;
  readonly costPerHour: number;
  /** By the fluid relaxation; undefined where it says nothing: pods stay without a place, or nodes are there already. */
  readonly lowerBoundPerHour: number | undefined;
  /** Cost over the bound, less 1. */
  readonly gap: number | undefined;
}

/** Writes the workload to a folder of its own and plans it in `runs` fresh processes. */
export function benchWorkload(workload: Workload, runs: number): WorkloadReport {
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-bench-'));
  try {
    const path = writeWorkload(folder, workload);
    const start = median(Array.from({ length: runs }, startMs));
    return reportOf(
      workload,
      Array.from({ length: runs }, () => runOurs(path)),
      { startMs: start, boundOf: () => fluidLowerBound(readProblem(path)) },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportOf(
  { problem }: Workload,
  runs: readonly Run[],
  { startMs, boundOf }: { startMs: number; boundOf: () => number | undefined },
): WorkloadReport {
  const of = (measure: (run: Run) => number): number => median(runs.map(measure));
  const setupMs = ({ result }: Run): number => result.reps?.[0]?.setupMs ?? 0;
  const told = ({ result, wallMs }: Run, set: number): number => wallMs - startMs - result.decodeMs - set - result.ms;
  const [first] = runs;
  if (first === undefined) throw new Error('no run');
  const { newNodeClaimCount, unscheduled, costPerHour } = first.result;
  const isComparable = unscheduled === 0 && (problem.nodes ?? []).length === 0;
  const bound = isComparable ? boundOf() : undefined;
  return {
    workload: problem.name,
    seed: problem.seed ?? 0,
    runs: runs.length,
    decodeMs: of(({ result }) => result.decodeMs),
    setupMs: of(setupMs),
    solveMs: of(({ result }) => result.ms),
    solveCpuMs: of(({ result }) => result.cpuMs),
    encodeMs: Math.max(
      0,
      of((run) => told(run, setupMs(run))),
    ),
    processMs: of(({ wallMs }) => wallMs),
    maxRssMiB: of(({ result }) => result.maxRssMiB),
    nodes: newNodeClaimCount,
    unscheduled,
    costPerHour,
    lowerBoundPerHour: bound,
    gap: bound === undefined || bound === 0 ? undefined : costPerHour / bound - 1,
  };
}

/** The report as a table for people. */
export function formatWorkloadReport(report: WorkloadReport): string {
  const row = (name: string, value: string): string => `${name.padEnd(40)}${value.padStart(14)}`;
  const ms = (value: number): string => value.toFixed(1);
  const { lowerBoundPerHour, gap } = report;
  return [
    `${report.workload}, seed ${report.seed}, median of ${report.runs} fresh processes`,
    row('decode, ms', ms(report.decodeMs)),
    row('set-up, ms', ms(report.setupMs)),
    row('solve, ms', ms(report.solveMs)),
    row('solve, ms of CPU', ms(report.solveCpuMs)),
    row('encode, ms', ms(report.encodeMs)),
    row('whole process, ms', ms(report.processMs)),
    row('peak memory, MiB', report.maxRssMiB.toFixed(0)),
    row('nodes', `${report.nodes}`),
    row('pods without a place', `${report.unscheduled}`),
    row('cost, $/h', report.costPerHour.toFixed(4)),
    row('lower bound (fluid relaxation), $/h', lowerBoundPerHour?.toFixed(4) ?? 'none'),
    row('above the bound', gap === undefined ? 'unknown' : `${(100 * gap).toFixed(1)} %`),
  ].join('\n');
}
