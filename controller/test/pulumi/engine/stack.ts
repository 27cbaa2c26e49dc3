import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DiagnosticEvent,
  type EngineEvent,
  LocalWorkspace,
  type PulumiCommand,
  type Stack,
} from '@pulumi/pulumi/automation/index.js';
import { parse, stringify } from 'yaml';

const PROJECT = 'karpenter-gitops';

/** The project's configuration: a value per section. */
export type StackConfig = Readonly<Record<string, unknown>>;

/** What one command did, or in a preview would do. */
export interface Run {
  /**
   * `<operation> <type> <name>` of each resource that did not stay as it was, sorted; the stack itself is not counted, its outputs change
   * with what it holds.
   */
  readonly steps: readonly string[];
  /** What it told the user, without colours. */
  readonly messages: readonly string[];
}

/** One stack of the project, driven by the real CLI. Each command rejects with what the user would read when it fails. */
export interface TestStack {
  configure(config: StackConfig): void;
  preview(): Promise<Run>;
  up(): Promise<Run>;
  refresh(): Promise<Run>;
  destroy(): Promise<Run>;
  outputs(): Promise<Readonly<Record<string, unknown>>>;
  /** URNs in the state file, but for the stack's own. */
  resources(): Promise<readonly string[]>;
}

/** Creates the stack `name` with that configuration, in the region of the sandbox. */
export async function openStack(options: {
  readonly command: PulumiCommand;
  readonly pulumiHome: string;
  readonly projectFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly name: string;
  readonly config: StackConfig;
}): Promise<TestStack> {
  const { command, pulumiHome, projectFolder, environment, name } = options;
  const settingsFile = join(projectFolder, `Pulumi.${name}.yaml`);
  writeConfig(settingsFile, {}, options.config);
  const stack = await LocalWorkspace.createStack(
    { stackName: name, workDir: projectFolder },
    { pulumiCommand: command, pulumiHome, envVars: { ...environment } },
  );
  return {
    // The salt of the stack's secrets, which its creation has put there, stays.
    configure: (config) => writeConfig(settingsFile, parse(readFileSync(settingsFile, 'utf8')), config),
    preview: () => recorded((onEvent) => stack.preview({ onEvent })),
    up: () => recorded((onEvent) => stack.up({ onEvent })),
    refresh: () => recorded((onEvent) => stack.refresh({ onEvent })),
    destroy: () => recorded((onEvent) => stack.destroy({ onEvent })),
    outputs: async () =>
      Object.fromEntries(Object.entries(await stack.outputs()).map(([key, output]) => [key, output.value])),
    resources: () => resourcesOf(stack),
  };
}

function writeConfig(file: string, settings: object, config: StackConfig): void {
  const own = Object.entries(config).map(([key, value]) => [`${PROJECT}:${key}`, value]);
  writeFileSync(file, stringify({ ...settings, config: { 'aws:region': 'us-east-1', ...Object.fromEntries(own) } }));
}

async function recorded(command: (onEvent: (event: EngineEvent) => void) => Promise<unknown>): Promise<Run> {
  const steps: string[] = [];
  const messages: string[] = [];
  const onEvent = ({ resourcePreEvent, resOutputsEvent, diagnosticEvent }: EngineEvent) => {
    // A refresh says only afterwards what it has found.
    const { op, type, urn } = (resourcePreEvent ?? resOutputsEvent)?.metadata ?? {};
    const step = `${op} ${type} ${urn?.split('::').at(-1)}`;
    const isChange = op !== undefined && op !== 'same' && op !== 'read' && type !== 'pulumi:pulumi:Stack';
    if (isChange && (op !== 'refresh' || resOutputsEvent !== undefined) && !steps.includes(step)) steps.push(step);
    if (diagnosticEvent !== undefined && isForUsers(diagnosticEvent)) messages.push(plain(diagnosticEvent.message));
  };
  try {
    await command(onEvent);
  } catch (error) {
    // The command's own error repeats all output three times.
    throw messages.length > 0 ? new Error(messages.join('\n')) : error;
  }
  steps.sort();
  return { steps, messages };
}

/** The type knows nothing of `debug`, which is most of what comes. */
const isForUsers = ({ severity, ephemeral }: DiagnosticEvent): boolean =>
  (severity as string) !== 'debug' && ephemeral !== true;

/** Without the engine's colour marks, as `<{%reset%}>`. */
const plain = (message: string): string => message.replaceAll(/<\{%[^%]*%\}>/g, '').trim();

async function resourcesOf(stack: Stack): Promise<readonly string[]> {
  const { deployment } = await stack.exportStack();
  const { resources = [] } = deployment as { resources?: readonly { urn: string }[] };
  return resources.map(({ urn }) => urn).filter((urn) => !urn.includes('::pulumi:pulumi:Stack::'));
}
