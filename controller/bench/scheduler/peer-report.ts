import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { readProblem } from '../problem/problem-file.ts';
import type { Result } from '../problem/result-file.ts';
import { writeWorkload } from '../problem/write-problem.ts';
import { validatePlan } from '../validator/validate-plan.ts';
import { WORKLOADS, type WorkloadChoice, workloadOf } from '../workloads/catalogue.ts';
import { type Run, runOurs, runPeer } from './contestants.ts';
import { gapOf, type LowerBound, lowerBound } from './lower-bound.ts';
import { median } from './medians.ts';
import { type Hotspot, profileOf } from './profile.ts';
import { type Target, targetsOf } from './targets.ts';

/** One side of a row: medians of its runs, and the plan of the last. */
export interface Side {
  readonly solveCpuMs: number;
  readonly setupMs: number;
  readonly decodeMs: number;
  /** Undefined where it is not told. */
  readonly encodeMs: number | undefined;
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
  /** Undefined where it would take hours. */
  readonly peer: Side | undefined;
  /** What the independent validator has against our plan; undefined where it would take hours. */
  readonly violations: number | undefined;
  /** Undefined where pods stay without a place, or where there are too many to ask. */
  readonly bound: LowerBound | undefined;
  readonly targets: readonly Target[];
  /** Where the time goes; of rows that miss a target of time. */
  readonly hotspots: readonly Hotspot[];
}

export interface PeerReport {
  readonly machine: string;
  readonly versions: string;
  readonly loadAverage: string;
  readonly runs: number;
  readonly seed: number;
  readonly rows: readonly PeerRow[];
}

/** Functions named of a row that misses a target of time. */
const HOTSPOTS_MAX = 6;

/** What is run of one workload. */
export interface PeerChoice {
  readonly choice: WorkloadChoice;
  /** More pods than the peer, the validator and the bound can be asked about. */
  readonly isOursAlone: boolean;
}

/** Pods up to which the validator seeks an order of binding: with 20,000 it had not found one after five minutes. */
const JUDGED_PODS_MAX = 5000;

/** Runs the workloads through both, by turns so that a busy moment hits both, and says each row when it is there. */
export function benchPeer(
  choices: readonly PeerChoice[],
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
      seed: choices[0]?.choice.seed ?? 0,
      rows,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface RowGround {
  readonly folder: string;
  readonly binary: string;
  readonly runs: number;
  /** Is added to. */
  readonly versions: Set<string>;
}

function rowOf({ choice, isOursAlone }: PeerChoice, { folder, binary, runs, versions }: RowGround): PeerRow {
  const workload = workloadOf(choice);
  if (workload === undefined) throw new Error(`no workload ${choice.letter}`);
  const path = writeWorkload(folder, workload);
  const [ours, peers]: [Run[], Run[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    ours.push(runOurs(path));
    if (!isOursAlone) peers.push(runPeer(binary, path));
  }
  for (const { result } of [...ours, ...peers]) versions.add(versionOf(result));
  const our = sideOf(ours);
  const judged = isOursAlone ? { violations: undefined, bound: undefined } : judge(path, our);
  const targets = targetsOf(workload.problem.name, { ...our, patternGap: patternGapOf(our, judged.bound) });
  return {
    workload: workload.problem.name,
    about: WORKLOADS[choice.letter]?.about ?? '',
    pods: choice.pods,
    ours: our,
    peer: isOursAlone ? undefined : sideOf(peers),
    ...judged,
    targets,
    hotspots: targets.some(({ isMet, isOfTime }) => isOfTime && !isMet) ? profileOf(path, HOTSPOTS_MAX) : [],
  };
}

function judge(path: string, { unscheduled }: Side): Pick<PeerRow, 'violations' | 'bound'> {
  const problem = readProblem(path);
  return {
    violations:
      (problem.pods ?? []).length > JUDGED_PODS_MAX
        ? undefined
        : validatePlan(problem, runOurs(path, { detail: 'full' }).result).length,
    bound: unscheduled === 0 ? lowerBound(problem) : undefined,
  };
}

function patternGapOf({ costPerHour }: Side, bound: LowerBound | undefined): number | undefined {
  return bound?.kind === 'patterns' ? gapOf(costPerHour, bound) : undefined;
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
    encodeMs: last.encodeMs === undefined ? undefined : of(({ encodeMs = 0 }) => encodeMs),
    maxRssMiB: of(({ maxRssMiB }) => maxRssMiB),
    nodes: last.newNodeClaimCount,
    unscheduled: last.unscheduled,
    costPerHour: last.costPerHour,
  };
}
