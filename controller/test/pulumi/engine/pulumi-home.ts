import { chmodSync, copyFileSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { partFromEnvironment } from '../../cluster/part.ts';

const PULUMI_TESTS = join(import.meta.dirname, '..');

/** A provider plugin: a finished program, or a stand-in of ours as the TypeScript file that serves it. */
export type ProviderPlugin = { readonly name: string; readonly version: string } & (
  | { readonly binary: string }
  | { readonly script: string }
);

/**
 * The plugins of the packages in package.json, in these very versions. Only the Kubernetes one is Pulumi's own: the others can be had
 * from no package registry, so stand-ins take their place.
 */
export const providerPlugins = (): readonly ProviderPlugin[] => [
  { name: 'aws', version: '7.48.0', script: join(PULUMI_TESTS, 'aws-provider', 'main.ts') },
  { name: 'eks', version: '4.3.0', script: join(PULUMI_TESTS, 'eks-provider', 'main.ts') },
  { name: 'docker-build', version: '0.0.22', script: join(PULUMI_TESTS, 'docker-build-provider', 'main.ts') },
  { name: 'kubernetes', version: '4.34.2', binary: partFromEnvironment('PULUMI_KUBERNETES_BINARY') },
];

/** Where a Pulumi is installed: `pulumiHome` is for PULUMI_HOME, `root` for the Automation API, `bin` for PATH. */
export interface PulumiInstallation {
  readonly root: string;
  readonly bin: string;
  readonly pulumiHome: string;
}

/** Lays Pulumi out under `root` as its installer does: the CLI with the language host beside it, and the plugins by version. */
export function installPulumi(root: string, plugins: readonly ProviderPlugin[]): PulumiInstallation {
  const bin = join(root, 'bin');
  const pulumiHome = join(root, 'home');
  mkdirSync(bin, { recursive: true });
  // The CLI looks for its language host beside its own file, and a symbolic link would show it the part's folder.
  linkOrCopy(partFromEnvironment('PULUMI_BINARY'), join(bin, 'pulumi'));
  writeNodeScript(join(bin, 'pulumi-language-nodejs'), join(import.meta.dirname, 'language-host.ts'));
  // What a user's plugin or script calls by `env node` is the Node that runs these tests.
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const plugin of plugins) {
    const program = join(
      pulumiHome,
      'plugins',
      `resource-${plugin.name}-v${plugin.version}`,
      `pulumi-resource-${plugin.name}`,
    );
    mkdirSync(dirname(program), { recursive: true });
    if ('binary' in plugin) symlinkSync(plugin.binary, program);
    else writeNodeScript(program, plugin.script);
  }
  return { root, bin, pulumiHome };
}

/** An executable that runs the TypeScript file with this very Node. */
function writeNodeScript(path: string, script: string): void {
  writeExecutable(path, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
}

/** An executable file of that text. */
export function writeExecutable(path: string, content: string): void {
  writeFileSync(path, content);
  chmodSync(path, 0o755);
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Another file system, or one without hard links.
    copyFileSync(from, to);
  }
}
