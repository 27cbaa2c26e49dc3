import { type ClusterApi, connect } from './cluster-api.ts';
import { unlessGone } from './cluster-presence.ts';
import { kubeconfigProblems } from './input-problems.ts';
import { isPausedByTeardown, pauseLaunches, resumeLaunches } from './launch-pause.ts';
import { remove } from './removal.ts';
import { type Gitops, removalSteps } from './removal-steps.ts';
import type { InputProblem, Properties, ResourceKind } from './resource-kind.ts';
import { changedInputs, isUnknown } from './wire-values.ts';

const INPUTS = ['kubeconfig', 'clusterName', 'region', 'gitops', 'drainLimitSeconds'];
const ENGINES = ['argocd', 'flux', 'none'];
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A day: whoever has pods that need longer to end stops them first. */
const DRAIN_LIMIT_SECONDS_MAX = 86_400;

/** A sync engine acts within seconds; the pods of a controller end within a minute. */
const SETTLE_MS = 5 * 60_000;
const FORCED_MS = 60_000;
/** EC2 needs a minute or two for most instances, and up to ten for large bare metal ones. */
const TERMINATED_MS = 15 * 60_000;
const DETACHED_MS = 5 * 60_000;
/** A preview does not wait longer to learn whether launches are paused. */
const PAUSE_CHECK_MS = 5_000;

interface TeardownInputs {
  readonly kubeconfig: string;
  readonly clusterName: string;
  readonly region: string;
  readonly gitops: Gitops;
  readonly drainLimitSeconds: number;
}

/**
 * Nothing in AWS, but what `pulumi destroy` does before anything else: launches paused, what git has brought removed with its nodes
 * drained, and what is left of them in EC2 swept. Made last, it is the first to go.
 */
export const teardown: ResourceKind = {
  inputs: INPUTS,
  check: problemsOf,

  diff: async (state, inputs, operation) => {
    const changed = changedInputs(state, inputs, INPUTS);
    if (changed.length > 0) {
      // Another cluster: the one before is torn down.
      return { changes: true, replaces: changed.filter((name) => name === 'clusterName' || name === 'region') };
    }
    // After a destroy that did not end the resource is still there, and launches are paused: an update lifts that.
    const soon = AbortSignal.any([operation.signal, AbortSignal.timeout(PAUSE_CHECK_MS)]);
    // A cluster that cannot be asked has its own resources to say so.
    return { changes: await isPausedByTeardown(connect(teardownInputs(state).kubeconfig, soon)).catch(() => false) };
  },

  create: async (properties, operation) => {
    const { clusterName, kubeconfig } = teardownInputs(properties);
    return { id: clusterName, state: await prepare(connect(kubeconfig, operation.signal)) };
  },

  read: async ({ clusterUid }) => ({ clusterUid }),

  update: async (_state, properties, operation) =>
    prepare(connect(teardownInputs(properties).kubeconfig, operation.signal)),

  delete: async (state, operation) => {
    const { kubeconfig, clusterName, region, gitops, drainLimitSeconds } = teardownInputs(state);
    // Loaded only here: it brings EC2's client, and every preview waits for this provider to start.
    const { claimInterfaces, sweep } = await import('./sweep.ts');
    const clusterUid = typeof state.clusterUid === 'string' ? state.clusterUid : undefined;
    const swept = { clusterName, clusterUid, region };
    const limits = { drainMs: drainLimitSeconds * 1000, settleMs: SETTLE_MS, forcedMs: FORCED_MS };
    const outcome = await unlessGone(kubeconfig, { clusterName, region }, async () => {
      const api = connect(kubeconfig, operation.signal);
      await pauseLaunches(api);
      await claimInterfaces(swept);
      await remove(api, removalSteps(gitops), limits, operation);
    });
    if (outcome === 'gone') operation.progress(`cluster ${clusterName} is gone; sweeping what it has left in EC2`);
    await sweep(swept, { terminatedMs: TERMINATED_MS, detachedMs: DETACHED_MS }, operation);
  },
};

/** Launches go on, and it is known which cluster of this name it is. */
async function prepare(api: ClusterApi): Promise<Properties> {
  await resumeLaunches(api);
  const kubeSystem = await api.get<{ metadata: { uid: string } }>('/api/v1/namespaces/kube-system');
  return { clusterUid: kubeSystem?.metadata.uid };
}

function problemsOf(inputs: Properties): readonly InputProblem[] {
  const seconds = inputs.drainLimitSeconds;
  const isSeconds = typeof seconds === 'number' && seconds >= 0 && seconds <= DRAIN_LIMIT_SECONDS_MAX;
  const rules: [property: string, value: unknown, holds: boolean, reason: string][] = [
    ['clusterName', inputs.clusterName, isText(inputs.clusterName), 'must be the name of the cluster'],
    ['region', inputs.region, isText(inputs.region), 'must be the AWS region of the cluster'],
    ['drainLimitSeconds', seconds, isSeconds, `must be a number of seconds up to ${DRAIN_LIMIT_SECONDS_MAX}`],
  ];
  if (!isUnknown(inputs.gitops)) {
    const { engine, namespace } = (inputs.gitops ?? {}) as Properties;
    // Without an engine there is nothing to look for in its namespace.
    const isNamespace = engine === 'none' || (typeof namespace === 'string' && NAMESPACE.test(namespace));
    rules.push(
      ['gitops.engine', engine, ENGINES.includes(String(engine)), `must be one of ${ENGINES.join(', ')}`],
      ['gitops.namespace', namespace, isNamespace, 'must be the namespace of the engine'],
    );
  }
  const broken = rules.filter(([, value, holds]) => !holds && !isUnknown(value));
  return [
    ...kubeconfigProblems(inputs.kubeconfig),
    ...broken.map(([property, value, , reason]) => ({ property, reason: `${reason}, not ${JSON.stringify(value)}` })),
  ];
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** The inputs once `check` has let them pass. */
function teardownInputs(properties: Properties): TeardownInputs {
  return properties as unknown as TeardownInputs;
}
