import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STACK_CONFIG } from './answers.ts';
import { startRecordingEngine } from './recording-engine.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** A cold ts-node that checks types takes 5 s on two busy cores; what takes this long hangs. */
const RUN_MS_MAX = 120_000;

/** How TypeScript reaches Node: as it is, as Pulumi.yaml says, or through the loader that Pulumi takes when it says nothing. */
export type Loader = 'node' | 'ts-node';

export interface ProgramStart {
  /** From spawning the process to its last registered resource. */
  readonly toLastResourceMs: number;
  /** To the end of the process. */
  readonly totalMs: number;
  readonly resourceTypes: readonly string[];
}

/** Runs the program of infra/ once in a fresh process, as Pulumi's language host does. Rejects with what it printed when it fails. */
export async function timeProgramStart(loader: Loader): Promise<ProgramStart> {
  const engine = await startRecordingEngine();
  const project = loader === 'node' ? ROOT : copyForTsNode();
  try {
    const startedAtMs = performance.now();
    const { code, output } = await run(loader, project, engine.address);
    const totalMs = performance.now() - startedAtMs;
    const last = engine.registrations.at(-1);
    if (code !== 0 || last === undefined) {
      throw new Error(`the program ended with ${code} under ${loader}:\n${[...engine.errors, output].join('\n')}`);
    }
    return {
      toLastResourceMs: last.atMs - startedAtMs,
      totalMs,
      resourceTypes: engine.registrations.map(({ type }) => type),
    };
  } finally {
    engine.close();
    if (project !== ROOT) rmSync(project, { recursive: true, force: true });
  }
}

function run(
  loader: Loader,
  project: string,
  engineAddress: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const entry = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run');
  const child = spawn(
    process.execPath,
    [
      ...(loader === 'node' ? ['--import', './infra/require-node.mjs'] : []),
      entry,
      ...['--monitor', engineAddress, '--engine', engineAddress],
      ...['--project', 'karpenter-gitops', '--stack', 'bench', '--organization', 'organization'],
      ...['--root-directory', project, '--pwd', project, '--parallel', '16'],
      '.',
    ],
    {
      cwd: project,
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(STACK_CONFIG),
        PULUMI_CONFIG_SECRET_KEYS: '[]',
        ...(loader === 'ts-node' ? { PULUMI_NODEJS_TYPESCRIPT: 'true' } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: RUN_MS_MAX,
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/**
 * The same sources with a tsconfig that ts-node understands: it emits, so imports that end in `.ts` have to be rewritten, and it
 * resolves what is emitted. The loader itself is Pulumi's choice, unchanged.
 */
function copyForTsNode(): string {
  const copy = mkdtempSync(join(tmpdir(), 'karpenter-gitops-bench-'));
  for (const path of ['infra', 'manifests', 'controller/src/api', 'package.json', 'Pulumi.yaml']) {
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    skipLibCheck: true,
    rewriteRelativeImportExtensions: true,
    types: ['node'],
  };
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  return copy;
}
