import { expect, test } from '@jest/globals';
import { hotspotsOf } from './profile.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });

test('a profile names the functions with the most time of their own, alike ones together', () => {
  const nodes = [
    { id: 1, callFrame: frame('(root)') },
    { id: 2, callFrame: frame('solve', 'file:///x/solve.ts') },
    { id: 3, callFrame: frame('', 'file:///x/solve.ts') },
    { id: 4, callFrame: frame('solve', 'file:///x/solve.ts') },
  ];
  const profile = { nodes, samples: [1, 2, 3, 4], timeDeltas: [10, 40, 20, 30] };
  expect(hotspotsOf(profile, 2)).toEqual([
    { name: 'solve in solve.ts', share: 0.7 },
    { name: 'anonymous in solve.ts', share: 0.2 },
  ]);
});
