import type { VirtualCluster } from '../../../sandbox/scenario/virtual-cluster.ts';
import type { KubeObject } from '../../../src/api/meta.ts';

// What scenarios are made of, so that each shows only what matters to it.

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
/** Of wall time: virtual minutes take seconds, also on a machine that is busy. */
export const TEST_MS_MAX = 60_000;

/** A Provisioner with an inline provider that says nothing, on-demand, whose nodes go after 30 s without pods, unless `spec` says otherwise. */
export function provisioner(name: string, spec: Record<string, unknown> = {}): KubeObject {
  const provider = spec['providerRef'] === undefined ? { provider: {} } : {};
  return {
    apiVersion: 'karpenter.sh/v1alpha5',
    kind: 'Provisioner',
    metadata: { name },
    spec: { ...provider, ttlSecondsAfterEmpty: 30, ...spec },
  };
}

/** A Deployment of pods that each ask for one cpu, unless `podSpec` says otherwise. */
export function deployment(name: string, replicas: number, podSpec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [container('1')], ...podSpec },
      },
    },
  };
}

/** A DaemonSet that tolerates everything and asks for a tenth of a cpu. */
export function daemonSet(name: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { tolerations: [{ operator: 'Exists' }], containers: [container('100m')] },
      },
    },
  };
}

/** A pod that nothing makes anew. */
export function pod(name: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: { containers: [container('1')], ...spec },
  };
}

/** A container that asks for so much cpu. */
function container(cpu: string): Record<string, unknown> {
  return { name: 'main', image: 'pause', resources: { requests: { cpu } } };
}

/** Messages of the controller's events of one reason, one for each object and message. */
export function eventMessages(cluster: VirtualCluster, reason: string): readonly string[] {
  return eventsOf(cluster, reason).map((event) => String(event['message']));
}

/** The controller's events of one reason. */
export function eventsOf(cluster: VirtualCluster, reason: string): readonly KubeObject[] {
  return cluster.store.list('Event').filter((event) => {
    return event['reason'] === reason && event['reportingComponent'] === 'karpenter';
  });
}

/** Status, reason and message of one condition; undefined when the object does not have it. */
export function conditionOf(
  object: KubeObject | undefined,
  type: string,
):
  | {
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
      readonly observedGeneration?: number;
    }
  | undefined {
  const { conditions = [] } = (object?.status ?? {}) as {
    readonly conditions?: readonly { type: string; status: string }[];
  };
  return conditions.find((condition) => condition.type === type);
}

/** When each Machine was created (epoch ms), from now on. */
export function watchCreations(cluster: VirtualCluster): readonly number[] {
  const createdAtMs: number[] = [];
  cluster.store.watch('Machine', ({ type }) => {
    if (type === 'ADDED') createdAtMs.push(cluster.timers.nowMs());
  });
  return createdAtMs;
}

/** How many instances live now. */
export function livingInstances(cluster: VirtualCluster): number {
  return cluster.launches().filter(({ endedAtMs }) => endedAtMs === undefined).length;
}

/** A cluster with these objects whose pods all run. */
export async function runningCluster(
  objects: readonly KubeObject[],
  options: { readonly pods: number },
  cluster: VirtualCluster,
): Promise<VirtualCluster> {
  for (const object of objects) cluster.store.create(object.kind ?? '', object);
  cluster.startController();
  const isUp = await cluster.until(() => cluster.pods('Running').length >= options.pods, 5 * MINUTE_MS);
  if (!isUp) throw new Error(`only ${cluster.pods('Running').length} of ${options.pods} pods run`);
  return cluster;
}
