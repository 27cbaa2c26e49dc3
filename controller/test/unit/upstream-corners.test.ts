import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeProblem } from '../../bench/problem/write-problem.ts';
import type { Corner } from '../peer/corners/corner.ts';
import { COUNTER_EXAMPLES } from '../peer/corners/counter-examples.ts';
import { UPSTREAM_CORNERS } from '../peer/corners/upstream-corners.ts';
import { solveByUs } from '../peer/our-scheduler.ts';
import { outcomeOf } from '../peer/outcome.ts';

// What Karpenter's own scheduler makes of the same problems is asserted beside it, in test/peer.

describe('beside Karpenter’s scheduler, ours does as the table says', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'karpenter-gitops-corners-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const cases = (corners: readonly Corner[]) => corners.map((corner) => [corner.name, corner] as const);
  const expectOutcome = (_name: string, { problem, ours }: Corner): void => {
    const outcome = outcomeOf(problem, solveByUs(writeProblem(folder, problem)));
    expect(outcome).toBe(ours);
    expect(outcome).not.toContain('breaks');
  };

  test.each(cases(UPSTREAM_CORNERS))('where its rules have corners: %s', expectOutcome);

  // Better is as much of a change as worse: the table then has to be put right.
  test.each(cases(COUNTER_EXAMPLES))('where it places more: %s', expectOutcome);
});
