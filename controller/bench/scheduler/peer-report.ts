import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { readProblem } from '../problem/problem-file.ts';
import type { Result } from '../problem/result-file.ts';
import { writeWorkload } from '../problem/write-problem.ts';
import { validatePlan } from '../validator/validate-plan.ts';
import { WORKLOADS, type WorkloadChoice, workloadOf } from '../workloads/catalogue.ts';
import { type Run, runOurs, runPeer } from './contestants.ts';
import { fluidLowerBound } from './lower-bound.ts';
import { median } from './medians.ts';

/** One side of a row: medians of its runs, and the plan of the last. */
export interface Side {
  readonly solveCpuMs: number;
  readonly setupMs: number;
  readonly decodeMs: number;
  readonly maxRssMiB: number;
  readonly nodes: number;
  readonly unscheduled: number;
  readonly costPerHour: number;
}

/** Both on the same bytes. */
export interface PeerRow {
  readonly workload: string;
  readonly about: string;
  readonly pods: number;
  readonly ours: Side;
  readonly peer: Side;
  /** What the independent validator has against our plan. */
  readonly violations: number;
  readonly lowerBoundPerHour: number | undefined;
}

export interface PeerReport {
  readonly machine: string;
  readonly versions: string;
  readonly loadAverage: string;
  readonly runs: number;
  readonly seed: number;
  readonly rows: readonly PeerRow[];
}

/** Runs the workloads through both, by turns so that a busy moment hits both, and says each row when it is there. */
export function benchPeer(
  choices: readonly WorkloadChoice[],
  { binary, runs, onRow }: { binary: string; runs: number; onRow: (row: PeerRow) => void },
): PeerReport {
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-bench-'));
  const versions = new Set<string>();
  try {
    const rows = choices.map((choice) => {
      const row = rowOf(choice, { folder, binary, runs, versions });
      onRow(row);
      return row;
    });
    return {
      machine: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
      versions: [...versions].join('; '),
      loadAverage: readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' '),
      runs,
      seed: choices[0]?.seed ?? 0,
      rows,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(
  choice: WorkloadChoice,
  { folder, binary, runs, versions }: { folder: string; binary: string; runs: number; versions: Set<string> },
): PeerRow {
  const workload = workloadOf(choice);
  if (workload === undefined) throw new Error(`no workload ${choice.letter}`);
  const path = writeWorkload(folder, workload);
  const [ours, peers]: [Run[], Run[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    ours.push(runOurs(path));
    peers.push(runPeer(binary, path));
  }
  for (const { result } of [...ours, ...peers]) versions.add(versionOf(result));
  const problem = readProblem(path);
  const [our, peer] = [sideOf(ours), sideOf(peers)];
  return {
    workload: workload.problem.name,
    about: WORKLOADS[choice.letter]?.about ?? '',
    pods: problem.pods.length,
    ours: our,
    peer,
    violations: validatePlan(problem, runOurs(path, 'full').result).length,
    lowerBoundPerHour: our.unscheduled === 0 ? fluidLowerBound(problem) : undefined,
  };
}

function versionOf({ run }: Result): string {
  return [run?.scheduler, run?.go, run?.node].filter((each) => each !== undefined).join(' on ');
}

function sideOf(runs: readonly Run[]): Side {
  const last = runs.at(-1)?.result;
  if (last === undefined) throw new Error('no run');
  const of = (measure: (result: Result) => number): number => median(runs.map(({ result }) => measure(result)));
  return {
    solveCpuMs: of(({ cpuMs }) => cpuMs),
    setupMs: of(({ reps }) => reps?.[0]?.setupMs ?? 0),
    decodeMs: of(({ decodeMs }) => decodeMs),
    maxRssMiB: of(({ maxRssMiB }) => maxRssMiB),
    nodes: last.newNodeClaimCount,
    unscheduled: last.unscheduled,
    costPerHour: last.costPerHour,
  };
}
