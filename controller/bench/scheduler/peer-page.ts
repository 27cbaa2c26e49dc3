import { gapOf, type LowerBound } from './lower-bound.ts';
import type { MeasuredRow } from './peer-report.ts';
import type { PeerRow, Side } from './peer-row.ts';

/** A ratio nearer to 1 than this is a draw: measurements of one plan differ by as much. */
const DRAW = { time: 0.1, cost: 0.005 };

/** docs/benchmarks.md: machine, versions, every row, wins and losses alike. */
export function peerPage(rows: readonly MeasuredRow[]): string {
  return `# Benchmarks

Written by \`npm run bench:peer\`; do not edit. Our \`plan\` and Karpenter's own scheduler, each in fresh processes, on the
same problem files, one worker each. CPU time is user and system time of the solve alone, garbage collection included;
reading the file and set-up are apart. Cost is that of each node's cheapest offering.

${groundLines(rows)}

## Time and memory

| workload | pods | runs, ours | Karpenter | solve CPU ms, ours | Karpenter | Karpenter / ours | us a pod, ours | set-up ms, ours | Karpenter | decode ms, ours | Karpenter | encode ms, ours | MiB, ours | Karpenter |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
${rows.map(timeLine).join('\n')}

Medians of the runs; Karpenter runs once where it takes more than 20 s. An empty cell of Karpenter's: it would take hours,
or took longer than it was given. How long it encodes it does not say.

## Targets

${targetLines(rows)}

## Plans

A plan is valid when a validator that shares no code with the scheduler has nothing against it. Where a spread counts pods
that do not obey it (D, Da), the validator looks for an order in which all pods can be bound and misses one only rarely;
of plans of more than 50,000 pods it is not asked.

No plan for all pods can cost less than the bound, and often none can cost as little. *fluid*: pods and nodes may be cut
into any parts. *patterns*: pods are whole, only the number of nodes may be any fraction (Gilmore and Gomory's linear
program; the bound is at most 0.5 % below its optimum); *not to the end*: further below it, and as true. What pods say of
each other, and daemons, are left out of all of them.

| workload | nodes, ours | Karpenter | $/h, ours | Karpenter | ours / Karpenter | bound $/h | bound | ours above it | Karpenter above it | without a place, ours | Karpenter | ours valid |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
${rows.map(planLine).join('\n')}

## Wins and losses

${verdicts(rows).join('\n')}

## The workloads

${[...new Set(rows.map(({ workload, about }) => `- **${workload.split('-')[0]}**: ${about}`))].join('\n')}
`;
}

/** Under what the rows were measured: each fact once. */
function groundLines(rows: readonly MeasuredRow[]): string {
  const loads = rows.flatMap(({ loadAverages }) => loadAverages);
  const each = (facts: readonly string[]): string => [...new Set(facts)].join('; ');
  return [
    '| | |',
    '|---|---|',
    line(['date', each(rows.map(({ date }) => date).sort())]),
    line(['machine', each(rows.map(({ machine }) => machine))]),
    line(['versions', each(rows.flatMap(({ versions }) => versions))]),
    line(['seed', each(rows.map(({ seed }) => `${seed}`))]),
    line(['load averages meanwhile', loads.length === 0 ? '' : `${Math.min(...loads)} to ${Math.max(...loads)}`]),
  ].join('\n');
}

function timeLine({ workload, pods, ours, peer }: PeerRow): string {
  return line([
    workload,
    `${pods}`,
    `${ours.runs}`,
    `${peer?.runs ?? ''}`,
    ours.solveCpuMs.toFixed(1),
    peer?.solveCpuMs.toFixed(1) ?? '',
    peer === undefined ? '' : times(peer.solveCpuMs / ours.solveCpuMs),
    ((1000 * ours.solveCpuMs) / pods).toFixed(0),
    ours.setupMs.toFixed(0),
    peer?.setupMs.toFixed(0) ?? '',
    ours.decodeMs.toFixed(0),
    peer?.decodeMs.toFixed(0) ?? '',
    ours.encodeMs?.toFixed(0) ?? '',
    ours.maxRssMiB.toFixed(0),
    peer?.maxRssMiB.toFixed(0) ?? '',
  ]);
}

function planLine({ workload, ours, peer, violations, bound }: PeerRow): string {
  return line([
    workload,
    `${ours.nodes}`,
    `${peer?.nodes ?? ''}`,
    ours.costPerHour.toFixed(2),
    peer?.costPerHour.toFixed(2) ?? '',
    peer === undefined ? '' : (ours.costPerHour / peer.costPerHour).toFixed(3),
    bound?.perHour.toFixed(2) ?? '',
    bound?.kind ?? '',
    above(ours, bound),
    peer === undefined || peer.unscheduled > 0 ? '' : above(peer, bound),
    `${ours.unscheduled}`,
    `${peer?.unscheduled ?? ''}`,
    violations === undefined ? '' : violations === 0 ? 'yes' : `no: ${violations}`,
  ]);
}

function above({ costPerHour }: Side, bound: LowerBound | undefined): string {
  const gap = gapOf(costPerHour, bound);
  return gap === undefined ? '' : `${(100 * gap).toFixed(1)} %`;
}

/** Met or missed; of what is missed, where its time goes: shares of the whole process, reading and start included. */
function targetLines(rows: readonly PeerRow[]): string {
  const lines = rows.flatMap(({ workload, targets, hotspots }) =>
    targets.map(({ aim, found, ratio, isMet, isOfTime }) => {
      const where = hotspots.map(({ name, share }) => `${(100 * share).toFixed(0)} % ${name}`).join(', ');
      return line([workload, aim, found, times(ratio), isMet ? 'met' : '**missed**', isOfTime && !isMet ? where : '']);
    }),
  );
  if (lines.length === 0) return 'None of these workloads has one.';
  return [
    '| workload | at most | ours | ours / at most | | profile of a miss: time of its own |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function times(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}x`;
}

/** One line for each of placement, cost and time: where we are better, equal, worse. Costs compare only at equal placement. */
function verdicts(rows: readonly PeerRow[]): string[] {
  const both = rows.flatMap((row) => (row.peer === undefined ? [] : [{ ...row, peer: row.peer }]));
  const placed = compare(both, ({ ours, peer }) => peer.unscheduled - ours.unscheduled);
  const equal = both.filter(({ ours, peer }) => ours.unscheduled === peer.unscheduled);
  const cost = compare(equal, ({ ours, peer }) => beyond(peer.costPerHour / ours.costPerHour, DRAW.cost));
  const time = compare(both, ({ ours, peer }) => beyond(peer.solveCpuMs / ours.solveCpuMs, DRAW.time));
  const invalid = rows.filter(({ violations = 0 }) => violations > 0).map(({ workload }) => workload);
  return [
    `- **more pods placed**: ${placed}`,
    `- **lower cost at equal placement** (within ${100 * DRAW.cost} % is a draw): ${cost}`,
    `- **less CPU time** (within ${100 * DRAW.time} % is a draw): ${time}`,
    `- **invalid plans of ours**: ${listed(invalid)}`,
  ];
}

function beyond(ratio: number, draw: number): number {
  return Math.abs(ratio - 1) <= draw ? 0 : ratio - 1;
}

type Contest = PeerRow & { readonly peer: Side };

function compare(rows: readonly Contest[], gain: (row: Contest) => number): string {
  const names = (isMeant: (value: number) => boolean) =>
    listed(rows.filter((row) => isMeant(gain(row))).map(({ workload }) => workload));
  return `won ${names((value) => value > 0)}; drawn ${names((value) => value === 0)}; lost ${names((value) => value < 0)}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
