import { describe, expect, test } from '@jest/globals';
import { peerPage } from './peer-page.ts';
import type { PeerRow, Side } from './peer-report.ts';

const side = (rest: Partial<Side>): Side => ({
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
const row = (workload: string, ours: Partial<Side>, rest: Partial<PeerRow> = {}): PeerRow => ({
  workload,
  about: 'pods',
  pods: 10,
  ours: side(ours),
  peer: side({}),
  violations: 0,
  bound: { perHour: 8, kind: 'patterns' },
  targets: [],
  hotspots: [],
  ...rest,
});
const page = (...rows: PeerRow[]): string =>
  peerPage({ machine: 'm', versions: 'v', loadAverage: '1 1 1', runs: 3, seed: 1, rows });

describe('the page of benchmarks', () => {
  test('tells losses as well as wins, and calls what is near a draw', () => {
    const text = page(row('D-1', { solveCpuMs: 10, costPerHour: 11 }), row('T-1', { solveCpuMs: 105, costPerHour: 9 }));
    expect(text).toContain('won T-1; drawn none; lost D-1');
    expect(text).toContain('(within 10 % is a draw): won D-1; drawn T-1; lost none');
    expect(text).toContain('| D-1 | 10 | 10.0 | 100.0 | 10x |');
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
      { aim: '50 ms', found: '90 ms', isMet: false, isOfTime: true },
      { aim: '2 %', found: '3 %', isMet: false, isOfTime: false },
    ];
    const text = page(row('U-1', {}, { targets, hotspots: [{ name: 'fits in node.ts', share: 0.4 }] }));
    expect(text).toContain('| U-1 | 50 ms | 90 ms | **missed** | 40 % fits in node.ts |');
    expect(text).toContain('| U-1 | 2 % | 3 % | **missed** |  |');
  });

  test('counts neither as won nor as lost what the peer was not asked', () => {
    const text = page(row('R-1', { solveCpuMs: 1 }, { peer: undefined, violations: undefined, bound: undefined }));
    expect(text).toContain('**less CPU time** (within 10 % is a draw): won none; drawn none; lost none');
    expect(text).toContain('| R-1 | 10 | 1.0 |  |  |');
  });

  test('does not hide a plan that the validator refuses', () => {
    expect(page(row('A-1', {}, { violations: 2 }))).toContain('**invalid plans of ours**: A-1');
  });
});
