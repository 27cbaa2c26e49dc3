import { readFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { DEMO_ACCOUNT, runProgram } from './mocked-program.ts';

// The first run loads the SDK of all of AWS, which takes seconds on a busy machine.
jest.setTimeout(60_000);

const PREFIX = 'karpenter-gitops:';

/** The sections of a stack's file. */
function sectionsOf(stack: string): Readonly<Record<string, unknown>> {
  const file = parse(readFileSync(new URL(`../Pulumi.${stack}.yaml`, import.meta.url), 'utf8')) as {
    config: Readonly<Record<string, unknown>>;
  };
  return Object.fromEntries(
    Object.entries(file.config)
      .filter(([key]) => key.startsWith(PREFIX))
      .map(([key, value]) => [key.slice(PREFIX.length), value]),
  );
}

describe('the stacks that are shipped', () => {
  test.each(['dev', 'prod'])('%s previews as it is', async (stack) => {
    const { resources } = await runProgram({ config: sectionsOf(stack), answers: DEMO_ACCOUNT, preview: true });
    expect(resources.at(-1)?.type).toBe('karpenter-cluster:index:Teardown');
  });

  test('prod runs no image before somebody has chosen one', async () => {
    const run = await runProgram({ config: sectionsOf('prod') });
    expect(run.outputs.imageReference).toMatch(/@sha256:0{64}$/);
  });
});
