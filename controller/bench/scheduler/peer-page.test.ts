import { describe, expect, test } from '@jest/globals';
import { peerPage } from './peer-page.ts';
import type { MeasuredRow } from './peer-report.ts';
import type { Side } from './peer-row.ts';

const side = (rest: Partial<Side>): Side => ({
  runs: 3,
  solveCpuMs: 100,
  setupMs: 1,
  decodeMs: 1,
  encodeMs: undefined,
  maxRssMiB: 1,
  nodes: 1,
  unscheduled: 0,
  costPerHour: 10,
  ...rest,
});
const row = (workload: string, ours: Partial<Side>, rest: Partial<MeasuredRow> = {}): MeasuredRow => ({
  workload,
  about: 'pods',
  pods: 10,
  seed: 1,
  versions: ['v'],
  machine: 'm',
  date: '2026-11-26',
  loadAverages: [1, 2],
  ours: side(ours),
  peer: side({}),
  violations: 0,
  bound: { perHour: 8, kind: 'patterns' },
  targets: [],
  hotspots: [],
  ...rest,
});
const page = (...rows: MeasuredRow[]): string => peerPage(rows);

describe('the page of benchmarks', () => {
  test('tells losses as well as wins, and calls what is near a draw', () => {
    const text = page(row('D-1', { solveCpuMs: 10, costPerHour: 11 }), row('T-1', { solveCpuMs: 105, costPerHour: 9 }));
    expect(text).toContain('won T-1; drawn none; lost D-1');
    expect(text).toContain('(within 10 % is a draw): won D-1; drawn T-1; lost none');
    expect(text).toContain('| D-1 | 10 | 3 | 3 | 10.0 | 100.0 | 10x | 1000 |');
  });

  test('compares no costs where one places less', () => {
    const text = page(row('U-1', { unscheduled: 3, costPerHour: 1 }));
    expect(text).toContain('**more pods placed**: won none; drawn none; lost U-1');
    expect(text).toContain('is a draw): won none; drawn none; lost none');
  });

  test('says how far each is above the bound, and which bound that is', () => {
    expect(page(row('B-1', { costPerHour: 9 }))).toContain('| 8.00 | patterns | 12.5 % | 25.0 % |');
  });

  test('calls a miss one, with what took the time', () => {
    const targets = [
      { aim: '50 ms', found: '90 ms', ratio: 1.8, isMet: false, isOfTime: true },
      { aim: '2 %', found: '3 %', ratio: 1.5, isMet: false, isOfTime: false },
    ];
    const text = page(row('U-1', {}, { targets, hotspots: [{ name: 'fits in node.ts', share: 0.4 }] }));
    expect(text).toContain('| U-1 | 50 ms | 90 ms | 1.80x | **missed** | 40 % fits in node.ts |');
    expect(text).toContain('| U-1 | 2 % | 3 % | 1.50x | **missed** |  |');
  });

  test('counts neither as won nor as lost what the peer was not asked', () => {
    const text = page(row('R-1', { solveCpuMs: 1 }, { peer: undefined, violations: undefined, bound: undefined }));
    expect(text).toContain('**less CPU time** (within 10 % is a draw): won none; drawn none; lost none');
    expect(text).toContain('| R-1 | 10 | 3 |  | 1.0 |  |  | 100 |');
  });

  test('says once under what all rows were measured, and each way where they differ', () => {
    const text = page(row('D-1', {}), row('T-1', {}, { date: '2026-11-27', loadAverages: [0.5, 4] }));
    expect(text).toContain('| date | 2026-11-26; 2026-11-27 |\n| machine | m |');
    expect(text).toContain('| load averages meanwhile | 0.5 to 4 |');
  });

  test('does not hide a plan that the validator refuses', () => {
    expect(page(row('A-1', {}, { violations: 2 }))).toContain('**invalid plans of ours**: A-1');
  });
});
