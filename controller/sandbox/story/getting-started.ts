import type { WireCluster } from '../wire-cluster.ts';
import { ApiClient } from './api-client.ts';
import { narrate, price } from './narrator.ts';
import { isBare, leftovers, pending, running, whyPending } from './observations.ts';
import { defaultProvisioner, inflate, PROFILE, REPLICAS, TTL_SECONDS } from './page-objects.ts';
import type { Timeline } from './timeline.ts';

/** Far above what the steps take (10 s and 45 s), so that only a fault or a machine without breath fails them. */
const READY_MS_MAX = 30_000;
const UP_MS_MAX = 90_000;
const DOWN_MS_MAX = 120_000;
const POLL_MS = 50;

const PROVISIONERS = '/apis/karpenter.sh/v1alpha5/provisioners';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

/** Plays the getting-started page: apply, scale to 15, delete. Rejects with the step that did not come true in time. */
export async function playGettingStarted(cluster: WireCluster, timeline: Timeline): Promise<void> {
  const api = new ApiClient(cluster.kubeUrl);
  const types = cluster.model.catalogue.types.size;
  timeline.tell('world', `Kubernetes at ${cluster.kubeUrl}, AWS at ${cluster.awsUrl} (${types} instance types)`);
  await cluster.controller.start();
  follow(cluster, timeline);
  await cluster.controller.ready(READY_MS_MAX);
  timeline.tell('controller', 'the production process is ready');

  await api.create(PROVISIONERS, defaultProvisioner());
  timeline.tell(
    'apply',
    `Provisioner default: provider.instanceProfile ${PROFILE}, ttlSecondsAfterEmpty ${TTL_SECONDS}`,
  );
  await api.create(DEPLOYMENTS, inflate());
  timeline.tell('apply', 'Deployment inflate: pause, 1 cpu each, 0 replicas');
  await api.patch(`${DEPLOYMENTS}/inflate/scale`, { spec: { replicas: REPLICAS } });
  timeline.tell('scale', `inflate to ${REPLICAS}`);

  timeline.wait(() => `${running(cluster)} of ${REPLICAS} pods run, ${pending(cluster)} are pending`);
  await until(() => pending(cluster) === REPLICAS, UP_MS_MAX, `${REPLICAS} pods are pending`);
  timeline.tell('pending', `${REPLICAS} pods: ${whyPending(cluster)}`);
  await until(() => running(cluster) === REPLICAS, UP_MS_MAX, `${REPLICAS} pods run`);
  timeline.tell('running', `all ${REPLICAS} pods`);

  await api.delete(`${DEPLOYMENTS}/inflate`);
  timeline.tell('delete', `Deployment inflate: its node will be empty, and go after ${TTL_SECONDS} s`);
  timeline.wait(() => leftovers(cluster));
  await until(() => isBare(cluster), DOWN_MS_MAX, 'nodes, machines and instances are gone');
  timeline.wait(undefined);
  timeline.tell('done', `0 nodes, 0 machines, 0 instances; ${bill(cluster)}`);
}

function follow(cluster: WireCluster, timeline: Timeline): void {
  const lines = cluster.controllerLog.read({
    follow: true,
    tailLines: undefined,
    signal: new AbortController().signal,
  });
  void (async () => {
    for await (const line of lines) narrate(line, timeline);
  })();
}

/** What the story would have cost an hour. */
function bill(cluster: WireCluster): string {
  const launches = cluster.model.ledger();
  const usdPerHour = launches.reduce((sum, launch) => sum + launch.priceNanoUsdPerHour, 0) / 1e9;
  return `bought ${launches.length} instance${launches.length === 1 ? '' : 's'} at ${price(usdPerHour)}`;
}

async function until(isTrue: () => boolean, withinMs: number, what: string): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!isTrue()) {
    if (Date.now() > deadlineMs) throw new Error(`did not come true within ${withinMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
