// `npm run bench -- --infra [--runs N] [--json]`
import { parseArgs } from 'node:util';
import { benchInfra, formatInfraReport } from './infra/report.ts';

const RUNS_DEFAULT = 5;
const USAGE = 'usage: npm run bench -- --infra [--runs N] [--json]';

function readFlags(): { readonly runs: number; readonly json: boolean } | undefined {
  try {
    const { values } = parseArgs({
      options: { infra: { type: 'boolean' }, runs: { type: 'string' }, json: { type: 'boolean' } },
    });
    const runs = Number(values.runs ?? RUNS_DEFAULT);
    return values.infra === true && Number.isInteger(runs) && runs > 0
      ? { runs, json: values.json === true }
      : undefined;
  } catch {
    return undefined;
  }
}

const flags = readFlags();
if (flags === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
const report = await benchInfra(flags.runs);
process.stdout.write(`${flags.json ? JSON.stringify(report) : formatInfraReport(report)}\n`);
