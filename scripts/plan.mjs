// `npm run --silent plan -- -f FILE …`: installs what is missing, then plans in the Node that the lock file pins.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, lockedEnvironment, node, root } from './install.mjs';

install();
// npm changes to the top folder; file names are meant from where the user stands.
const isRunByNpm = process.env.npm_lifecycle_event === 'plan' && process.cwd() === root;
const run = spawnSync(
  node,
  [join(root, 'controller', 'src', 'cli', 'kubectl-provisioner.ts'), 'plan', ...process.argv.slice(2)],
  { cwd: (isRunByNpm && process.env.INIT_CWD) || process.cwd(), env: lockedEnvironment(), stdio: 'inherit' },
);
if (run.error) console.error(`cannot plan: ${run.error.message}`);
process.exit(run.status ?? 1);
