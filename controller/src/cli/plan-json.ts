import { writeJsonObject } from './json-writer.ts';
import { type Measures, maxRssMiB, medianSolve } from './measures.ts';
import { type Detail, planResult, type Solved } from './plan-result.ts';

/** Writes the result as JSON. Times and memory aside, equal problems give equal bytes. */
export function writePlanJson(
  solved: Solved,
  { decodeMs, solves }: Measures,
  detail: Detail,
  write: (text: string) => void,
): void {
  const startedAtMs = performance.now();
  let writingMs = 0;
  const timedWrite = (text: string): void => {
    const before = performance.now();
    write(text);
    writingMs += performance.now() - before;
  };
  const { newNodeClaimCount, podErrors, costPerHour, newNodeClaims, existingNodes, unplacedPods, ...rest } = planResult(
    solved,
    detail,
  );
  const { solveMs, solveCpuMs } = medianSolve(solves);
  const counts = { newNodeClaimCount, podErrors, costPerHour };
  function* fields() {
    yield* Object.entries({
      ms: solveMs,
      cpuMs: solveCpuMs,
      decodeMs,
      reps: solves.map((each) => ({ ...each, newNodeClaims: newNodeClaimCount, podErrors, costPerHour })),
      ...counts,
      ...rest,
    });
    yield ['newNodeClaims', newNodeClaims, 'list'] as const;
    yield ['existingNodes', existingNodes, 'list'] as const;
    if (unplacedPods !== undefined) yield ['unplacedPods', unplacedPods, 'list'] as const;
    // Last, so that they count what came before.
    yield ['encodeMs', Math.round(1000 * (performance.now() - startedAtMs - writingMs)) / 1000] as const;
    yield ['maxRssMiB', maxRssMiB()] as const;
    yield ['run', { scheduler: 'karpenter-gitops', node: process.version, workers: 1 }] as const;
  }
  writeJsonObject(fields(), timedWrite);
}
