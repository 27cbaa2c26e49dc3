// The composition root: reads options and settings, builds the real adapters, and runs the controller while it leads.
// Exit codes: 0 stopped as asked (or to restart with changed settings), 1 failed or lost the lease, 2 wrong options or settings.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { SETTINGS_CONFIG_MAP } from './api/names.ts';
import { createAwsClients, regionOf } from './aws/clients.ts';
import { createCloudPort } from './aws/cloud-port.ts';
import { discoverCluster } from './aws/cluster-discovery.ts';
import type { ClusterFacts } from './aws/node-boot.ts';
import {
  type ConfigProblem,
  changedSettings,
  LIVE_SETTINGS,
  type ProcessOptions,
  parseProcessOptions,
  parseSettings,
  type Settings,
} from './config.ts';
import { readClusterFacts } from './kube/cluster-facts.ts';
import { loadKubeConfig } from './kube/kube-config.ts';
import { createKubePort } from './kube/kube-port.ts';
import { startLeaseWorker } from './kube/lease-worker.ts';
import type { Clock } from './ports/clock.ts';
import type { KubePort } from './ports/kube.ts';
import { OperationError } from './ports/operation-error.ts';
import { createController } from './reconcile/controller.ts';
import { leaseCheck } from './reconcile/fence.ts';
import { startMetricsServer } from './server/metrics-server.ts';
import type { ClusterState } from './state/cluster-state.ts';
import { systemClock } from './system-clock.ts';
import { createTelemetry, type ProcessTelemetry } from './telemetry/telemetry.ts';

/** How often a settings ConfigMap that is not there yet is looked for (ms). */
const SETTINGS_POLL_MS = 500;
/** How long a stopping process waits for effects that are under way (ms); a pod's grace period is thirty seconds. */
const STOP_MS_MAX = 15_000;
const SYNC_POLL_MS = 50;

/** Wrong options or settings: all of them, and exit code 2. */
class WrongConfig extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
    this.problems = problems;
  }
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof WrongConfig) process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(error instanceof WrongConfig ? 2 : 1);
  },
);

async function main(): Promise<number> {
  const parsed = parseProcessOptions(process.argv.slice(2), process.env);
  if ('problems' in parsed) throw new WrongConfig(parsed.problems);
  const region = regionOf(process.env);
  if (region === undefined) throw new WrongConfig([{ path: 'env AWS_REGION', message: 'is required' }]);
  const { options } = parsed;
  const clock = systemClock;
  const telemetry = createTelemetry({ level: options.logLevel });
  const kubeConfig = loadKubeConfig();
  const identity = `${hostname()}_${randomBytes(5).toString('hex')}`;
  const metrics = await startMetricsServer({ port: options.metricsPort, telemetry });
  const lease = await startLeaseWorker({
    kubeConfig,
    namespace: options.namespace,
    identity,
    healthPort: options.healthProbePort,
    leaderElect: options.leaderElect,
    telemetry,
  });
  const beforeEffect = leaseCheck(lease.leadership, clock);
  const kube = createKubePort({
    kubeConfig,
    namespace: options.namespace,
    telemetry,
    clock,
    ids: { next: (prefix) => `${prefix}${randomBytes(5).toString('hex')}` },
    qps: options.kubeClientQps,
    burst: options.kubeClientBurst,
    beforeEffect,
  });
  let settings = await firstSettings(kube, options, clock, telemetry);
  const clients = createAwsClients({
    region,
    beforeEffect,
    ...(settings.assumeRoleArn === undefined
      ? {}
      : { assumeRole: { arn: settings.assumeRoleArn, durationMs: settings.assumeRoleDurationMs } }),
  });
  const facts = await clusterFacts(settings, await readClusterFacts({ kubeConfig, clock }), clients, telemetry);
  telemetry.log('info', 'controller', 'starting', { cluster: facts.clusterName, region, identity });

  const controller = createController({
    kube,
    cloud: createCloudPort({ clients, region, settings: () => settings, clusterFacts: () => facts, clock, telemetry }),
    clock,
    telemetry,
    leadership: lease.leadership,
    installation: options.namespace,
    settings: () => ({
      clusterName: settings.clusterName,
      defaultInstanceProfile: settings.defaultInstanceProfile ?? '',
      batchIdleMs: settings.batchIdleDurationMs,
      batchMaxMs: settings.batchMaxDurationMs,
      launchesPaused: settings.launchesPaused,
      nodeCostNanoUsdPerHour: settings.nodeCostNanoUsdPerHour,
      nodeShareMax: settings.nodeShareMax,
    }),
  });
  let exitCode = 0;
  lease.onLost(() => {
    telemetry.log('error', 'controller', 'the leader lease was lost: stopping, so that only its new holder acts');
    exitCode = 1;
    stop.abort();
  });
  controller.state.onChange(({ kind }) => {
    if (kind !== 'ConfigMap') return;
    const next = nextSettings(controller.state, settings, telemetry);
    if (next === 'restart') stop.abort();
    else settings = next;
  });

  const running = [controller.follow(stop.signal)];
  void whenSynced(controller.state, clock).then(() => lease.ready(true));
  await lease.whenLeading(stop.signal);
  if (!stop.signal.aborted) running.push(controller.run(stop.signal));
  await aborted(stop.signal);
  await Promise.race([Promise.all(running), clock.sleep(STOP_MS_MAX, new AbortController().signal)]);
  await lease.stop();
  await metrics.close();
  clients.close();
  telemetry.log('info', 'controller', 'stopped');
  return exitCode;
}

