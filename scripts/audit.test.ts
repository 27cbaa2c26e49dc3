import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const AUDIT = join(import.meta.dirname, 'audit.mjs');
const finding = (severity: string) => ({ vulnerabilities: { left: { name: 'left-pad', severity, range: '<1.3.1' } } });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the audit with an npm that prints this and ends with 1, as npm does with most of these. */
function audit(printed: string) {
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\ncat <<'END'\n${printed}\nEND\nexit 1\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const { status, stderr } = spawnSync(process.execPath, [AUDIT], { env, encoding: 'utf8' });
  return { status, stderr };
}

test.each(['high', 'critical'])('a vulnerability of severity %s fails, and is named', (severity) => {
  const { status, stderr } = audit(JSON.stringify(finding(severity)));
  expect(status).toBe(1);
  expect(stderr).toContain(`${severity}: left-pad <1.3.1`);
});

test('lesser ones pass, as nothing found does', () => {
  expect(audit(JSON.stringify(finding('moderate'))).status).toBe(0);
  expect(audit(JSON.stringify({ vulnerabilities: {} })).status).toBe(0);
});

test('a registry that does not answer is no pass, and is not told of by its address', () => {
  const { status, stderr } = audit(
    JSON.stringify({ message: '405 Method Not Allowed - POST https://registry.test/x' }),
  );
  expect(status).toBe(3);
  expect(stderr).toContain('405 Method Not Allowed');
  expect(stderr).not.toContain('registry.test');
  expect(audit('npm is broken').status).toBe(3);
});
