import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import { installPulumi, providerPlugins, writeExecutable } from './pulumi-home.ts';
import { openStack, type StackConfig, type TestStack } from './stack.ts';
import { copyProject } from './work-folder.ts';

/** The real Pulumi engine under a copy of this project, with a state of its own. */
export interface PulumiEngine {
  /** The copy's folder. */
  readonly projectFolder: string;
  /** Where its programs are, and what they see besides: for commands that the Automation API does not know. */
  readonly bin: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A new stack with nothing in it. `environment` is what its commands and plugins see besides. */
  newStack(name: string, config: StackConfig, environment: Readonly<Record<string, string>>): Promise<TestStack>;
  /** Removes all files; the stacks' resources are not its business. */
  close(): void;
}

/** Installs Pulumi into a folder of its own, where `aws eks get-token` answers with `clusterToken`. */
export async function installEngine(options: { readonly clusterToken: string }): Promise<PulumiEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'pulumi-'));
  const { root, bin, pulumiHome } = installPulumi(join(folder, 'pulumi'), providerPlugins());
  writeAwsProgram(join(bin, 'aws'), options.clusterToken);
  const projectFolder = join(folder, 'project');
  copyProject(projectFolder);
  const backend = join(folder, 'state');
  mkdirSync(backend);
  const command = await PulumiCommand.get({ root });
  const ownEnvironment = {
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // A package that is not here is an error, and no download.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    // jest's own, of no use to plugins and programs.
    NODE_OPTIONS: '',
  };
  return {
    projectFolder,
    bin,
    environment: { ...ownEnvironment, PULUMI_HOME: pulumiHome, PATH: `${bin}:${process.env.PATH}` },
    newStack: (name, config, environment) =>
      openStack({
        command,
        pulumiHome,
        projectFolder,
        environment: { ...environment, ...ownEnvironment },
        name,
        config,
      }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The AWS CLI as far as kubeconfigs call it. */
function writeAwsProgram(path: string, token: string): void {
  const credential = { apiVersion: 'client.authentication.k8s.io/v1beta1', kind: 'ExecCredential', status: { token } };
  const script = `#!/bin/sh
[ "$1 $2" = 'eks get-token' ] || { echo "aws $*: only eks get-token is played here" >&2; exit 2; }
echo '${JSON.stringify(credential)}'
`;
  writeExecutable(path, script);
}
