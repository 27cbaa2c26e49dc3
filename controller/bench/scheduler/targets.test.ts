import { expect, test } from '@jest/globals';
import { targetsOf } from './targets.ts';

test.each([
  ['D-20000', { solveCpuMs: 251, patternGap: undefined }, ['250 ms of CPU for the solve: missed']],
  ['U-2000-100', { solveCpuMs: 50, patternGap: undefined }, ['50 ms of CPU for the solve: met']],
  ['B-1000', { solveCpuMs: 9999, patternGap: 0.021 }, ['2.0 % above the bound: missed']],
  ['D-500', { solveCpuMs: 9999, patternGap: undefined }, []],
])('of %s is asked what was promised of it', (workload, measured, want) => {
  const targets = targetsOf(workload, { maxRssMiB: 100, ...measured });
  expect(targets.map(({ aim, isMet }) => `${aim}: ${isMet ? 'met' : 'missed'}`)).toEqual(want);
});
