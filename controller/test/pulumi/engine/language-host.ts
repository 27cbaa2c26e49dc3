// Program `pulumi-language-nodejs`: Pulumi's own is a Go module that no proxy serves. It speaks the same protocol and starts the same
// entry points of @pulumi/pulumi with the same arguments, so the program cannot tell the difference.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ServerWritableStream } from '@grpc/grpc-js';
import languageGrpc from '@pulumi/pulumi/proto/language_grpc_pb.js';
import language from '@pulumi/pulumi/proto/language_pb.js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { servePlugin, unary } from '../plugin/serve-plugin.ts';

/** cmd/run ends with it when it has already told the engine what is wrong. */
const EXIT_CODE_OF_REPORTED_ERROR = 32;

/** The engine passes it last. */
const engineAddress = process.argv.at(-1) ?? '';

interface RuntimeOptions {
  readonly typescript?: boolean;
  readonly nodeargs?: string;
  readonly tsconfig?: string;
}

const optionsOf = (info: language.ProgramInfo | undefined): RuntimeOptions =>
  (info?.getOptions()?.toJavaScript() ?? {}) as RuntimeOptions;

/** The package managers' folders beside the program that carry a Pulumi plugin, which package.json says. */
function requiredPackages(directory: string): plugin.PackageDependency[] {
  const modules = join(directory, 'node_modules', '@pulumi');
  if (!existsSync(modules)) return [];
  return readdirSync(modules).flatMap((folder) => {
    const file = join(modules, folder, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
      version: string;
      pulumi?: { resource?: boolean; name?: string; version?: string };
    };
    if (manifest.pulumi?.resource !== true) return [];
    return [
      new plugin.PackageDependency()
        .setName(manifest.pulumi.name ?? folder)
        .setKind('resource')
        .setVersion(`v${manifest.pulumi.version ?? manifest.version}`),
    ];
  });
}

/** `node <nodeargs> <@pulumi/pulumi's entry> <args>`, with what the runtime's options in Pulumi.yaml or PulumiPlugin.yaml ask for. */
function startNode(options: {
  readonly directory: string;
  readonly entry: 'run' | 'run-plugin';
  readonly runtime: RuntimeOptions;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}): ChildProcess {
  const { directory, entry, runtime, args, env } = options;
  const nodeArgs = (runtime.nodeargs ?? '').split(/\s+/).filter((word) => word !== '');
  const script = createRequire(join(directory, 'program.js')).resolve(`@pulumi/pulumi/cmd/${entry}`);
  return spawn(process.execPath, [...nodeArgs, script, ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...env,
      ...(runtime.typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: 'true' }),
      ...(runtime.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: runtime.tsconfig }),
    },
  });
}

async function run(request: language.RunRequest): Promise<language.RunResponse> {
  const info = request.getInfo();
  const flags: readonly (readonly [string, string | number])[] = [
    ['monitor', request.getMonitorAddress()],
    ['engine', engineAddress],
    ['organization', request.getOrganization()],
    ['project', request.getProject()],
    ['stack', request.getStack()],
    ['pwd', request.getPwd()],
    ['root-directory', info?.getRootDirectory() ?? ''],
    ['parallel', request.getParallel()],
  ];
  const child = startNode({
    directory: info?.getProgramDirectory() ?? request.getPwd(),
    entry: 'run',
    runtime: optionsOf(info),
    args: [
      ...flags.flatMap(([name, value]) => (value === '' ? [] : [`--${name}`, String(value)])),
      ...(request.getDryrun() ? ['--dry-run'] : []),
      info?.getEntryPoint() || '.',
      ...request.getArgsList(),
    ],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  child.stdout?.pipe(process.stderr);
  child.stderr?.pipe(process.stderr);
  const exit = await exitOf(child);
  const response = new language.RunResponse();
  if (exit === EXIT_CODE_OF_REPORTED_ERROR) return response.setBail(true);
  return exit === 0 ? response : response.setError(`Program exited with non-zero exit code: ${exit}`);
}

/** A plugin written for Node: its output goes to the engine, which reads its port there. */
function runPlugin(call: ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>): void {
  const { request } = call;
  const child = startNode({
    directory: request.getInfo()?.getProgramDirectory() ?? request.getPwd(),
    entry: 'run-plugin',
    runtime: optionsOf(request.getInfo()),
    args: [request.getInfo()?.getProgramDirectory() ?? '.', ...request.getArgsList()],
    env: {
      ...process.env,
      ...Object.fromEntries(request.getEnvList().map((entry) => splitOnce(entry, '='))),
    },
  });
  child.stdout?.on('data', (bytes: Buffer) => call.write(new language.RunPluginResponse().setStdout(bytes)));
  child.stderr?.on('data', (bytes: Buffer) => call.write(new language.RunPluginResponse().setStderr(bytes)));
  call.on('cancelled', () => child.kill());
  void exitOf(child).then((exit) => {
    call.write(new language.RunPluginResponse().setExitcode(typeof exit === 'number' ? exit : 1));
    call.end();
  });
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Its exit code, or the name of the signal that ended it. */
function exitOf(child: ChildProcess): Promise<number | string> {
  const { promise, resolve, reject } = Promise.withResolvers<number | string>();
  child.once('error', reject);
  child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  return promise;
}

await servePlugin(languageGrpc.LanguageRuntimeService, {
  handshake: unary(() => new language.LanguageHandshakeResponse()),
  getPluginInfo: unary(() => new plugin.PluginInfo().setVersion('0.0.1')),
  getRequiredPackages: unary((request: language.GetRequiredPackagesRequest) =>
    new language.GetRequiredPackagesResponse().setPackagesList(
      requiredPackages(request.getInfo()?.getProgramDirectory() ?? ''),
    ),
  ),
  run: unary(run),
  runPlugin,
  about: unary(() => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  getProgramDependencies: unary(() => new language.GetProgramDependenciesResponse()),
  cancel: unary(() => new empty.Empty()),
});
