#!/usr/bin/env node
// `kubectl provisioner …`: questions about Provisioners, answered outside the controller.
// Exit codes: 0 done, 1 failed, 2 wrong usage.
import { PLAN_USAGE, runPlan, type Terminal } from './plan-command.ts';

const terminal: Terminal = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  hasColours: process.stdout.isTTY === true && !process.env.NO_COLOR,
};

// A reader such as `head` that has seen enough is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// The code is set, not exited with: what has been written must reach a slow reader.
process.exitCode = run(process.argv.slice(2));

function run([command, ...args]: readonly string[]): number {
  if (command === 'plan') return runPlan(args, terminal);
  const isHelp = command === '-h' || command === '--help';
  const said = isHelp || command === undefined ? '' : `unknown command ${command}\n`;
  (isHelp ? terminal.out : terminal.err)(`${said}${PLAN_USAGE}\n`);
  return isHelp ? 0 : 2;
}
