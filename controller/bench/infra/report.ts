import { isDeepStrictEqual } from 'node:util';
import { type Loader, type ProgramStart, timeProgramStart } from './program-start.ts';

/** From the requirement: ready to plan within 3 s, and in at most half the time of Pulumi's own way. */
const TO_LAST_RESOURCE_MS_TARGET = 3_000;
const RATIO_TARGET = 0.5;

export interface Spread {
  readonly minMs: number;
  readonly medianMs: number;
  readonly maxMs: number;
}

export interface InfraReport {
  readonly runs: number;
  readonly resources: number;
  readonly toLastResource: Readonly<Record<Loader, Spread>>;
  readonly total: Readonly<Record<Loader, Spread>>;
  /** Median to the last resource, ours by ts-node's. */
  readonly ratio: number;
  readonly meetsTarget: boolean;
}

/**
 * Times the program under both loaders, one after the other in turn so that a busy moment hits both. One run of each first warms
 * the file cache and is thrown away. Throws when the loaders register different resources: then they did not do the same work.
 */
export async function benchInfra(runs: number): Promise<InfraReport> {
  const starts: Record<Loader, ProgramStart[]> = { node: [], 'ts-node': [] };
  for (let run = 0; run <= runs; run++) {
    for (const loader of ['node', 'ts-node'] as const) {
      const start = await timeProgramStart(loader);
      if (run > 0) starts[loader].push(start);
    }
  }
  const [types, otherTypes] = [starts.node, starts['ts-node']].map((of) => of[0]?.resourceTypes.toSorted() ?? []);
  if (!isDeepStrictEqual(types, otherTypes)) throw new Error('the two loaders registered different resources');

  const spreadOf = (field: 'toLastResourceMs' | 'totalMs') => ({
    node: spread(starts.node.map((start) => start[field])),
    'ts-node': spread(starts['ts-node'].map((start) => start[field])),
  });
  const toLastResource = spreadOf('toLastResourceMs');
  const ratio = toLastResource.node.medianMs / toLastResource['ts-node'].medianMs;
  return {
    runs,
    resources: types?.length ?? 0,
    toLastResource,
    total: spreadOf('totalMs'),
    ratio,
    meetsTarget: toLastResource.node.medianMs < TO_LAST_RESOURCE_MS_TARGET && ratio <= RATIO_TARGET,
  };
}

/** The report as a table for people. */
export function formatInfraReport(report: InfraReport): string {
  const row = (name: string, { minMs, medianMs, maxMs }: Spread) =>
    `${name.padEnd(34)}${[minMs, medianMs, maxMs].map((ms) => Math.round(ms).toString().padStart(8)).join('')}`;
  return [
    `pulumi program, ${report.resources} resources, ${report.runs} runs, fresh processes`,
    `${'ms'.padEnd(34)}     min  median     max`,
    row('to the last resource, node', report.toLastResource.node),
    row('to the last resource, ts-node', report.toLastResource['ts-node']),
    row('whole process, node', report.total.node),
    row('whole process, ts-node', report.total['ts-node']),
    `ratio ${report.ratio.toFixed(2)} (target: at most ${RATIO_TARGET}, and under ${TO_LAST_RESOURCE_MS_TARGET} ms): ${report.meetsTarget ? 'met' : 'missed'}`,
  ].join('\n');
}

function spread(valuesMs: readonly number[]): Spread {
  const sorted = valuesMs.toSorted((a, b) => a - b);
  const at = (fraction: number) => sorted[Math.floor((sorted.length - 1) * fraction)] ?? Number.NaN;
  return { minMs: at(0), medianMs: at(0.5), maxMs: at(1) };
}