/** Settings at the start. Waits for the ConfigMap unless the environment says enough (as it did in v0.4.3). */
async function firstSettings(
  kube: KubePort,
  options: ProcessOptions,
  clock: Clock,
  telemetry: ProcessTelemetry,
): Promise<Settings> {
  for (let tries = 0; ; tries += 1) {
    const name = { kind: 'ConfigMap', name: SETTINGS_CONFIG_MAP, namespace: options.namespace } as const;
    const configMap = await kube.get(name).catch((error: unknown) => {
      if (error instanceof OperationError && error.retry === 'backoff' && !stop.signal.aborted) return undefined;
      throw error;
    });
    const parsed = parseSettings((configMap?.data ?? {}) as Record<string, string>, process.env);
    if ('settings' in parsed) {
      if (parsed.ignoredKeys.length > 0) {
        telemetry.log('warn', 'controller.settings', 'unknown keys are ignored', { keys: parsed.ignoredKeys });
      }
      return parsed.settings;
    }
    if (configMap !== undefined) throw new WrongConfig(parsed.problems);
    if (stop.signal.aborted) throw new Error('stopped while waiting for the settings');
    if (tries === 0) {
      telemetry.log('info', 'controller.settings', `waiting for ConfigMap ${options.namespace}/${SETTINGS_CONFIG_MAP}`);
    }
    await clock.sleep(SETTINGS_POLL_MS, stop.signal);
  }
}

/** Settings after a change: the new ones where they take effect at once, the old ones where the new are wrong. */
function nextSettings(state: ClusterState, settings: Settings, telemetry: ProcessTelemetry): Settings | 'restart' {
  if (state.settingsData === undefined) return settings;
  const parsed = parseSettings(state.settingsData, process.env);
  if ('problems' in parsed) {
    telemetry.log('error', 'controller.settings', 'changed settings are wrong and not taken', {
      problems: parsed.problems,
    });
    return settings;
  }
  const changed = changedSettings(settings, parsed.settings);
  if (changed.length === 0) return settings;
  const isLive = changed.every((field) => LIVE_SETTINGS.has(field));
  telemetry.log('info', 'controller.settings', isLive ? 'settings changed' : 'settings changed: restarting', {
    changed,
  });
  return isLive ? parsed.settings : 'restart';
}

/** What nodes must be told of their cluster: from the settings, the API server, and EKS for the rest. */
async function clusterFacts(
  settings: Settings,
  known: Awaited<ReturnType<typeof readClusterFacts>>,
  clients: ReturnType<typeof createAwsClients>,
  telemetry: ProcessTelemetry,
): Promise<ClusterFacts> {
  const { clusterName } = settings;
  const asked = await discoverCluster({ eks: clients.eks, clusterName }).catch((error: unknown) => {
    if (!(error instanceof OperationError) || settings.clusterEndpoint === undefined) throw error;
    telemetry.log('warn', 'controller', 'EKS does not tell of the cluster; going on with the settings', {
      error: error.message,
    });
    return undefined;
  });
  const caBundleBase64 = settings.clusterCaBundleBase64 ?? known.certificateAuthority ?? asked?.caBundleBase64;
  const clusterEndpoint = settings.clusterEndpoint ?? asked?.endpoint;
  if (caBundleBase64 === undefined || clusterEndpoint === undefined) {
    throw new WrongConfig([
      { path: 'aws.clusterCABundle', message: 'is required: neither kubeconfig nor EKS tells it' },
    ]);
  }
  return {
    clusterName,
    clusterEndpoint,
    caBundleBase64,
    clusterUid: known.clusterUid,
    kubernetesVersion: known.version,
    ...(known.dnsAddress === undefined ? {} : { dnsIp: known.dnsAddress }),
    ...(asked?.serviceCidr === undefined ? {} : { serviceCidr: asked.serviceCidr }),
  };
}

async function whenSynced(state: ClusterState, clock: Clock): Promise<void> {
  while (!state.isSynced() && !stop.signal.aborted) await clock.sleep(SYNC_POLL_MS, stop.signal);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
