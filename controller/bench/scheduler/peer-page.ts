import type { PeerReport, PeerRow } from './peer-report.ts';

/** A ratio nearer to 1 than this is a draw: measurements of one plan differ by as much. */
const DRAW = { time: 0.1, cost: 0.005 };

/** docs/benchmarks.md: machine, versions, every row, wins and losses alike. */
export function peerPage({ machine, versions, loadAverage, runs, seed, rows }: PeerReport): string {
  return `# Benchmarks

Written by \`npm run bench:peer\`; do not edit. Our \`plan\` and Karpenter's own scheduler, each in fresh processes, on the
same problem files, one worker each. CPU time is user and system time of the solve alone, garbage collection included;
reading the file and set-up are apart. Cost is that of each node's cheapest offering.

| | |
|---|---|
| machine | ${machine} |
| versions | ${versions} |
| load average at the end | ${loadAverage} |
| runs | median of ${runs}, seed ${seed} |

## Time and memory

| workload | pods | solve CPU ms, ours | Karpenter | Karpenter / ours | set-up ms, ours | Karpenter | decode ms, ours | Karpenter | MiB, ours | Karpenter |
|---|---|---|---|---|---|---|---|---|---|---|
${rows.map(timeLine).join('\n')}

## Plans

A plan is valid when a validator that shares no code with the scheduler has nothing against it. Where a spread counts pods
that do not obey it (D, Da), the validator looks for an order in which all pods can be bound and may miss one. The bound is
the fluid relaxation: no plan for all pods can cost less, and often none can cost as little.

| workload | nodes, ours | Karpenter | $/h, ours | Karpenter | ours / Karpenter | bound $/h | without a place, ours | Karpenter | ours valid |
|---|---|---|---|---|---|---|---|---|---|
${rows.map(planLine).join('\n')}

## Wins and losses

${verdicts(rows).join('\n')}

## The workloads

${[...new Set(rows.map(({ workload, about }) => `- **${workload.split('-')[0]}**: ${about}`))].join('\n')}
`;
}

function timeLine({ workload, pods, ours, peer }: PeerRow): string {
  return line([
    workload,
    `${pods}`,
    ours.solveCpuMs.toFixed(1),
    peer.solveCpuMs.toFixed(1),
    times(peer.solveCpuMs / ours.solveCpuMs),
    ours.setupMs.toFixed(0),
    peer.setupMs.toFixed(0),
    ours.decodeMs.toFixed(0),
    peer.decodeMs.toFixed(0),
    ours.maxRssMiB.toFixed(0),
    peer.maxRssMiB.toFixed(0),
  ]);
}

function planLine({ workload, ours, peer, violations, lowerBoundPerHour }: PeerRow): string {
  return line([
    workload,
    `${ours.nodes}`,
    `${peer.nodes}`,
    ours.costPerHour.toFixed(2),
    peer.costPerHour.toFixed(2),
    (ours.costPerHour / peer.costPerHour).toFixed(3),
    lowerBoundPerHour?.toFixed(2) ?? '',
    `${ours.unscheduled}`,
    `${peer.unscheduled}`,
    violations === 0 ? 'yes' : `no: ${violations}`,
  ]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function times(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}x`;
}

/** One line for each of placement, cost and time: where we are better, equal, worse. Costs compare only at equal placement. */
function verdicts(rows: readonly PeerRow[]): string[] {
  const placed = compare(rows, ({ ours, peer }) => peer.unscheduled - ours.unscheduled);
  const equal = rows.filter(({ ours, peer }) => ours.unscheduled === peer.unscheduled);
  const cost = compare(equal, ({ ours, peer }) => beyond(peer.costPerHour / ours.costPerHour, DRAW.cost));
  const time = compare(rows, ({ ours, peer }) => beyond(peer.solveCpuMs / ours.solveCpuMs, DRAW.time));
  const invalid = rows.filter(({ violations }) => violations > 0).map(({ workload }) => workload);
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

function compare(rows: readonly PeerRow[], gain: (row: PeerRow) => number): string {
  const names = (isMeant: (value: number) => boolean) =>
    listed(rows.filter((row) => isMeant(gain(row))).map(({ workload }) => workload));
  return `won ${names((value) => value > 0)}; drawn ${names((value) => value === 0)}; lost ${names((value) => value < 0)}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
