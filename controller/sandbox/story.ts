// `npm start`: the getting-started page, played by the production controller in an embedded cluster.
// Exit codes: 0 the story came true, 1 a step did not, 2 wrong usage.
import { parseArgs } from 'node:util';
import { playGettingStarted } from './story/getting-started.ts';
import { Timeline } from './story/timeline.ts';
import { CLUSTER_NAME, startWireCluster, type WireCluster } from './wire-cluster.ts';

const USAGE = `usage: npm start [-- --keep] [-- --port N]

Plays the getting-started story: a Provisioner, 15 pods that fit nowhere, a node for them, and its end.
  --keep     stay up afterwards and print how to reach the cluster with kubectl
  --port N   serve the Kubernetes API on this port of loopback (default: any free one)`;

const timeline = new Timeline(process.stdout);
process.exitCode = await run();

async function run(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'number') return options;
  let cluster: WireCluster;
  try {
    cluster = await startWireCluster(options.port === undefined ? {} : { kubePort: options.port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    process.stderr.write(`port ${options.port} is in use: choose another with --port, or none for any free one\n`);
    return 1;
  }
  const interrupted = interruption();
  try {
    const played = playGettingStarted(cluster, timeline).then(() => 0);
    const code = await Promise.race([played, interrupted]);
    if (options.keep && code === 0) {
      timeline.say(`\nThe cluster stays up until you press Ctrl-C. In another shell:\n`);
      timeline.say(`export KUBECONFIG=${cluster.kubeconfigPath}\nexport CLUSTER_NAME=${CLUSTER_NAME}\n`);
      await interrupted;
    }
    return code;
  } catch (error) {
    timeline.wait(undefined);
    process.stderr.write(`the story failed: ${error instanceof Error ? error.message : String(error)}\n`);
    for (const line of cluster.controllerLog.lines().slice(-20)) process.stderr.write(`  controller: ${line}\n`);
    return 1;
  } finally {
    await cluster.controller.stop();
    await cluster.close();
  }
}

function readOptions(argv: readonly string[]): { readonly keep: boolean; readonly port?: number } | number {
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: { keep: { type: 'boolean' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  });
  if (values.help === true) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const problems = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [`${JSON.stringify(token.value)} is not an option`];
    return token.kind === 'option' && !['keep', 'port'].includes(token.name) ? [`${token.rawName} is unknown`] : [];
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    problems.push(`--port needs a number from 1 to 65535, is ${JSON.stringify(values.port)}`);
  }
  if (problems.length === 0) return { keep: values.keep === true, ...(port === undefined ? {} : { port }) };
  process.stderr.write(`${problems.join('\n')}\n\n${USAGE}\n`);
  return 2;
}

/** Resolves with the exit code of a story that was asked to end early. */
function interruption(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(130));
  });
}
