import { parseArgs } from 'node:util';
import { solve } from '../core/scheduling/solve.ts';
import { type Measures, medianSolve, type SolveMeasures, startStopwatch } from './measures.ts';
import { countOf, demandOf } from './pending-pods.ts';
import { writePlanJson } from './plan-json.ts';
import { type Detail, planResult, type Solved } from './plan-result.ts';
import { COLOUR_STYLE, PLAIN_STYLE, planTable } from './plan-table.ts';
import type { Problem } from './problem.ts';
import { snapshotOfProblem } from './problem-snapshot.ts';
import { readProblem } from './read-problem.ts';

export const PLAN_USAGE = `usage: kubectl-provisioner plan -f FILE [-f FILE ...] [-o json|table] [--detail nodes|full]
                                [--repeat N]

Says which nodes would be bought for the pods of a problem file, without a cluster.
  -f, --filename FILE  the problem; of several files the lists are joined; - is standard input
  -o, --output FORMAT  json, or table for people (the default)
  --detail DETAIL      nodes (the default), or full: each node's instance types and pods, each unplaced pod's reason
  --repeat N           solve so often, for measurements: reps in the JSON has the times of each
  -h, --help           this text

Exit codes: 0 planned, whatever found no place; 1 failed; 2 wrong usage or a problem that cannot be solved as it stands.
NO_COLOR=1 keeps the table plain.`;

const OUTPUTS = ['json', 'table'] as const;
const DETAILS = ['nodes', 'full'] as const;

/** Solving the same more often than this tells nobody more. */
const REPEAT_MAX = 1000;

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
  readonly repeat: number;
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
  const demand = demandOf(problem.pending, problem.state);
  const decodeMs = read().wallMs;
  terminal.err(`read ${countOf(problem.pending)} pods in ${inSeconds(decodeMs)} s, planning …\n`);
  const { solved, solves } = solveRepeatedly(problem, demand, options.repeat);
  const { setupMs, solveMs } = medianSolve(solves);
  terminal.err(`planned in ${inSeconds(setupMs + solveMs)} s\n`);
  tell(solved, { decodeMs, solves }, options, terminal);
  return 0;
}

function readOptions(args: readonly string[]): PlanOptions | 'help' | { readonly wrong: readonly string[] } {
  const parsed = parse(args);
  if (typeof parsed === 'string') return { wrong: [parsed] };
  const { filename: paths = [], output = 'table', detail = 'nodes', repeat = '1', help } = parsed;
  if (help === true) return 'help';
  const isOutput = (text: string) => OUTPUTS.find((known) => known === text);
  const isDetail = (text: string) => DETAILS.find((known) => known === text);
  const knownOutput = isOutput(output);
  const knownDetail = isDetail(detail);
  const solves = Number(repeat);
  const isCount = Number.isInteger(solves) && solves >= 1 && solves <= REPEAT_MAX;
  const wrong = [
    ...(paths.length === 0 ? ['-f: a problem file is needed'] : []),
    ...(knownOutput === undefined ? [`-o: must be ${OUTPUTS.join(' or ')}, is ${output}`] : []),
    ...(knownDetail === undefined ? [`--detail: must be ${DETAILS.join(' or ')}, is ${detail}`] : []),
    ...(isCount ? [] : [`--repeat: must be a whole number from 1 to ${REPEAT_MAX}, is ${repeat}`]),
  ];
  if (wrong.length > 0 || knownOutput === undefined || knownDetail === undefined) return { wrong };
  return { paths, output: knownOutput, detail: knownDetail, repeat: solves };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        filename: { type: 'string', short: 'f', multiple: true },
        output: { type: 'string', short: 'o' },
        detail: { type: 'string' },
        repeat: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS')) return message;
    throw error;
  }
}

/** Solves the problem anew so often. The plan is that of the last time, which is that of every time. */
function solveRepeatedly(
  problem: Problem,
  demand: Solved['demand'],
  repeat: number,
): { readonly solved: Solved; readonly solves: readonly SolveMeasures[] } {
  const { wellKnownLabels } = problem.instanceTypes;
  const preferencePolicy = problem.preferencePolicy === 'Ignore' ? 'ignore' : 'respect';
  const solves: SolveMeasures[] = [];
  for (;;) {
    const setup = startStopwatch();
    const snapshot = snapshotOfProblem(problem);
    const setupMs = setup().wallMs;
    const solving = startStopwatch();
    const plan = solve(snapshot, demand, { wellKnownLabels, preferencePolicy, fitChecksMax: FIT_CHECKS_MAX });
    const { wallMs: solveMs, cpuMs: solveCpuMs } = solving();
    solves.push({ setupMs, solveMs, solveCpuMs });
    if (solves.length === repeat) return { solved: { problem, demand, plan }, solves };
  }
}

function tell(solved: Solved, measures: Measures, { output, detail }: PlanOptions, terminal: Terminal): void {
  if (output === 'json') writePlanJson(solved, measures, detail, terminal.out);
  else terminal.out(planTable(planResult(solved, detail), terminal.hasColours ? COLOUR_STYLE : PLAIN_STYLE));
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
