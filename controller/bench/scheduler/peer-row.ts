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
  readonly runs: number;
  readonly solveCpuMs: number;
  readonly setupMs: number;
  readonly decodeMs: number;
  /** Undefined where it is not told. */
  readonly encodeMs?: number | undefined;
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
  readonly seed: number;
  /** Who ran, and on what. */
  readonly versions: readonly string[];
  readonly ours: Side;
  /** Undefined where it was not asked, or took longer than it was given. */
  readonly peer?: Side | undefined;
  /** What the independent validator has against our plan; undefined where there are too many pods to ask. */
  readonly violations?: number | undefined;
  /** Undefined where pods stay without a place, or where there are too many to ask. */
  readonly bound?: LowerBound | undefined;
  readonly targets: readonly Target[];
  /** Where the time goes; of rows that miss a target of time. */
  readonly hotspots: readonly Hotspot[];
}

/** What is run of one workload. */
export interface PeerChoice {
  readonly choice: WorkloadChoice;
  /** More pods than the peer can be asked about. */
  readonly isOursAlone: boolean;
}

/** How much is run of a workload. */
export interface RowGround {
  /** Where problems are written to. */
  readonly folder: string;
  /** The peer's program. */
  readonly binary: string;
  /** Fresh processes of each side. */
  readonly runs: number;
  /** After this no further run is begun; a first run of the peer is cut short by it. */
  readonly budgetMs: number;
}

/** Functions named of a row that misses a target of time. */
const HOTSPOTS_MAX = 6;
/** 40,000 pods are judged in six seconds; a million are more text than one string can hold. */
const JUDGED_PODS_MAX = 50_000;
/** A peer that takes longer runs once: what it took varies by a few percent, what it takes more by minutes. */
const REPEATED_PEER_CPU_MS_MAX = 20_000;

/** Runs the workload through both, by turns so that a busy moment hits both, and judges our plan. */
export function peerRow({ choice, isOursAlone }: PeerChoice, ground: RowGround): PeerRow {
  const workload = workloadOf(choice);
  if (workload === undefined) throw new Error(`no workload ${choice.letter}`);
  const path = writeWorkload(ground.folder, workload);
  const { ours, peers } = runBoth(path, isOursAlone, ground);
  const our = sideOf(ours);
  const judged = choice.pods > JUDGED_PODS_MAX ? {} : judge(path, our);
  const targets = targetsOf(workload.problem.name, { ...our, patternGap: patternGapOf(our, judged.bound) });
  return {
    workload: workload.problem.name,
    about: WORKLOADS[choice.letter]?.about ?? '',
    pods: choice.pods,
    seed: choice.seed,
    versions: [...new Set([...ours, ...peers].map(({ result }) => versionOf(result)))],
    ours: our,
    peer: peers.length === 0 ? undefined : sideOf(peers),
    ...judged,
    targets,
    hotspots: targets.some(({ isMet, isOfTime }) => isOfTime && !isMet) ? profileOf(path, HOTSPOTS_MAX) : [],
  };
}

function runBoth(path: string, isOursAlone: boolean, { binary, runs, budgetMs }: RowGround) {
  const startedAtMs = performance.now();
  const leftMs = (): number => budgetMs - (performance.now() - startedAtMs);
  const [ours, peers]: [Run[], Run[]] = [[], []];
  let isPeerAsked = !isOursAlone;
  for (let run = 0; run < runs && (run === 0 || leftMs() > 0); run++) {
    ours.push(runOurs(path));
    const peer = isPeerAsked ? runPeer(binary, path, Math.max(1, Math.ceil(leftMs()))) : undefined;
    if (peer !== undefined) peers.push(peer);
    isPeerAsked = peer !== undefined && peer.result.cpuMs <= REPEATED_PEER_CPU_MS_MAX;
  }
  return { ours, peers };
}

function judge(path: string, { unscheduled }: Side): Pick<PeerRow, 'violations' | 'bound'> {
  const problem = readProblem(path);
  return {
    violations: validatePlan(problem, runOurs(path, { detail: 'full' }).result).length,
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
    runs: runs.length,
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
