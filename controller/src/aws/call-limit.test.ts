import { expect, test } from '@jest/globals';
import { createCallLimit } from './call-limit.ts';

test('never more than the limit run at once, in the order they came, and a failure frees its place', async () => {
  const limit = createCallLimit(2);
  const started: number[] = [];
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const tasks = gates.map(({ promise }, index) =>
    limit(async () => {
      started.push(index);
      await promise;
      return index;
    }),
  );
  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  gates[1]?.reject(new Error('broken'));
  await expect(tasks[1]).rejects.toThrow('broken');
  expect(started).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  expect(await Promise.all([tasks[0], tasks[2], tasks[3]])).toEqual([0, 2, 3]);
});
