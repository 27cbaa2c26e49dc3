import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runOurs } from './contestants.ts';

/** Solves of the profiled process: more than one, so that its start does not drown them. */
const SOLVES = 3;

/** A function, and its part of the samples in which it was itself at work. */
export interface Hotspot {
  readonly name: string;
  readonly share: number;
}

/** As Node's `--cpu-prof` writes it. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where our command spends its time on the problem: the functions that take most of it themselves, from start to end. */
export function profileOf(path: string, hotspotsMax: number): Hotspot[] {
  const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-profile-'));
  try {
    runOurs(path, { profileFolder: folder, repeat: SOLVES });
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error('no profile was written');
    return hotspotsOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, hotspotsMax);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The functions with the most time of their own, the most first, of equal ones by name. */
export function hotspotsOf({ nodes, samples, timeDeltas }: CpuProfile, hotspotsMax: number): Hotspot[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const micros = new Map<string, number>();
  let total = 0;
  for (const [index, sample] of samples.entries()) {
    const name = names.get(sample) ?? '';
    const delta = timeDeltas[index] ?? 0;
    total += delta;
    micros.set(name, (micros.get(name) ?? 0) + delta);
  }
  return [...micros]
    .map(([name, own]) => ({ name, share: total === 0 ? 0 : own / total }))
    .sort((left, right) => right.share - left.share || (left.name < right.name ? -1 : 1))
    .slice(0, hotspotsMax);
}

function nameOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  const name = functionName === '' ? 'anonymous' : functionName;
  return url === '' ? name : `${name} in ${basename(url)}`;
}
