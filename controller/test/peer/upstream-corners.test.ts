import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { writeProblem } from '../../bench/problem/write-problem.ts';
import { COUNTER_EXAMPLES } from './corners/counter-examples.ts';
import { UPSTREAM_CORNERS } from './corners/upstream-corners.ts';
import { outcomeOf } from './outcome.ts';
import { solveByPeer } from './peer-scheduler.ts';

// Karpenter's scheduler walks maps, so where several domains are equal its runs differ. Each of several outcomes that the table names comes at
// least every third time: to miss one in so many runs takes longer than anybody will wait.
const RUNS_MANY = 40;
const RUNS_FEW = 3;

const CORNERS = [...UPSTREAM_CORNERS, ...COUNTER_EXAMPLES];

describe('Karpenter’s own scheduler does as the table of corners says', () => {
  const seen: string[][] = [];

  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-corners-'));
    try {
      const asked = CORNERS.map(({ problem, peer = [] }, index) => {
        const path = writeProblem(folder, { ...problem, name: `corner-${index}` });
        return Array.from({ length: peer.length > 1 ? RUNS_MANY : RUNS_FEW }, () => path);
      });
      const results = solveByPeer(asked.flat());
      for (const [index, { problem }] of CORNERS.entries()) {
        const own = results.splice(0, asked[index]?.length ?? 0);
        seen.push([...new Set(own.map((result) => outcomeOf(problem, result)))].sort());
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 300_000);

  test.each(CORNERS.map(({ name, ours, peer = [ours] }, index) => [name, index, peer] as const))(
    '%s',
    (_name, index, stated) => expect(seen[index]).toEqual([...stated].sort()),
  );
});
