import { parseArgs } from 'node:util';
import { solve } from '../core/scheduling/solve.ts';
import { type Measures, maxRssMiB, startStopwatch } from './measures.ts';
import { countOf, demandOf } from './pending-pods.ts';
import { type Detail, planResult, type Solved } from './plan-result.ts';
import { COLOUR_STYLE, PLAIN_STYLE, planTable } from './plan-table.ts';
import type { Problem } from './problem.ts';
import { snapshotOfProblem } from './problem-snapshot.ts';
import { readProblem } from './read-problem.ts';

export const PLAN_USAGE = `usage: kubectl-provisioner plan -f FILE [-f FILE ...] [-o json|table] [--detail nodes|full]

Says which nodes would be bought for the pods of a problem file, without a cluster.
  -f, --filename FILE  the problem; of several files the lists are joined; - is standard input
  -o, --output FORMAT  json, or table for people (the default)
  --detail DETAIL      nodes (the default), or full: each node's instance types and pods, each unplaced pod's reason
  -h, --help           this text

Exit codes: 0 planned, whatever found no place; 1 failed; 2 wrong usage or a problem that cannot be solved as it stands.
NO_COLOR=1 keeps the table plain.`;

const OUTPUTS = ['json', 'table'] as const;
const DETAILS = ['nodes', 'full'] as const;

/** Work limit of one plan, in (pod, node) checks: about a quarter of an hour of one core. Nobody waits for a cluster here. */
const FIT_CHECKS_MAX = 6_000_000_000;

/** Where a command writes. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** True when what goes out may be coloured. */
  readonly hasColours: boolean;
}

interface PlanOptions {
  readonly paths: readonly string[];
  readonly output: (typeof OUTPUTS)[number];
  readonly detail: Detail;
}

/** Runs `plan` and returns its exit code. Nothing goes out when it is not 0. */
export function runPlan(args: readonly string[], terminal: Terminal): number {
  const options = readOptions(args);
  if (options === 'help') {
    terminal.out(`${PLAN_USAGE}\n`);
    return 0;
  }
  if ('wrong' in options) {
    terminal.err(`${options.wrong.join('\n')}\n${PLAN_USAGE}\n`);
    return 2;
  }
  const read = startStopwatch();
  const problem = readProblem(options.paths);
  if (!('state' in problem)) {
    terminal.err(`${problem.join('\n')}\n`);
    return 2;
  }
  const demand = demandOf(problem.pending);
  const decodeMs = read().wallMs;
  terminal.err(`read ${countOf(problem.pending)} pods in ${inSeconds(decodeMs)} s, planning …\n`);
  const { solved, measures } = solveMeasured(problem, demand, decodeMs);
  terminal.err(`planned in ${inSeconds(measures.setupMs + measures.solveMs)} s\n`);
  terminal.out(
    options.output === 'json' ? jsonOf(solved, measures, options.detail) : tableOf(solved, options, terminal),
  );
  return 0;
}

function readOptions(args: readonly string[]): PlanOptions | 'help' | { readonly wrong: readonly string[] } {
  const parsed = parse(args);
  if (typeof parsed === 'string') return { wrong: [parsed] };
  const { filename: paths = [], output = 'table', detail = 'nodes', help } = parsed;
  if (help === true) return 'help';
  const isOutput = (text: string) => OUTPUTS.find((known) => known === text);
  const isDetail = (text: string) => DETAILS.find((known) => known === text);
  const knownOutput = isOutput(output);
  const knownDetail = isDetail(detail);
  const wrong = [
    ...(paths.length === 0 ? ['-f: a problem file is needed'] : []),
    ...(knownOutput === undefined ? [`-o: must be ${OUTPUTS.join(' or ')}, is ${output}`] : []),
    ...(knownDetail === undefined ? [`--detail: must be ${DETAILS.join(' or ')}, is ${detail}`] : []),
  ];
  if (wrong.length > 0 || knownOutput === undefined || knownDetail === undefined) return { wrong };
  return { paths, output: knownOutput, detail: knownDetail };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        filename: { type: 'string', short: 'f', multiple: true },
        output: { type: 'string', short: 'o' },
        detail: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS')) return message;
    throw error;
  }
}

function solveMeasured(
  problem: Problem,
  demand: Solved['demand'],
  decodeMs: number,
): { readonly solved: Solved; readonly measures: Measures } {
  const setup = startStopwatch();
  const snapshot = snapshotOfProblem(problem);
  const setupMs = setup().wallMs;
  const { wellKnownLabels } = problem.instanceTypes;
  const preferencePolicy = problem.preferencePolicy === 'Ignore' ? 'ignore' : 'respect';
  const solving = startStopwatch();
  const plan = solve(snapshot, demand, { wellKnownLabels, preferencePolicy, fitChecksMax: FIT_CHECKS_MAX });
  const { wallMs: solveMs, cpuMs: solveCpuMs } = solving();
  return { solved: { problem, demand, plan }, measures: { decodeMs, setupMs, solveMs, solveCpuMs } };
}

function tableOf(solved: Solved, { detail }: PlanOptions, { hasColours }: Terminal): string {
  return planTable(planResult(solved, detail), hasColours ? COLOUR_STYLE : PLAIN_STYLE);
}

/** The result as JSON. Times and memory aside, equal problems give equal bytes. */
function jsonOf(solved: Solved, measures: Measures, detail: Detail): string {
  const { newNodeClaimCount, podErrors, costPerHour, ...rest } = planResult(solved, detail);
  const { decodeMs, setupMs, solveMs, solveCpuMs } = measures;
  const counts = { newNodeClaimCount, podErrors, costPerHour };
  const result = {
    ms: solveMs,
    cpuMs: solveCpuMs,
    decodeMs,
    reps: [{ setupMs, solveMs, solveCpuMs, newNodeClaims: newNodeClaimCount, podErrors, costPerHour }],
    ...counts,
    ...rest,
    maxRssMiB: maxRssMiB(),
    run: { scheduler: 'karpenter-gitops', node: process.version, workers: 1 },
  };
  return `${JSON.stringify(result, undefined, 1)}\n`;
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
