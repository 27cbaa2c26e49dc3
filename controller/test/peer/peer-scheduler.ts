import { spawnSync } from 'node:child_process';
import type { Result } from '../../bench/problem/result-file.ts';

/** Results with full detail of a few hundred small problems. */
const OUTPUT_BYTES_MAX = 512 * 2 ** 20;

/** The path of Karpenter's scheduler, as `npm test` hands it to the suite. Throws when it is not built. */
function peerBinary(): string {
  const path = process.env.KARPENTER_SCHEDULER_BINARY;
  if (path === undefined) throw new Error('KARPENTER_SCHEDULER_BINARY is not set; build with: npm run tools');
  return path;
}

/** What Karpenter's own scheduler makes of the problem files, in their order; one process for all. */
export function solveByPeer(paths: readonly string[]): Result[] {
  const run = spawnSync(peerBinary(), ['-detail', 'full', ...paths], {
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (run.status !== 0) throw new Error(`karpenter-scheduler ended with ${run.status}: ${run.stderr}`);
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Result);
}
