import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { benchPeer, folderStore, type MeasuredRow, measuredRows } from './peer-report.ts';
import type { PeerChoice } from './peer-row.ts';

const choice = (letter: string, pods: number): PeerChoice => ({
  choice: { letter, pods, seed: 1, shapes: 100, preferencePolicy: 'Respect', zones: 'abc' },
  isOursAlone: true,
});
const row = (workload: string, solveCpuMs: number): MeasuredRow => ({
  workload,
  about: 'pods',
  pods: 10,
  seed: 1,
  versions: ['v'],
  ours: { runs: 1, solveCpuMs, setupMs: 1, decodeMs: 1, maxRssMiB: 1, nodes: 1, unscheduled: 0, costPerHour: 1 },
  targets: [],
  hotspots: [],
  machine: 'm',
  date: '2026-11-26',
  loadAverages: [1, 1],
});

describe('a run beside the peer', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-rows-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('goes on where a stopped one was, and keeps what that one had measured', () => {
    folderStore(folder).write(row('P-2', 7));
    // Stopped while it wrote the next row.
    writeFileSync(join(folder, 'P-3.json.new'), '{"workload":');
    const told: string[] = [];
    const store = folderStore(folder);
    const choices = [choice('P', 2), choice('P', 3)];
    expect(measuredRows(choices, store)).toEqual([row('P-2', 7)]);
    benchPeer(choices, {
      store,
      binary: 'not asked',
      runs: 1,
      budgetMs: 1,
      onRow: ({ workload }) => told.push(workload),
    });
    expect(told).toEqual(['P-3']);
    const [first, second] = measuredRows(choices, folderStore(folder));
    expect(first?.ours.solveCpuMs).toBe(7);
    expect(second).toMatchObject({ workload: 'P-3', violations: 0, bound: { kind: 'patterns' }, ours: { runs: 1 } });
    expect(second?.peer).toBeUndefined();
  });
});
