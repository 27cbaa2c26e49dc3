import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { workloadNameOf } from '../workloads/catalogue.ts';
import { type PeerChoice, type PeerRow, peerRow } from './peer-row.ts';

/** A row, and under what it was measured. */
export interface MeasuredRow extends PeerRow {
  readonly machine: string;
  /** `2026-11-26`. */
  readonly date: string;
  /** Before the row and after it, of the last minute. */
  readonly loadAverages: readonly [number, number];
}

/** What a stopped run left, and where the next one goes on. */
export interface RowStore {
  read(workload: string): MeasuredRow | undefined;
  write(row: MeasuredRow): void;
}

/** A store that keeps each row in a file of its own in the folder, which is made. */
export function folderStore(folder: string): RowStore {
  mkdirSync(folder, { recursive: true });
  const pathOf = (workload: string): string => join(folder, `${workload}.json`);
  return {
    read(workload) {
      const path = pathOf(workload);
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as MeasuredRow) : undefined;
    },
    write(row) {
      // Whole or not at all: a run may be stopped at any time.
      const path = pathOf(row.workload);
      writeFileSync(`${path}.new`, `${JSON.stringify(row, undefined, 1)}\n`);
      renameSync(`${path}.new`, path);
    },
  };
}

/** The rows of those workloads that have been measured, in the order of the choices. */
export function measuredRows(choices: readonly PeerChoice[], store: RowStore): MeasuredRow[] {
  return choices.flatMap(({ choice }) => store.read(workloadNameOf(choice)) ?? []);
}

/** Measures the workloads that the store has no row of, one after another, and says each when it is there. */
export function benchPeer(
  choices: readonly PeerChoice[],
  {
    store,
    onRow,
    ...ground
  }: { store: RowStore; binary: string; runs: number; budgetMs: number; onRow: (row: MeasuredRow) => void },
): void {
  for (const choice of choices) {
    if (store.read(workloadNameOf(choice.choice)) !== undefined) continue;
    const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-bench-'));
    try {
      const before = loadAverage();
      const row = peerRow(choice, { ...ground, folder });
      const measured = { ...row, machine: machine(), date: today(), loadAverages: [before, loadAverage()] as const };
      store.write(measured);
      onRow(measured);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function machine(): string {
  return `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

function today(): string {
  return new Date().toISOString().slice(0, 'yyyy-mm-dd'.length);
}

function loadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
}
