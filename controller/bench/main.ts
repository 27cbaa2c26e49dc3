// `npm run bench -- --infra`, `--workload D --pods 20000` or `--peer`; see USAGE.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchInfra, formatInfraReport } from './infra/report.ts';
import { benchArrivals, formatArrivalReport } from './scheduler/arrivals.ts';
import { peerBinary } from './scheduler/contestants.ts';
import { peerPage } from './scheduler/peer-page.ts';
import { benchPeer, folderStore, measuredRows } from './scheduler/peer-report.ts';
import type { PeerChoice } from './scheduler/peer-row.ts';
import { resultsFolder } from './scheduler/results-folder.ts';
import { benchWorkload, formatWorkloadReport } from './scheduler/workload-report.ts';
import { WORKLOADS, type WorkloadChoice, workloadOf } from './workloads/catalogue.ts';

const RUNS_DEFAULT = 5;
const PEER_RUNS_DEFAULT = 3;
/** Of one workload, beside the peer. The dearest takes it two and a half CPU minutes. */
const MINUTES_DEFAULT = 15;
const MINUTE_MS = 60_000;
const DEFAULTS = { seed: '1', shapes: '100', preferences: 'Respect', zones: 'abc' };
const PAGE = new URL('../../docs/benchmarks.md', import.meta.url);
/** About three CPU minutes of the peer a run; with --all twelve. Cheap ones first: what a stopped run has is then most of the page. */
const PEER_SIZES = [
  'D-500',
  'D-2000',
  'Da-500',
  'P-2000',
  'B-1000',
  'Bk-1000',
  'R-2000',
  'T-500',
  'A-500',
  'M-2000',
  'X-60',
  'U-500',
];
const PEER_SIZES_ALL = ['T-5000', 'A-5000', 'U-2000', 'Da-5000', 'R-20000', 'D-20000'];
/** With --all: more than the peer can do in hours. */
const OUR_SIZES_ALL = ['S-40000', 'D-100000', 'R-1000000-1000'];

const USAGE = `usage: npm run bench -- --infra [--runs N] [--json]
       npm run bench -- --workload LETTER --pods N [--seed N] [--shapes N] [--preferences Respect|Ignore] [--zones abc]
                        [--runs N] [--warm N] [--json]
       npm run bench -- --workload LETTER --pods N --batch N [...] [--json]
       npm run bench:peer [-- --all] [--runs N] [--minutes N] [--out FOLDER] [--json]

Each run is a fresh process. --warm N solves the workload N times more in one process, after a few that do not count.
--batch N lets the pods arrive N at a time, in one process, to a cluster that keeps what it bought.
bench:peer writes docs/benchmarks.md after each workload, of all that it has measured. A stopped run goes on where it was, as long as the
sources are the same; --out names the folder of its results. After --minutes no further run of a workload is begun.

Workloads:
${Object.entries(WORKLOADS)
  .map(([letter, { about }]) => `  ${letter.padEnd(3)} ${about}`)
  .join('\n')}`;

const OPTIONS = {
  infra: { type: 'boolean' },
  peer: { type: 'boolean' },
  all: { type: 'boolean' },
  workload: { type: 'string' },
  pods: { type: 'string' },
  seed: { type: 'string' },
  shapes: { type: 'string' },
  preferences: { type: 'string' },
  zones: { type: 'string' },
  runs: { type: 'string' },
  warm: { type: 'string' },
  batch: { type: 'string' },
  minutes: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Flags = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function fail(problem: string): never {
  process.stderr.write(`${problem}\n${USAGE}\n`);
  process.exit(2);
}

function readFlags(): Flags {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function count(name: string, text: string): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : fail(`--${name} must be a whole number above 0`);
}

function choiceOf(letter: string, pods: number, values: Flags): WorkloadChoice {
  const { seed, shapes, preferences, zones } = { ...DEFAULTS, ...values };
  if (WORKLOADS[letter] === undefined) fail(`no workload ${letter}`);
  if (preferences !== 'Respect' && preferences !== 'Ignore') fail('--preferences must be Respect or Ignore');
  if (!/^[a-f]+$/.test(zones)) fail('--zones must be letters from a to f');
  const preferencePolicy = preferences;
  return { letter, pods, seed: count('seed', seed), shapes: count('shapes', shapes), preferencePolicy, zones };
}

async function main(values: Flags): Promise<string> {
  const runs = count('runs', values.runs ?? `${RUNS_DEFAULT}`);
  const asJson = values.json === true;
  if (values.infra === true) {
    const report = await benchInfra(runs);
    return asJson ? JSON.stringify(report) : formatInfraReport(report);
  }
  if (values.peer === true)
    return comparePeer(values, { runs: values.runs === undefined ? PEER_RUNS_DEFAULT : runs, asJson });
  if (values.workload === undefined || values.pods === undefined) fail('name a workload and how many pods');
  const workload = workloadOf(choiceOf(values.workload, count('pods', values.pods), values));
  if (workload === undefined) fail(`no workload ${values.workload}`);
  if (values.batch !== undefined) {
    const report = benchArrivals(workload, count('batch', values.batch));
    return asJson ? JSON.stringify(report) : formatArrivalReport(report);
  }
  const warmSolves = values.warm === undefined ? 0 : count('warm', values.warm);
  const report = benchWorkload(workload, { runs, warmSolves });
  return asJson ? JSON.stringify(report) : formatWorkloadReport(report);
}

/** Measures what has not been measured yet, writes docs/benchmarks.md and returns what to print. */
async function comparePeer(values: Flags, { runs, asJson }: { runs: number; asJson: boolean }): Promise<string> {
  const binary = await peerBinary();
  if (binary === undefined) {
    process.stderr.write("Karpenter's scheduler is not built; build with: npm run tools -- karpenter-scheduler\n");
    process.exit(1);
  }
  const choicesOf = (sizes: readonly string[], isOursAlone: boolean): PeerChoice[] =>
    sizes.map((size) => peerChoice(size, values, isOursAlone));
  const usual = choicesOf(PEER_SIZES, false);
  const all = [...usual, ...choicesOf(PEER_SIZES_ALL, false), ...choicesOf(OUR_SIZES_ALL, true)];
  const minutes = count('minutes', values.minutes ?? `${MINUTES_DEFAULT}`);
  const folder = values.out ?? resultsFolder({ runs, seed: values.seed ?? DEFAULTS.seed, minutes });
  process.stderr.write(`results are kept in ${folder}\n`);
  const store = folderStore(folder);
  const writePage = (): string => {
    const page = peerPage(measuredRows(all, store));
    writeFileSync(PAGE, page);
    return page;
  };
  benchPeer(values.all === true ? all : usual, {
    store,
    binary,
    runs,
    budgetMs: minutes * MINUTE_MS,
    onRow({ workload, ours, peer }) {
      const theirs = peer === undefined ? 'not asked' : `${peer.solveCpuMs.toFixed(0)} ms`;
      process.stderr.write(`${workload}: ${ours.solveCpuMs.toFixed(0)} ms of CPU, Karpenter: ${theirs}\n`);
      writePage();
    },
  });
  const page = writePage();
  return asJson ? JSON.stringify(measuredRows(all, store)) : page;
}

/** `R-1000000-1000`: letter, pods and, where it is not the usual number, shapes. */
function peerChoice(size: string, values: Flags, isOursAlone: boolean): PeerChoice {
  const [letter = '', pods = '', shapes] = size.split('-');
  const choice = choiceOf(letter, Number(pods), shapes === undefined ? values : { ...values, shapes });
  return { choice, isOursAlone };
}

process.stdout.write(`${await main(readFlags())}\n`);
