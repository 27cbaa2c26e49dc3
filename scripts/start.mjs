// `npm start`: installs what is missing, then plays the getting-started story in the sandbox.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { install, lockedEnvironment, node, root } from './install.mjs';

const EXIT_CODE_OF_SIGNAL_BASE = 128; // a shell's convention for "ended by signal n"

install();
const story = spawn(node, [join('controller', 'sandbox', 'story.ts'), ...process.argv.slice(2)], {
  cwd: root,
  env: lockedEnvironment(),
  stdio: 'inherit',
});
// Ctrl-C in a terminal reaches the story by itself; forwarded as well, it would look like the impatient second one.
process.on('SIGINT', () => process.stdin.isTTY || story.kill('SIGINT'));
process.on('SIGTERM', () => story.kill('SIGTERM'));
story.on('error', (error) => {
  console.error(`cannot start the story: ${error.message}`);
  process.exit(1);
});
story.on('exit', (code, signal) => process.exit(code ?? EXIT_CODE_OF_SIGNAL_BASE + constants.signals[signal]));
