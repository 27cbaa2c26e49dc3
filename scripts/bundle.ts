// `npm run bundle`: the controller as it goes into its image, in dist/ or in the folder that --out names. Everything it needs of
// node_modules is in these files, so the image holds Node and this folder and nothing else; sbom.cdx.json says which packages that is.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { type PackageLock, sbomOf } from './sbom.ts';

const ROOT = join(import.meta.dirname, '..');
const ENTRIES = {
  main: 'controller/src/main.ts',
  // Started by its file name, so it has to stay a file, beside the one that starts it.
  'lease-worker-thread': 'controller/src/kube/lease-worker-thread.ts',
};
const SBOM_FILE = 'sbom.cdx.json';
/** The version that package.json installs here, and that the base image has to have. */
const NODE_TARGET = 'node24';

/** Some dependencies are CommonJS and ask for Node's own modules by `require`, which a module does not have. */
const BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/**
 * Empties the folder and fills it. Equal sources make equal bytes. Rejects when a source cannot be resolved or parsed, and, before
 * anything is deleted, when the folder holds something else than an earlier bundle.
 */
async function bundle(outDir: string): Promise<void> {
  const found = existsSync(outDir) ? readdirSync(outDir) : [];
  if (found.length > 0 && !found.includes('main.js')) throw new Error(`${outDir} holds no bundle and is not emptied`);
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: outDir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: NODE_TARGET,
    // Not minified: a stack trace from production shall be readable, and a megabyte less in an image is worth nothing.
    keepNames: true,
    legalComments: 'external',
    banner: { js: BANNER },
    logLevel: 'warning',
    metafile: true,
  });
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as PackageLock;
  // Of the outputs: what was read and then left out as unused is no part of the image.
  const sources = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => (inputs[file]?.bytesInOutput ?? 0) > 0),
  );
  writeFileSync(join(outDir, SBOM_FILE), sbomOf(sources, lock));
  // Outside the repository nothing else says that these files are modules.
  writeFileSync(join(outDir, 'package.json'), `${JSON.stringify({ type: 'module' })}\n`);
}

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'dist') } } });
await bundle(values.out);
