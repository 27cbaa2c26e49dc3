/**
 * Writes the tables that the AWS adapter ships because no EC2 call gives them: on-demand prices, baseline bandwidth and
 * branch interfaces. The source is the published Go module of Karpenter's AWS provider, whose maintainers generate them.
 * Run: `node scripts/generate-prices.ts` (needs the Go toolchain as module downloader). Equal versions give equal bytes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MODULE = 'github.com/aws/karpenter-provider-aws';
/** The newest version whose go directive a Go 1.26.8 toolchain accepts. */
const VERSION = 'v1.14.1';
const REGION = 'us-east-1';
const OUTPUT_FOLDER = join(import.meta.dirname, '../controller/src/aws');

/** Folder of the unpacked module; the download is checked against the Go checksum database. */
function downloadModule(): string {
  const emptyModule = mkdtempSync(join(tmpdir(), 'generate-prices-'));
  try {
    writeFileSync(join(emptyModule, 'go.mod'), 'module generateprices\n');
    const answer = execFileSync('go', ['mod', 'download', '-json', `${MODULE}@${VERSION}`], {
      cwd: emptyModule,
      env: { ...process.env, GOFLAGS: '-mod=mod' },
      encoding: 'utf8',
    });
    return (JSON.parse(answer) as { Dir: string }).Dir;
  } finally {
    rmSync(emptyModule, { recursive: true });
  }
}

function required(match: RegExpMatchArray | null, what: string): string {
  if (match?.[1] === undefined) throw new Error(`the module's layout has changed: no ${what}`);
  return match[1];
}

/** The `"name": value` pairs of Go source, sorted by name. */
function pairs(source: string): Record<string, number> {
  const found = [...source.matchAll(/"([a-z0-9-]+\.[a-z0-9-]+)":\s*([0-9.]+)/g)].map(
    ([, name, value]): [string, number] => [name ?? '', Number(value)],
  );
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** USD per hour by instance type. */
function onDemandPrices(source: string): Record<string, number> {
  const start = source.indexOf(`\t"${REGION}": {`);
  if (start < 0) throw new Error(`the module's layout has changed: no prices of ${REGION}`);
  return pairs(source.slice(start, source.indexOf('\n\t},', start)));
}

/** Branch interfaces by instance type, of the types that can trunk. */
function branchInterfaces(source: string): Record<string, number> {
  const found: [string, number][] = [];
  for (const entry of source.matchAll(/^\t"([a-z0-9.-]+)": \{\n([\s\S]*?)^\t\},/gm)) {
    const [, name = '', body = ''] = entry;
    if (/IsTrunkingCompatible:\s*true/.test(body)) {
      found.push([name, Number(required(/BranchInterface:\s*(\d+)/.exec(body), `BranchInterface of ${name}`))]);
    }
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** JSON with one record a line, so that a new version shows as a readable diff. */
function jsonLines(meta: object, tables: Record<string, Record<string, number>>): string {
  const blocks = Object.entries(tables).map(([table, records]) => {
    const lines = Object.entries(records).map(([name, value]) => `    ${JSON.stringify(name)}: ${value}`);
    if (lines.length === 0) throw new Error(`the module's layout has changed: ${table} is empty`);
    return `  ${JSON.stringify(table)}: {\n${lines.join(',\n')}\n  }`;
  });
  return `{\n  "meta": ${JSON.stringify(meta)},\n${blocks.join(',\n')}\n}\n`;
}

function main(): void {
  const folder = downloadModule();
  const read = (path: string): string => readFileSync(join(folder, 'pkg/providers', path), 'utf8');
  const pricing = read('pricing/zz_generated.pricing_aws.go');
  const limits = read('instancetype/zz_generated.vpclimits.go');
  const source = { source: `${MODULE}@${VERSION}`, licence: 'Apache-2.0' };
  const pricesAt = required(/generated at (\S+)/.exec(pricing), 'date of prices');
  const limitsAt = required(/generated at (\S+)/.exec(limits), 'date of limits');
  writeFileSync(
    join(OUTPUT_FOLDER, 'on-demand-prices.json'),
    jsonLines(
      { ...source, generatedAt: pricesAt, region: REGION, unit: 'USD per hour, Linux, shared tenancy' },
      { prices: onDemandPrices(pricing) },
    ),
  );
  writeFileSync(
    join(OUTPUT_FOLDER, 'network-limits.json'),
    jsonLines(
      { ...source, generatedAt: limitsAt },
      {
        baselineBandwidthMbps: pairs(read('instancetype/zz_generated.bandwidth.go')),
        branchInterfaces: branchInterfaces(limits),
      },
    ),
  );
}

main();
