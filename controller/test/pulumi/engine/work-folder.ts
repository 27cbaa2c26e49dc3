import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..', '..');

/** What a Pulumi run of this project reads. */
const PROJECT_FILES = [
  'Pulumi.yaml',
  'package.json',
  'infra',
  'manifests',
  join('controller', 'src'),
  join('controller', 'Dockerfile'),
];

/**
 * Copies the project into `folder`: a stack writes its file beside Pulumi.yaml, and a test may edit what it likes. The packages are
 * linked.
 */
export function copyProject(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of PROJECT_FILES) {
    cpSync(join(CHECKOUT, file), join(folder, file), {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts'),
    });
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
}
