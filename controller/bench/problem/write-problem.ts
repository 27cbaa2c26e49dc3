import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { PodManifest, Problem, TypeRecord } from './problem-file.ts';

/** Text is handed to the disk in pieces of about this size: a million pods never stand in memory at once. */
const PIECE_LENGTH = 1 << 20;

/** A problem whose pods are made while they are written. */
export interface Workload {
  readonly problem: Omit<Problem, 'pods' | 'instanceTypes' | 'instanceTypesFile'>;
  readonly types: { readonly name: string; readonly records: readonly TypeRecord[] };
  readonly pods: Iterable<PodManifest>;
}

/**
 * Writes the workload as `<its name>.json`, and its types beside it, into `folder`, which is made; returns the problem's path.
 * Equal workloads are equal bytes.
 */
export function writeWorkload(folder: string, { problem, types, pods }: Workload): string {
  mkdirSync(folder, { recursive: true });
  const typesFile = `types-${types.name}.json`;
  writePieces(join(folder, typesFile), lines('{"instanceTypes":[', types.records, ']}\n'));
  const head = JSON.stringify({ ...problem, instanceTypesFile: typesFile }).slice(0, -1);
  const path = join(folder, `${problem.name}.json`);
  writePieces(path, lines(`${head},"pods":[`, pods, ']}\n'));
  return path;
}

/** Writes a small problem whole, types and pods inline; returns its path. */
export function writeProblem(folder: string, problem: Problem): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${problem.name}.json`);
  writePieces(path, [`${JSON.stringify(problem, undefined, 1)}\n`]);
  return path;
}

function* lines(head: string, records: Iterable<object>, tail: string): Generator<string> {
  yield head;
  let separator = '\n';
  for (const record of records) {
    yield separator + JSON.stringify(record);
    separator = ',\n';
  }
  yield `\n${tail}`;
}

function writePieces(path: string, texts: Iterable<string>): void {
  const file = openSync(path, 'w');
  try {
    let piece = '';
    for (const text of texts) {
      piece += text;
      if (piece.length >= PIECE_LENGTH) {
        writeSync(file, piece);
        piece = '';
      }
    }
    writeSync(file, piece);
  } finally {
    closeSync(file);
  }
}
