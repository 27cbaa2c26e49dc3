import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { pod, problem } from './plan-fixture.ts';

const COMMAND = fileURLToPath(new URL('../../../src/cli/kubectl-provisioner.ts', import.meta.url));

/** Runs the command as a process of its own. */
function run(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', COMMAND, ...args], {
    input,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return { code: status, out: stdout, err: stderr };
}

describe('kubectl-provisioner', () => {
  test('plans what comes in by standard input; what goes out is the result alone', () => {
    const { code, out, err } = run(['plan', '-f', '-', '-o', 'json'], JSON.stringify(problem({ pods: [pod('x')] })));
    expect({ code, file: JSON.parse(out).problem.file }).toEqual({ code: 0, file: '-' });
    expect(err).toMatch(/^read 1 pods in \d+\.\d\d s, planning …\nplanned in \d+\.\d\d s\n$/);
  });

  test('writes a table without colours to what is no terminal', () => {
    const { out } = run(['plan', '-f', '-'], JSON.stringify(problem({ pods: [pod('x')] })));
    expect(out).toMatch(/^NODES {3}PROVISIONER/);
  });

  test('ends with 2 for a bad problem, an unknown command and none', () => {
    expect(run(['plan', '-f', '-'], '{}')).toMatchObject({ code: 2, out: '' });
    expect(run(['paln'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^unknown command paln\nusage: /),
    });
    expect(run([])).toMatchObject({ code: 2, out: '' });
    expect(run(['--help'])).toMatchObject({ code: 0, err: '' });
  });
});
