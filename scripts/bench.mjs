// `npm run bench -- …`: installs what is missing, then runs the bench in the Node that the lock file pins.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, lockedEnvironment, node, root } from './install.mjs';

install();
const run = spawnSync(node, [join('controller', 'bench', 'main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  env: lockedEnvironment(),
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
